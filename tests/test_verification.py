"""A store is verified by reading all of it: what is damaged is found wherever it lies, and nothing is written."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from rdflib import Literal, URIRef

from graph import verification
from graph.embedded import EmbeddedStore
from graph.errors import StoreDamaged, StoreError, UsageError

_ONE, _TWO = URIRef("http://graph.example/one"), URIRef("http://graph.example/two")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a store with 500 triples in each of two graphs that share a hundred."""
    triples = [(URIRef(f"http://a.example/{n}"), URIRef(f"http://a.example/p{n % 7}"), Literal(n % 50)) for n in range(900)]
    with EmbeddedStore(tmp_path / "store") as store:
        store.replace({_ONE: triples[:500], _TWO: triples[400:]})
    return tmp_path / "store"


def test_a_whole_store_is_read_through_nine_indexes(folder: Path) -> None:
    before = {each: each.stat().st_mtime_ns for each in folder.rglob("*")}
    found = verification.verify(folder)
    assert (found.triples, found.graphs, found.indexes) == (1_000, 2, 9)
    assert found.entries == 3 * (1_000 + 900) + 3 * 1_000 + 3 * 900
    assert "000001: 1000 triples in 2 graphs, as written; 11400 entries read in 9 indexes" in found.as_text()
    assert {each: each.stat().st_mtime_ns for each in folder.rglob("*")} == before


def test_damage_in_any_file_of_the_engine_is_found(folder: Path) -> None:
    files = sorted((folder / "generations" / "000001").glob("*.sst"))
    assert len(files) >= 10
    unnoticed = []
    for file in files:
        whole = file.read_bytes()
        damaged = bytearray(whole)
        damaged[len(whole) // 8] ^= 0xFF
        file.write_bytes(damaged)
        try:
            verification.verify(folder)
            unnoticed.append(file.name)
        except StoreDamaged:
            pass
        file.write_bytes(whole)
    assert unnoticed == []
    verification.verify(folder)


@pytest.mark.parametrize("graphs", [{_ONE: 501, _TWO: 499}, {_ONE: 1_000}])
def test_counts_that_only_agree_in_sum_are_damage(folder: Path, graphs: dict[URIRef, int]) -> None:
    said = json.loads((folder / "store.json").read_text())
    (folder / "store.json").write_text(json.dumps({**said, "graphs": graphs}))
    EmbeddedStore(folder).close()
    with pytest.raises(StoreDamaged, match="triples where .* were written"):
        verification.verify(folder)


def test_a_reader_that_dies_is_damage(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(StoreDamaged, match="ended the process that read it .status 1."):
        verification.verify(folder)


def test_a_reader_out_of_memory_is_damage_and_not_the_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that asks for ever more memory over damaged blocks meets the limit of its own process."""
    source = Path(verification.__file__).read_text().replace("_MEMORY = 4 * 2**30", "_MEMORY = 100_000_000")
    place = folder.parent / "limited"
    (place / "graph").mkdir(parents=True)
    (place / "graph" / "verification.py").write_text(source)
    package = Path(verification.__file__).parent
    for each in package.glob("*.py"):
        if each.name != "verification.py":
            (place / "graph" / each.name).symlink_to(each)
    monkeypatch.setattr(verification, "__file__", str(place / "graph" / "verification.py"))
    monkeypatch.chdir(folder.parent)
    with pytest.raises(StoreDamaged):
        verification.verify(folder)


def test_nothing_to_verify_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no store yet"):
        verification.verify(tmp_path / "missing")
    (tmp_path / "thesis.docx").write_text("")
    with pytest.raises(StoreError, match="is not a store"):
        verification.verify(tmp_path)


def test_a_truncated_manifest_is_damage_although_the_engine_opens_it_empty(folder: Path) -> None:
    manifest = next((folder / "generations" / "000001").glob("MANIFEST-*"))
    os.truncate(manifest, manifest.stat().st_size // 2)
    with pytest.raises(StoreDamaged):
        verification.verify(folder)
