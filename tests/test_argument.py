"""The argument behind a proposition: the verdicts of cq-06, worked out a second way, and a drawing in which nothing overlaps."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from proposition_world import CASES, proposition_store

from graph import argument, build, drawing, questions
from graph.embedded import ScratchStore
from graph.prefixes import BASE
from graph.settings import Settings


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    with ScratchStore() as store:
        build.build(store, settings=Settings(cache=tmp_path_factory.mktemp("cache")))
        yield store


def test_the_verdicts_and_what_is_missing_are_those_of_the_question(shipped):
    answer = questions.ask(shipped, questions.load()["cq-06"], {})
    at = answer.table.columns.index
    theirs = {
        (row[at("proposition")], row[at("case")], row[at("verdict")], frozenset(filter(None, str(row[at("missing")]).split("; "))))
        for row in answer.table.rows
    }
    ours = {
        (each.proposition.iri, standing.case.iri, standing.verdict.iri, frozenset(ref.label for ref in standing.missing))
        for each in argument.arguments(shipped) for standing in each.standings
    }
    assert ours == theirs and len(ours) == 50


def test_the_codings_are_those_of_the_question(shipped):
    answer = questions.ask(shipped, questions.load()["cq-06"], {})
    at = answer.table.columns.index
    theirs = {(row[at("proposition")], row[at("case")], frozenset(str(row[at("observationList")] or "").split())) for row in answer.table.rows}
    ours = {
        (each.proposition.iri, standing.case.iri, frozenset(str(coding.finding.iri) for coding in standing.found))
        for each in argument.arguments(shipped) for standing in each.standings
    }
    assert ours == theirs and any(found for *_, found in ours)


@pytest.mark.parametrize(("case", "verdict", "missing"), CASES)
def test_each_verdict_follows_from_the_codings(case, verdict, missing):
    with proposition_store() as store:
        (found,) = argument.arguments(store)
    standing = {each.case.iri.rpartition("/")[2]: each for each in found.standings}[case]
    assert (standing.verdict.iri.rpartition("/")[2], [each.label for each in standing.missing]) == (verdict, missing)


def test_a_case_of_another_set_has_no_verdict_and_an_unknown_proposition_no_argument():
    with proposition_store() as store:
        (found,) = argument.arguments(store)
        assert "elsewhere" not in {each.case.iri.rpartition("/")[2] for each in found.standings}
        assert argument.arguments(store, argument.URIRef(BASE + "id/proposition/none")) == []


def test_counts_add_up_to_the_cases():
    with proposition_store() as store:
        (found,) = argument.arguments(store)
    assert sum(number for _, number in found.counts()) == len(found.standings) == len(CASES)
    assert [verdict.label for verdict, _ in found.counts()] == ["supported", "opposed", "not applicable", "undecided"]


# -- the drawing ------------------------------------------------------------------------------------------------------


def some_nodes() -> list[drawing.Node]:
    return [drawing.Node(f"{layer}-{place}", layer, "Kind", "word " * (place * 9 + 1), "x") for layer in range(4) for place in range(layer * 3 + 1)]


def test_boxes_of_a_drawing_do_not_overlap_and_lie_within_it():
    nodes = some_nodes()
    edges = [(a.key, b.key) for a, b in combinations(nodes, 2) if b.layer == a.layer + 1]
    made = drawing.drawn(nodes, edges)
    assert {box.node.key for box in made.boxes} == {node.key for node in nodes} and len(made.curves) == len(edges)
    for one, other in combinations(made.boxes, 2):
        beside = one.x + made.box <= other.x or other.x + made.box <= one.x
        assert beside or one.y + one.height <= other.y or other.y + other.height <= one.y
    assert all(0 < box.x and box.x + made.box < made.width and 0 < box.y and box.y + box.height < made.height for box in made.boxes)


def test_a_curve_leads_from_the_edge_of_one_box_to_the_edge_of_the_next():
    made = drawing.drawn([drawing.Node("a", 0, "", "a", ""), drawing.Node("b", 1, "", "b", "")], [("a", "b"), ("a", "b")])
    (a, b), (curve,) = made.boxes, made.curves
    assert curve.path.startswith(f"M{a.x + made.box} ") and curve.path.endswith(f"{b.x} {b.y + b.height // 2}")


def test_an_edge_to_nowhere_is_an_error():
    with pytest.raises(KeyError):
        drawing.drawn([drawing.Node("a", 0, "", "a", "")], [("a", "b")])


@pytest.mark.parametrize("text", ["", "short", "one two three four five six seven eight nine ten eleven twelve thirteen", "x" * 1_000_000])
def test_a_text_of_any_length_fits_into_a_box(text):
    lines = drawing.lines_of(text)
    assert 1 <= len(lines) <= 3 and all(0 < len(line) <= 23 for line in lines)
    assert lines[-1].endswith("…") == (len(text) > 60)


def test_nothing_is_drawn_of_nothing():
    assert not drawing.drawn([], []).boxes


def test_a_column_keeps_the_order_of_what_leads_to_it():
    nodes = [drawing.Node(key, layer, "", key, "") for key, layer in [("a", 0), ("b", 0), ("y", 1), ("x", 1)]]
    made = drawing.drawn(nodes, [("a", "x"), ("b", "y")])
    tops = {box.node.key: box.y for box in made.boxes}
    assert tops["x"] < tops["y"] and all(a <= b for a, b in pairwise((tops["a"], tops["b"])))
