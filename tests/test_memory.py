"""What is remembered is what was found out about the very same content, or nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graph import build, memory, resources
from graph.embedded import ScratchStore
from graph.infer import INFERRED
from graph.settings import Settings


def test_what_is_remembered_comes_back_under_its_key_only(tmp_path):
    memory.remember(tmp_path, "x", "one", {"a": 1})
    assert memory.recall(tmp_path, "x", "one")["a"] == 1
    assert memory.recall(tmp_path, "x", "two") == {} == memory.recall(tmp_path, "y", "one") == memory.recall(None, "x", "one")


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"key": 1}'])
def test_a_damaged_memory_is_none(tmp_path, damage):
    (tmp_path / "x.json").write_text(damage)
    assert memory.recall(tmp_path, "x", "one") == {}


def test_a_folder_that_cannot_be_written_is_no_error_and_leaves_no_draft(tmp_path):
    (tmp_path / "file").write_text("")
    memory.remember(tmp_path / "file", "x", "one", {"a": 1})
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_the_key_changes_with_every_part_with_a_file_and_with_the_version(tmp_path, monkeypatch):
    file = tmp_path / "f"
    file.write_text("1")
    keys = {memory.key_of(["a"], [file]), memory.key_of(["b"], [file]), memory.key_of(["a"], [])}
    file.write_text("2")
    keys.add(memory.key_of(["a"], [file]))
    monkeypatch.setattr(resources, "version", lambda: "9")
    keys.add(memory.key_of(["a"], [file]))
    assert len(keys) == 5


def build_into(cache: Path):
    with ScratchStore() as store:
        result = build.build(store, settings=Settings(cache=cache))
        return result, store.graphs()


def test_a_build_from_memory_is_the_build_it_remembers_and_a_damaged_memory_is_inferred_again(tmp_path, monkeypatch):
    first, graphs = build_into(tmp_path)
    closed = []
    monkeypatch.setattr("graph.infer.close", lambda *_: closed.append(1) or [])
    again, same = build_into(tmp_path)
    assert not closed and same == graphs and (again.identity, again.counts, again.inferred) == (first.identity, first.counts, first.inferred)
    kept = json.loads((tmp_path / "inferred.json").read_text())
    (tmp_path / "inferred.json").write_text(json.dumps({**kept, "triples": "<a"}))
    _, fewer = build_into(tmp_path)
    assert closed and INFERRED not in fewer
