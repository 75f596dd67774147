"""The store on disk survives whatever ends its process, and never answers from a half or a damaged store."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import Literal, URIRef

from graph.embedded import EmbeddedStore, ScratchStore
from graph.errors import StoreBusy, StoreDamaged, StoreError
from graph.formats import Triple

_ONE, _TWO = URIRef("http://graph.example/one"), URIRef("http://graph.example/two")
_P = URIRef("http://a.example/p")
_COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


def _triples(count: int, mark: str = "") -> list[Triple]:
    return [(URIRef(f"http://a.example/{mark}{n}"), _P, Literal(n)) for n in range(count)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a store with three triples in each of two graphs, closed."""
    with EmbeddedStore(tmp_path / "store") as store:
        store.replace({_ONE: _triples(3), _TWO: _triples(3, "x")})
    return tmp_path / "store"


def _generations(folder: Path) -> list[str]:
    return sorted(each.name for each in (folder / "generations").iterdir())


def _python(code: str, folder: Path) -> subprocess.Popen[str]:
    """Start a process that has `store` open on `folder` and runs `code`."""
    prelude = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom rdflib import URIRef, Literal\n"
        "import graph.embedded, graph.generations\n"
        f"from graph.embedded import EmbeddedStore\nfolder = Path({str(folder)!r})\nstore = EmbeddedStore(folder)\n"
        f"ONE, TWO, P = URIRef({str(_ONE)!r}), URIRef({str(_TWO)!r}), URIRef({str(_P)!r})\n"
        "def triples(count): return [(URIRef(f'http://a.example/{n}'), P, Literal(n)) for n in range(count)]\n"
        "def die(*args, **kwargs): os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, "-c", prelude + code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


# generations


def test_what_was_written_is_there_when_opened_again(folder: Path) -> None:
    with EmbeddedStore(folder) as store:
        assert store.graphs() == {_ONE: 3, _TWO: 3}
        assert store.select(_COUNT).rows[0][0].toPython() == 6


def test_a_term_that_comes_again_in_an_answer_is_made_once(folder: Path) -> None:
    with EmbeddedStore(folder) as store:
        rows = store.select("SELECT ?s ?p ?o ?none { ?s ?p ?o }").rows
    assert len(rows) == 6 and rows[0][1] is rows[5][1] and len({id(row[2]) for row in rows}) == 3 and rows[0][3] is None


def test_opening_an_empty_folder_writes_nothing(tmp_path: Path) -> None:
    EmbeddedStore(tmp_path / "new").close()
    assert not (tmp_path / "new").exists()


def test_one_generation_is_left_after_each_write(folder: Path) -> None:
    with EmbeddedStore(folder) as store:
        store.replace({_ONE: _triples(1)})
        assert _generations(folder) == ["000002"]
        store.drop(_TWO)
        assert _generations(folder) == ["000003"]


@pytest.mark.parametrize("size", [5, 300])
def test_a_small_change_to_a_large_store_and_a_large_one_give_the_same(tmp_path: Path, size: int) -> None:
    """The first takes a copy and exchanges what changed, the second loads all afresh."""
    with EmbeddedStore(tmp_path / "disk") as disk, ScratchStore() as memory:
        for store in (disk, memory):
            store.replace({_ONE: _triples(size), _TWO: _triples(4)})
            store.replace({_TWO: _triples(2, "y")})
        assert disk.graphs() == memory.graphs()
        everything = "SELECT ?s ?p ?o { ?s ?p ?o } ORDER BY ?s"
        assert disk.select(everything) == memory.select(everything)


def test_a_stream_that_began_before_a_write_goes_on_with_what_was_true_then(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path / "store") as store:
        store.replace({_ONE: _triples(20_000)})
        pieces = store.stream("SELECT ?s { ?s ?p ?o }", "text/csv")
        first = next(pieces)
        store.replace({_ONE: []})
        assert (first + b"".join(pieces)).count(b"\n") == 20_001
        assert store.graphs() == {}


def test_readers_see_a_write_whole_or_not_at_all(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path / "store") as store:
        store.replace({_ONE: _triples(50), _TWO: _triples(50, "x")})
        seen, done = set(), threading.Event()

        def read() -> None:
            while not done.is_set():
                seen.add(store.select(_COUNT).rows[0][0].toPython())

        reader = threading.Thread(target=read)
        reader.start()
        for count in (1, 50, 1):
            store.replace({_ONE: _triples(count), _TWO: _triples(count, "x")})
        done.set()
        reader.join()
    assert seen <= {100, 2} and seen


def test_two_stores_on_one_folder_do_not_lose_each_others_writes(folder: Path) -> None:
    with EmbeddedStore(folder) as first, EmbeddedStore(folder) as second:
        first.replace({_ONE: _triples(1)})
        second.replace({_TWO: _triples(1)})
        assert second.graphs() == {_ONE: 1, _TWO: 1}


# temporary stores


def test_a_temporary_store_is_gone_after_closing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    store = EmbeddedStore()
    store.replace({_ONE: _triples(1)})
    assert list(tmp_path.iterdir()) != []
    store.close()
    assert list(tmp_path.iterdir()) == []


def test_a_temporary_store_is_gone_after_the_process(tmp_path: Path) -> None:
    process = _python(
        "import tempfile; tempfile.tempdir = str(folder)\nother = EmbeddedStore(); other.replace({ONE: triples(1)})",
        tmp_path,
    )
    process.communicate()
    assert process.returncode == 0 and list(tmp_path.iterdir()) == []


def test_without_room_for_temporary_files_the_message_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with pytest.raises(StoreError, match="--store DIR"):
        EmbeddedStore()


# ended processes

_MOMENTS = {
    "before anything is loaded": "graph.embedded.EmbeddedStore._write_generation = die",
    "after loading": "graph.embedded.counted = die",
    "while the sidecar is written": "graph.generations.json.dump = die",
    "just before the commit": "graph.generations.os.replace = die",
    "just after the commit": "graph.generations.Generations.sweep = die",
}


@pytest.mark.parametrize("moment", _MOMENTS, ids=lambda moment: moment.replace(" ", "-"))
def test_a_process_killed_while_writing_leaves_the_last_whole_generation(folder: Path, moment: str) -> None:
    process = _python(f"{_MOMENTS[moment]}\nstore.replace({{ONE: triples(9), TWO: []}})", folder)
    process.communicate()
    assert process.returncode == -9
    with EmbeddedStore(folder) as store:
        assert store.graphs() == ({_ONE: 9} if moment == "just after the commit" else {_ONE: 3, _TWO: 3})
        store.replace({_TWO: _triples(1)})
        assert len(_generations(folder)) == 1 and store.graphs()[_TWO] == 1


@pytest.mark.parametrize("moment", ["before anything is loaded", "just before the commit"])
def test_a_process_killed_in_its_first_write_leaves_an_empty_store(tmp_path: Path, moment: str) -> None:
    process = _python(
        f"store.replace({{}})\n{_MOMENTS[moment]}\nstore.replace({{ONE: triples(9)}})", tmp_path / "store"
    )
    process.communicate()
    assert process.returncode == -9
    with EmbeddedStore(tmp_path / "store") as store:
        assert store.graphs() == {}


def test_a_process_killed_at_any_moment_leaves_one_of_its_writes_whole(tmp_path: Path) -> None:
    code = (
        "print('ready', flush=True)\n"
        "for n in range(1, 10_000): store.replace({ONE: triples(n % 50 + 1), TWO: triples(n % 50 + 1)})"
    )
    for delay in (0.03, 0.08, 0.13):
        process = _python(code, tmp_path / "store")
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        time.sleep(delay)
        process.kill()
        process.communicate()
        with EmbeddedStore(tmp_path / "store") as store:
            counts = store.graphs()
            assert counts.get(_ONE) == counts.get(_TWO)
            assert store.select(_COUNT).rows[0][0].toPython() == counts.get(_ONE, 0)  # both graphs say the same


def test_a_disk_that_is_full_changes_nothing_and_says_so(folder: Path) -> None:
    """A limit on the size of files stands in for the full disk."""
    code = (
        "import resource; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from graph.errors import StoreError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "try: store.replace({ONE: triples(30_000)})\n"
        "except StoreError as error: print(type(error).__name__, error)\n"
        "print(sorted(store.graphs().values()))\n"
    )
    said, _ = _python(code, folder).communicate()
    assert said.startswith("StoreError ") and "what it held is unchanged" in said and said.endswith("[3, 3]\n")
    with EmbeddedStore(folder) as store:
        assert store.graphs() == {_ONE: 3, _TWO: 3}
    assert len(_generations(folder)) == 1


# other processes


def test_a_second_writer_is_told_which_process_writes(folder: Path) -> None:
    code = "with graph.generations.Generations(folder).writing():\n    print('holding', flush=True); sys.stdin.read()"
    process = _python(code, folder)
    assert process.stdout is not None and process.stdout.readline() == "holding\n"
    with EmbeddedStore(folder) as store:
        with pytest.raises(StoreBusy, match=f"process {process.pid}; try again"):
            store.replace({_ONE: _triples(1)})
        assert store.graphs() == {_ONE: 3, _TWO: 3}
        process.communicate()
        store.replace({_ONE: _triples(1)})
        assert store.graphs()[_ONE] == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Python warns of forking with threads: the very thing tested
def test_a_child_process_cannot_use_a_store_it_did_not_open(folder: Path) -> None:
    with EmbeddedStore(folder) as store:
        child = os.fork()
        if child == 0:
            try:
                store.replace({_ONE: []})
            except StoreError as error:
                os._exit(7 if "opened by the process that started this one" in str(error) else 8)
            os._exit(9)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


# damage


def test_a_generation_that_is_gone_is_damage(folder: Path) -> None:
    shutil.rmtree(folder / "generations" / "000001")
    with pytest.raises(StoreDamaged, match="restore it from a copy"):
        EmbeddedStore(folder)


def test_a_generation_that_opens_empty_is_damage_not_an_empty_answer(folder: Path) -> None:
    shutil.rmtree(folder / "generations" / "000001")
    with EmbeddedStore(folder.parent / "other") as other:
        other.replace({_ONE: _triples(1)})
        other.replace({_ONE: []})
    shutil.copytree(folder.parent / "other" / "generations" / "000002", folder / "generations" / "000001")
    with pytest.raises(StoreDamaged, match="holds 0 triples where 12 were written"):
        EmbeddedStore(folder)


def test_a_truncated_manifest_is_damage(folder: Path) -> None:
    manifest = next((folder / "generations" / "000001").glob("MANIFEST-*"))
    os.truncate(manifest, manifest.stat().st_size // 2)
    with pytest.raises(StoreDamaged):
        EmbeddedStore(folder)


def test_a_damaged_block_met_while_asking_is_damage(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def query(self, query: str) -> Iterator[None]:
            raise OSError("Corruption: block checksum mismatch")

    with EmbeddedStore(folder) as store:
        monkeypatch.setattr(store, "_engine", Broken)
        with pytest.raises(StoreDamaged, match="checksum"):
            store.select(_COUNT)
        with pytest.raises(StoreDamaged, match="checksum"):
            store.stream(_COUNT, "text/csv")


def test_a_folder_with_other_things_is_refused_and_not_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(StoreError, match="is not a store, it holds 'thesis.docx'"):
        EmbeddedStore(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.docx"]


def test_a_store_of_a_newer_layout_is_refused_and_not_touched(folder: Path) -> None:
    sidecar = folder / "store.json"
    sidecar.write_text(sidecar.read_text().replace('"layout": 1', '"layout": 2'))
    before = sidecar.read_bytes()
    with pytest.raises(StoreError, match="layout 2"):
        EmbeddedStore(folder)
    assert sidecar.read_bytes() == before and _generations(folder) == ["000001"]
