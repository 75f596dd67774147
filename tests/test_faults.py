"""What breaks on one machine: killed processes, full and read-only disks, damage, forks, poor surroundings.

KILLS=30 makes the random kills thirty; the default is few, so that the suite stays short.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rdflib import RDFS, Literal, URIRef
from small_world import DIGEST, graphs

import app as wiring
from graph import build as builder
from graph import verification
from graph.embedded import EmbeddedStore
from graph.errors import StoreDamaged, StoreError
from graph.settings import Settings

TOP = Path(__file__).resolve().parent.parent
TESTS = Path(__file__).resolve().parent
KILLS = int(os.environ.get("KILLS", "4"))
_COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"

# each fault is held here by a test of its number, or there
ELSEWHERE = {
    5: "test_embedded.py::test_a_process_killed_while_writing_leaves_the_last_whole_generation",
    6: "test_generations.py::test_a_generation_is_on_disk_before_store_json_names_it_and_that_before_it_is_over",
    11: "test_embedded.py::test_a_second_writer_is_told_which_process_writes",
    14: "test_remote.py::test_a_server_that_is_not_there_is_left_alone_after_three_failures",
    15: "test_remote.py::test_an_answer_that_is_none_is_an_error_within_the_time_limit",
    16: "test_remote_site.py::test_a_busy_engine_is_passed_on_with_the_time_to_wait",
    17: "test_cli.py::test_a_port_in_use_is_told_before_anything_is_built",
    18: "test_ontology.py::test_without_java_the_remedy_is_named",
}
# an upload is never kept (1); worker processes (13) have tests of their own
APART = {1, 13}


def environment(**changes: str | None) -> dict[str, str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith("TROPICO_")}
    known["PYTHONPATH"] = os.pathsep.join([str(TOP), str(TESTS)])
    return {name: value for name, value in {**known, **changes}.items() if value is not None}


def python(code: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=TOP, env=environment(**changes), capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a store that holds the small world, closed."""
    with EmbeddedStore(tmp_path / "store") as store:
        store.replace(graphs())
    return tmp_path / "store"


def content(folder: Path) -> dict[URIRef, int]:
    with EmbeddedStore(folder) as store:
        return store.graphs()


WHOLE = {name: len(set(each)) for name, each in sorted(graphs().items())}


def test_each_of_the_18_has_its_place() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    here = {number for number in range(1, 19) if f"def test_f{number:02}_" in text} | {3}  # with 2
    assert sorted([*here, *ELSEWHERE, *APART]) == list(range(1, 19))
    for place in ELSEWHERE.values():
        file, _, name = place.partition("::")
        assert f"def {name}(" in (TESTS / file).read_text(encoding="utf-8")


# killed processes


@pytest.mark.parametrize("moment", ["intake.read_graphs", "build._validated", "build._concluded", "build.statements"])
def test_f02_a_build_killed_while_it_reads_validates_or_infers_changes_nothing(
    folder: Path, moment: str
) -> None:
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom graph import build, intake\nfrom graph.embedded import EmbeddedStore\n"
        "from graph.settings import Settings\n"
        f"{moment} = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"own = Path({str(folder.parent / 'own.ttl')!r}); own.write_text('<http://a/x> <http://a/p> 1 .')\n"
        f"build.build(EmbeddedStore(Path({str(folder)!r})), [own] if {moment!r} == 'intake.read_graphs' else (), settings=Settings())\n"
    )
    assert python(code).returncode == -9
    assert content(folder) == WHOLE and verification.verify(folder).triples == sum(WHOLE.values())


_BUILDS = """
import sys, time
from pathlib import Path
from graph import build, resources
from graph.embedded import EmbeddedStore
from graph.settings import Settings
import test_build
top, folder, first = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
for name, text in test_build.FILES.items():
    test_build.write(top / name, text)
(top / "ontology" / "catalog-v001.xml").write_text(test_build.CATALOG)
resources.folder = lambda name: top / name
store = EmbeddedStore(folder)
print("ready", flush=True)
for n in range(first, 10_000):
    many = "".join(f'case:c{each} a trop:Case ; rdfs:label "{n}" . ' for each in range(n % 30 + 1))
    own = test_build.write(top / "own.ttl", many)
    result = build.build(store, [own], settings=Settings(cache=top / "cache"))
    print(n, result.identity.digest, flush=True)
"""


def test_f04_a_build_killed_at_random_moments_leaves_the_last_or_the_next_one_whole(tmp_path: Path) -> None:
    """Each is opened again in less than two seconds, and no acknowledged build is lost."""
    folder, acknowledged, opened = tmp_path / "store", 0, []
    chance = random.Random(7)
    for _ in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-c", _BUILDS, str(tmp_path / "package"), str(folder), str(acknowledged + 1)],
            cwd=TOP, env=environment(), stdout=subprocess.PIPE, text=True,
        )
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0, 0.9))  # a build takes about half of it
        process.kill()
        said = process.communicate()[0].splitlines()
        acknowledged = max([acknowledged, *(int(line.split()[0]) for line in said)])
        started = time.perf_counter()
        with EmbeddedStore(folder) as store:
            opened.append(time.perf_counter() - started)
            found = _build_in(store)
            assert found in (acknowledged, acknowledged + 1)
            assert found == 0 or len(store.select(f"SELECT ?c {{ ?c {RDFS.label.n3()} '{found}' }}").rows) == found % 30 + 1
            acknowledged = found
    assert len(opened) == KILLS and max(opened) < 2
    assert acknowledged > 0 and verification.verify(folder).graphs
    assert len(list((folder / "generations").iterdir())) <= 2  # the last kill's leftovers wait for the next build


def _build_in(store: EmbeddedStore) -> int:
    """Return the number of the build a store holds: all of its cases bear it."""
    rows = store.select(f"SELECT DISTINCT ?l {{ GRAPH ?g {{ ?c {RDFS.label.n3()} ?l }} FILTER(STRENDS(STR(?g), 'local/own')) }}").rows
    assert len(rows) <= 1
    assert not rows or builder.identity(store) is not None
    return int(rows[0][0]) if rows else 0


# disks

_MOUNTS = shutil.which("unshare") is not None and subprocess.run(
    ["unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size=1m none /mnt"], capture_output=True, check=False
).returncode == 0
mounts = pytest.mark.skipif(not _MOUNTS, reason="this system gives no place to mount a small disk")

_ON_A_SMALL_DISK = """
import os, sys
from pathlib import Path
from rdflib import Literal, URIRef
from graph.embedded import EmbeddedStore
from graph.errors import StoreError
from small_world import graphs
disk = Path(sys.argv[1])
def triples(count): return [(URIRef(f'http://a.example/{n}'), URIRef('http://a.example/p'), Literal('x' * 50 + str(n))) for n in range(count)]
def fill(left):
    with open(disk / 'ballast', 'wb') as file:
        room = os.statvfs(disk); file.write(bytes(max(0, room.f_bavail * room.f_frsize - left)))
ONE = URIRef('http://graph.example/one')
store = EmbeddedStore(disk / 'store')
store.replace(graphs()); before = store.graphs()
"""


def small_disk(folder: Path, code: str, size: str = "40m") -> str:
    """Run `code` on a disk of 40 MB that is its own and goes with it; return what it printed."""
    folder.mkdir()
    command = f'mount -t tmpfs -o size={size} none "$0" && exec "$1" -c "$2" "$0"'
    run = subprocess.run(
        ["unshare", "-rm", "sh", "-c", command, str(folder), sys.executable, _ON_A_SMALL_DISK + code],
        cwd=TOP, env=environment(), capture_output=True, text=True, timeout=120,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@mounts
@pytest.mark.parametrize("left", [0, 100_000, 2_000_000])
def test_f07_a_full_disk_is_an_error_with_the_old_content_whole_and_no_hand_is_needed_afterwards(tmp_path: Path, left: int) -> None:
    said = small_disk(tmp_path / "disk", f"""
fill({left})
try: store.replace({{ONE: triples(60_000)}}); print('written')
except StoreError as error: print(error)
assert store.graphs() == before and store.select('SELECT ?s {{ ?s ?p ?o }} LIMIT 1').rows
store.close(); again = EmbeddedStore(disk / 'store'); assert again.graphs() == before
(disk / 'ballast').unlink()
again.replace({{ONE: triples(10)}}); assert again.graphs()[ONE] == 10
assert len(list((disk / 'store' / 'generations').iterdir())) == 1
print('well again')
""")
    assert "what it held is unchanged: free some room and do it again" in said and said.endswith("well again\n")


@mounts
def test_f08_a_server_starts_on_a_full_disk(tmp_path: Path) -> None:
    said = small_disk(tmp_path / "disk", """
store.close(); fill(0)
import app; from graph.settings import Settings
asked = app.create_app(Settings(store=disk / 'store', cache=disk / 'cache'), None).test_client()
print(asked.get('/health').status_code, asked.get('/sparql?query=ASK{?s ?p ?o}').json['boolean'])
""")
    assert said == "200 True\n"


def test_f08_without_room_for_a_temporary_store_the_remedy_is_told(tmp_path: Path) -> None:
    run = python("import tempfile; tempfile.tempdir = '/nonexistent'\nimport sys; sys.argv = ['tropico', 'ask', 'cq-01']\nfrom graph.cli import main; main()")
    assert run.returncode == 1 and "--store DIR" in run.stderr and "Traceback" not in run.stderr


@mounts
def test_f09_a_store_on_a_read_only_disk_is_served_and_a_build_says_why_not(tmp_path: Path) -> None:
    said = small_disk(tmp_path / "disk", """
store.close()
import subprocess; subprocess.run(['mount', '-o', 'remount,ro', str(disk)], check=True)
import app; from graph.settings import Settings; from graph import verification
opened = EmbeddedStore(disk / 'store'); assert opened.graphs() == before
asked = app.create_app(Settings(store=disk / 'store', cache=disk / 'cache'), opened).test_client()
print(asked.get('/health').status_code, asked.get('/sparql?query=ASK{?s ?p ?o}').json['boolean'])
print(verification.verify(disk / 'store').graphs == len(before))
try: opened.replace({ONE: triples(1)})
except StoreError as error: print(error)
assert opened.graphs() == before
""")
    assert said.startswith("200 True\nTrue\n") and "Read-only file system" in said and "unchanged" in said


# damage


def _damaged(folder: Path, how: str) -> None:
    generation = next((folder / "generations").iterdir())
    if how == "no CURRENT":
        (generation / "CURRENT").unlink()
    elif how == "no generation":
        shutil.rmtree(generation)
    elif how == "no store.json":
        (folder / "store.json").unlink()
    elif how == "MANIFEST cut":
        manifest = next(generation.glob("MANIFEST-*"))
        os.truncate(manifest, manifest.stat().st_size // 2)
    elif how == "an SST gone":
        max(generation.glob("*.sst"), key=lambda each: each.stat().st_size).unlink()
    elif how == "an SST cut":
        largest = max(generation.glob("*.sst"), key=lambda each: each.stat().st_size)
        os.truncate(largest, largest.stat().st_size // 2)
    elif how == "counts changed":
        said = json.loads((folder / "store.json").read_text())
        said["graphs"].popitem()
        (folder / "store.json").write_text(json.dumps({**said, "triples": sum(said["graphs"].values())}))


@pytest.mark.parametrize(
    "how", ["no CURRENT", "no generation", "no store.json", "MANIFEST cut", "an SST gone", "an SST cut", "counts changed"]
)
def test_f10_a_damaged_store_is_refused_and_never_shown_as_empty(folder: Path, how: str) -> None:
    _damaged(folder, how)
    with pytest.raises(StoreDamaged, match="restore it from a copy, or delete it and build it again"):
        EmbeddedStore(folder)
    with pytest.raises(StoreDamaged):
        verification.verify(folder)
    run = subprocess.run(
        [sys.executable, "-m", "graph", "serve", "--port", "0", "--store", str(folder)], cwd=TOP, env=environment(),
        capture_output=True, text=True, timeout=60,
    )
    assert run.returncode == 1 and "is damaged" in run.stderr and run.stdout == ""


# several processes


def test_readers_go_on_while_others_build(folder: Path) -> None:
    """What they read is swept from under them meanwhile, three times over."""
    code = (
        "from pathlib import Path; from rdflib import Literal, URIRef; from graph.embedded import EmbeddedStore\n"
        f"store = EmbeddedStore(Path({str(folder)!r}))\n"
        "for n in range(3): store.replace({URIRef('http://graph.example/n'): [(URIRef('http://a/x'), URIRef('http://a/p'), Literal(n))]})\n"
    )
    with EmbeddedStore(folder) as store:
        asked = wiring.create_app(Settings(cache=None), store).test_client()
        first = asked.get(f"/sparql?query={_COUNT}").json
        writer = subprocess.Popen([sys.executable, "-c", code], cwd=TOP, env=environment())
        while writer.poll() is None:
            assert asked.get(f"/sparql?query={_COUNT}").json == first
            assert asked.get("/health").status_code == 200
        assert writer.returncode == 0
        everything = store.construct("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")
        assert len(everything) == int(first["results"]["bindings"][0]["n"]["value"])
    assert len(content(folder)) == len(WHOLE) + 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_f12_a_server_that_forks_after_opening_the_store_answers_with_the_reason_and_harms_nothing(folder: Path) -> None:
    code = f"""
import os, sys, warnings
warnings.simplefilter('ignore')
from pathlib import Path
import app
from graph.embedded import EmbeddedStore
from graph.settings import Settings
store = EmbeddedStore(Path({str(folder)!r}))
asked = app.create_app(Settings(cache=None), store).test_client()
child = os.fork()
if child == 0:
    answer = asked.get('/sparql?query=ASK{{}}')
    print(answer.status_code, 'open it after the start' in answer.text, asked.get('/health').status_code, flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(asked.get('/health').status_code)
"""
    assert python(code).stdout == "500 True 503\n200\n"
    assert content(folder) == WHOLE


# poor surroundings


@pytest.mark.parametrize(
    "changes",
    [
        {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0"},
        {"HOME": None},
        {"HOME": "/nonexistent"},
        {"TZ": "Pacific/Kiritimati"},
    ],
    ids=["locale C", "no home", "a home that is not there", "another day"],
)
def test_poor_surroundings_change_no_answer(folder: Path, changes: dict[str, str | None]) -> None:
    code = (
        "from pathlib import Path; import app; from graph.settings import Settings; from graph.embedded import EmbeddedStore\n"
        f"asked = app.create_app(Settings(), EmbeddedStore(Path({str(folder)!r}))).test_client()\n"
        "print(asked.get('/health').json['digest'], asked.get('/cases').status_code)\n"
    )
    run = python(code, **changes)
    assert run.stdout == f"{DIGEST} 200\n", run.stderr


@pytest.mark.skipif(os.name == "nt", reason="there is no such limit there")
def test_a_limit_of_256_open_files_is_enough(folder: Path) -> None:
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))\n"
        "from pathlib import Path; from rdflib import Literal, URIRef; from graph.embedded import EmbeddedStore\n"
        f"store = EmbeddedStore(Path({str(folder)!r}))\n"
        "for n in range(5): store.replace({URIRef('http://graph.example/n'): [(URIRef('http://a/x'), URIRef('http://a/p'), Literal(n))]})\n"
        "print(store.graphs()[URIRef('http://graph.example/n')])\n"
    )
    assert python(code).stdout == "1\n"


def test_a_clock_that_jumps_back_loses_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 0.0)
    with EmbeddedStore(folder) as store:
        store.replace({URIRef("http://graph.example/n"): [(URIRef("http://a/x"), URIRef("http://a/p"), Literal(1))]})
    assert len(content(folder)) == len(WHOLE) + 1


def test_a_store_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with EmbeddedStore(tmp_path / "new") as store, pytest.raises(StoreError):
        store._generations.directory = tmp_path / "file" / "below"
        store.replace({URIRef("http://g/"): [(URIRef("http://a/x"), URIRef("http://a/p"), Literal(1))]})
