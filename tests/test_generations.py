"""What lies in the folder of a store is read with suspicion and written in one step."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from graph.errors import StoreDamaged, StoreError
from graph.generations import Generations, Sidecar


@pytest.fixture
def generations(tmp_path: Path) -> Generations:
    """The folder of a store that does not exist yet."""
    return Generations(tmp_path / "store")


def _written(generations: Generations, text: str) -> None:
    generations.directory.mkdir()
    (generations.directory / "store.json").write_text(text)


def test_a_folder_that_is_missing_or_empty_is_an_empty_store(generations: Generations) -> None:
    assert generations.current() == Sidecar()
    generations.directory.mkdir()
    assert generations.current() == Sidecar()


def test_what_is_committed_is_what_is_read(generations: Generations) -> None:
    with generations.writing():
        name = generations.begin(Sidecar())
        generations.path(name).mkdir()
        generations.commit(Sidecar(name, {"http://g": 2}, 2))
    assert name == "000001" and generations.current() == Sidecar("000001", {"http://g": 2}, 2)


def test_a_generation_never_takes_the_name_of_one_that_was_left_behind(generations: Generations) -> None:
    with generations.writing():
        generations.begin(Sidecar())
        generations.path("000007").mkdir()
        assert generations.begin(Sidecar("000003")) == "000008"


def test_sweeping_keeps_one_generation_and_nothing_else(generations: Generations) -> None:
    with generations.writing():
        generations.begin(Sidecar())
        for name in ("000001", "000002", "000003"):
            generations.path(name).mkdir()
        generations.sweep(keep="000002")
    assert [each.name for each in (generations.directory / "generations").iterdir()] == ["000002"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cut short"),
        ('{"kind": "tropico-kg sto', "cut short"),
        (
            json.dumps(
                {
                    "kind": "tropico-kg store",
                    "layout": 1,
                    "generation": "../../etc",
                    "graphs": {},
                    "triples": 0,
                    "union": 0,
                }
            ),
            "contradicts",
        ),
        (
            json.dumps(
                {
                    "kind": "tropico-kg store",
                    "layout": 1,
                    "generation": "000001",
                    "graphs": {"g": 1},
                    "triples": 2,
                    "union": 1,
                }
            ),
            "contradicts",
        ),
        (
            json.dumps(
                {
                    "kind": "tropico-kg store",
                    "layout": 1,
                    "generation": "000001",
                    "graphs": [],
                    "triples": 0,
                    "union": 0,
                }
            ),
            "contradicts",
        ),
        (
            json.dumps({"kind": "tropico-kg store", "layout": 1, "generation": "000001", "graphs": {}, "triples": 0}),
            "contradicts",
        ),
    ],
)
def test_a_sidecar_that_cannot_be_true_is_damage(generations: Generations, text: str, said: str) -> None:
    _written(generations, text)
    with pytest.raises(StoreDamaged, match=said):
        generations.current()


def test_a_sidecar_that_is_no_text_is_damage(generations: Generations) -> None:
    generations.directory.mkdir()
    (generations.directory / "store.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StoreDamaged, match="not text"):
        generations.current()


def test_generations_without_a_sidecar_are_damage_not_an_empty_store(generations: Generations) -> None:
    with generations.writing():
        generations.begin(Sidecar())
    (generations.directory / "store.json").unlink()
    with pytest.raises(StoreDamaged, match="store.json is missing"):
        generations.current()


@pytest.mark.parametrize("text", ['{"name": "my app"}', "[]", "1"])
def test_another_programs_store_json_is_no_store(generations: Generations, text: str) -> None:
    _written(generations, text)
    with pytest.raises(StoreError, match="another program's"):
        generations.current()


def test_a_newer_layout_is_refused_with_both_numbers(generations: Generations) -> None:
    _written(generations, '{"kind": "tropico-kg store", "layout": 2}')
    with pytest.raises(StoreError, match="layout 2, this version reads layout 1"):
        generations.current()


def test_a_file_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be opened as a store"):
        Generations(tmp_path / "file").current()


def test_threads_write_one_after_the_other(generations: Generations) -> None:
    inside, most, lock = 0, 0, threading.Lock()

    def write() -> None:
        nonlocal inside, most
        with generations.writing():
            with lock:
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.01)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=write) for _ in range(5)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert most == 1


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system does not tell the names of open files")
def test_a_generation_is_on_disk_before_store_json_names_it_and_that_before_it_is_over(
    generations: Generations, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = _calls(monkeypatch)
    with generations.writing():
        name = generations.begin(Sidecar())
        generations.path(name).mkdir()
        (generations.path(name) / "data.sst").write_text("x")
        done.clear()
        generations.commit(Sidecar(name, {"http://g": 1}, 1))
    assert done == [
        "sync data.sst", f"sync {name}", "sync generations", "sync store.json.new", "replace store.json", "sync store"
    ]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system does not tell the names of open files")
def test_the_name_of_a_new_store_is_on_disk_as_well(generations: Generations, monkeypatch: pytest.MonkeyPatch) -> None:
    done = _calls(monkeypatch)
    with generations.writing():
        assert done == [f"sync {generations.directory.parent.name}"]


def _calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record what is synced and replaced, in order."""
    done: list[str] = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr("os.fsync", lambda number: (done.append(f"sync {_name_of(number)}"), sync(number)))
    monkeypatch.setattr("os.replace", lambda old, new: (done.append(f"replace {Path(new).name}"), replace(old, new)))
    return done


def _name_of(descriptor: int) -> str:
    return Path(os.readlink(f"/proc/self/fd/{descriptor}")).name
