"""Made-up data are like the real ones, valid but for the defects that are listed, and never loaded by accident."""

from __future__ import annotations

import csv
import sys
import tracemalloc
from pathlib import Path

import pytest
from rdflib import RDF, Graph

from graph import build as builder
from graph import formats, ontology, resources, validate
from graph.embedded import ScratchStore
from graph.errors import DataError
from graph.prefixes import BASE, TROP

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
if not BENCHMARKS.is_dir():
    pytest.skip("the generator lies in a checkout only", allow_module_level=True)
sys.path.insert(0, str(BENCHMARKS))

import defects  # noqa: E402
import generate  # noqa: E402


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return validate.shapes()


@pytest.fixture(scope="module")
def context() -> Graph:
    """The ontology and the real data."""
    return ontology.load(with_data=[resources.folder("data")])


def report_on(directory: Path, context: Graph, shapes: Graph) -> validate.Report:
    documents = [formats.read(path) for path in sorted(directory.rglob("*.nt"))]
    return validate.validate(documents, context, shapes)


def test_without_defects_ten_thousand_triples_are_valid(tmp_path, context, shapes):
    tally = generate.generate(tmp_path, 10_000, seed=7, defects=0)
    report = report_on(tmp_path, context, shapes)
    assert report.conforms and not report.results, report.as_text()
    assert report.focus_nodes >= tally.things > 1000 and tally.defects == 0
    assert len(report.files) == tally.files == len(set(report.files))


def test_every_kind_of_defect_is_seeded_listed_and_reported_and_nothing_else(tmp_path, context, shapes):
    generate.generate(tmp_path, 20_000, seed=3, defects=0.3, files=1)
    report = report_on(tmp_path, context, shapes)
    with (tmp_path / "defects.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {each["kind"] for each in rows} == {each.name for kinds in defects.KINDS.values() for each in kinds}
    fragments = {(each["focus"], each["path"]): each["message"] for each in rows}
    reported = {(str(each.focus), each.path or ""): each.message for each in report.results}
    assert reported.keys() == fragments.keys() and len(rows) > 500
    assert not [key for key, fragment in fragments.items() if fragment not in reported[key]]


def test_the_share_of_defects_and_the_number_of_triples_are_kept(tmp_path):
    tally = generate.generate(tmp_path, 50_000, seed=1, defects=0.1, files=1)
    assert 50_000 <= tally.triples < 51_000 and 0.08 < tally.defects / tally.things < 0.1
    assert (tmp_path / "synthetic.nt").read_text("utf-8").count(" .\n") == tally.triples


def test_the_same_arguments_give_the_same_bytes_and_another_seed_others(tmp_path):
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        generate.generate(tmp_path / name, 10_000, seed, defects=0.01, files=1)
    first, same, other = ((tmp_path / name / "synthetic.nt").read_bytes() for name in "abc")
    assert first == same != other


def test_files_are_as_many_as_were_asked_for_and_each_says_that_it_is_made_up(tmp_path):
    tally = generate.generate(tmp_path, 20_000, seed=2, defects=0, files=8)
    files = sorted(tmp_path.glob("*.nt"))
    assert tally.files == len(files) and 6 <= len(files) <= 8
    assert all(any(o == TROP.SyntheticDataset for _, p, o in formats.read(each).triples if p == RDF.type) for each in files)


def test_its_names_are_none_of_the_real_ones(tmp_path, context):
    generate.generate(tmp_path, 10_000, seed=7, defects=0, files=1)
    described = {s for s, _, _ in formats.read(tmp_path / "synthetic.nt").triples}
    assert described and not described & set(context.subjects())
    assert all(each.startswith(BASE + "id/") and "/synthetic-7" in each for each in described)


def test_memory_does_not_grow_with_the_size(tmp_path):
    generate.generate(tmp_path / "warm", 1_000, seed=7, defects=0.01, files=1)
    peaks = []
    for triples in (10_000, 100_000):
        tracemalloc.start()
        generate.generate(tmp_path / str(triples), triples, seed=7, defects=0.01, files=1)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0], peaks


def test_a_build_refuses_made_up_data_unless_told_otherwise(tmp_path, settings):
    generate.generate(tmp_path, 2_000, seed=7, defects=0, files=1)
    file = tmp_path / "synthetic.nt"
    with ScratchStore() as store:
        with pytest.raises(DataError, match=r"synthetic\.nt.*made up.*--allow-synthetic"):
            builder.build(store, [file], settings=settings)
        assert not store.graphs()
        result = builder.build(store, [file], settings=settings, allow_synthetic=True)
    assert result.report.conforms and result.counts["cases"] > 17


def test_the_list_of_defects_names_every_kind_of_thing_once(tmp_path):
    names = {kind: [each.name for each in fitting] for kind, fitting in defects.KINDS.items()}
    assert not [kind for kind, each in names.items() if len(each) != len(set(each))]
