"""Every question gives its expected answer on the shipped data, and another one when the data is damaged.

`tests/answers/cq-NN.csv` holds the answer with the default parameters on key columns. IRIs stand there without the project's base;
a cell with several values separated by "; " is compared without regard to their order. A question that the known data leaves empty
says why in its header, and is held to made-up statements under `tests/answers/fixtures/`.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest
from rdflib import RDF, URIRef

from graph import asking, build, catalogue, formats, questions
from graph.embedded import ScratchStore
from graph.prefixes import BASE, TROP, expand, graph_name

ANSWERS = Path(__file__).parent / "answers"
QUESTIONS = questions.load()
FIXTURES = {path.stem: path for path in (ANSWERS / "fixtures").glob("*.ttl")}
FINDINGS = (TROP.CodedObservation, TROP.DeterminantFinding, TROP.ContextFact)
FURTHERS, HINDERS = (URIRef(f"{BASE}concept/direction/{name}") for name in ("furthers", "hinders"))
ELSEWHERE = URIRef(BASE + "id/case/tropico-uk-bristol-is-open")


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """A store with the packaged content."""
    settings = build_settings(tmp_path_factory.mktemp("cache"))
    with ScratchStore() as store:
        build.build(store, settings=settings, describe=catalogue.description)
        yield store


def build_settings(cache: Path):
    from graph.settings import Settings

    return Settings(cache=cache)


def cell(value) -> str:
    """A value as the expected answers write it: without the base, and the parts of a list in alphabetical order."""
    text = "" if value is None else str(value).replace(BASE, "")
    return "; ".join(sorted(re.split(r"; | (?=id/)", text)))


def rows_of(store, question, columns) -> Counter:
    table = asking.ask(store, question, {}).table
    places = [table.columns.index(name) for name in columns]
    return Counter(tuple(cell(row[place]) for place in places) for row in table.rows)


def expected(path: Path) -> tuple[list[str], Counter]:
    with path.open(encoding="utf-8", newline="") as handle:
        header, *rows = csv.reader(handle)
    return header, Counter(tuple(cell(value) for value in row) for row in rows)


def test_every_question_has_an_expected_answer_and_every_answer_a_question():
    assert len(QUESTIONS) >= 42
    assert {path.stem for path in ANSWERS.glob("*.csv")} == set(QUESTIONS)


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_the_answer_is_the_expected_one(shipped, name):
    columns, rows = expected(ANSWERS / f"{name}.csv")
    assert rows or (name in FIXTURES and QUESTIONS[name].empty), "an empty answer needs a fixture and a sentence that says why"
    assert rows_of(shipped, QUESTIONS[name], columns) == rows


@pytest.mark.parametrize("name", sorted(set(QUESTIONS) - set(FIXTURES)))
def test_the_answer_changes_when_what_a_row_rests_on_is_taken_away(shipped, name):
    columns, rows = expected(ANSWERS / f"{name}.csv")
    cells = [part for value in reversed(sorted(rows)[0]) for part in value.split("; ")]
    subject = URIRef(expand(next(part for part in cells if part.startswith(("id/", "concept/", "shape/", "ontology#", "http")))))
    with ScratchStore() as damaged:
        damaged.replace({graph: [t for t in triples(shipped, graph) if subject not in t] for graph in shipped.graphs()})
        assert rows_of(damaged, QUESTIONS[name], columns) != rows


@pytest.mark.parametrize("name", sorted(FIXTURES))
def test_a_question_that_is_empty_today_answers_once_there_is_something_to_say(shipped, name):
    columns, rows = expected(FIXTURES[name].with_suffix(".csv"))
    made_up = list(formats.read(FIXTURES[name]).triples)
    assert rows
    with ScratchStore() as wider:
        wider.replace({**{graph: triples(shipped, graph) for graph in shipped.graphs()}, graph_name("fixture"): made_up})
        assert rows_of(wider, QUESTIONS[name], columns) == rows
        wider.replace({graph_name("fixture"): [t for t in made_up if t[0] != made_up[0][0]]})
        assert rows_of(wider, QUESTIONS[name], columns) != rows


WATCHERS = ("cq-37", "cq-42", "cq-43")


@pytest.fixture(scope="module")
def editable(shipped):
    """A copy of the shipped store, and the graph and triples of every finding in it."""
    graphs = {graph: triples(shipped, graph) for graph in shipped.graphs()}
    findings = [(g, s) for g, content in graphs.items() for s, p, o in content if p == RDF.type and o in FINDINGS and "/data/" in g]
    with ScratchStore() as store:
        store.replace(graphs)
        yield store, graphs, findings


def notices(store, graphs, graph, edited) -> bool:
    """Whether the expected answer of any watching question fails on the edited graph; the store is put back as it was."""
    store.replace({graph: edited})
    try:
        return any(
            rows_of(store, QUESTIONS[name], expected(ANSWERS / f"{name}.csv")[0]) != expected(ANSWERS / f"{name}.csv")[1]
            for name in WATCHERS
        )
    finally:
        store.replace({graph: graphs[graph]})


def test_some_question_fails_when_any_one_finding_is_removed(editable):
    store, graphs, findings = editable
    assert len(findings) > 200
    unseen = [s for g, s in findings[::3] if not notices(store, graphs, g, [t for t in graphs[g] if t[0] != s])]
    assert not unseen, f"{len(unseen)} of {len(findings[::3])} removals went unnoticed"


def test_some_question_fails_when_any_one_direction_is_swapped(editable):
    store, graphs, findings = editable
    swapped = {FURTHERS: HINDERS, HINDERS: FURTHERS}
    turned = [(g, s, o) for g, s in findings for _, p, o in (t for t in graphs[g] if t[0] == s) if p == TROP.hasDirection and o in swapped]
    assert len(turned) > 15
    assert all(notices(store, graphs, g, [(*t[:2], swapped[o]) if t == (s, TROP.hasDirection, o) else t for t in graphs[g]]) for g, s, o in turned)


def test_some_question_fails_when_any_one_finding_is_moved_to_another_case(editable):
    store, graphs, findings = editable
    placed = [(g, s, o) for g, s in findings for _, p, o in (t for t in graphs[g] if t[0] == s) if p == TROP.concernsCase][::3]
    assert len(placed) > 30
    for g, s, o in placed:
        other = ELSEWHERE if o != ELSEWHERE else URIRef(BASE + "id/case/tropico-be-antwerp")
        assert notices(store, graphs, g, [(*t[:2], other) if t == (s, TROP.concernsCase, o) else t for t in graphs[g]]), s


def triples(store, graph) -> list:
    return list(store.construct(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"))


def test_e_procurement_is_driven_by_legislation_and_imitation_above_all_among_later_and_non_adopters(shipped):
    answer = asking.ask(shipped, QUESTIONS["cq-13"], {"innovation": "concept/innovation/e-procurement", "direction": "concept/direction/furthers"})
    columns = answer.table.columns
    strongest = {cell(row[columns.index("determinant")]): cell(row[columns.index("strongestFor")]) for row in answer.table.rows}
    for determinant in ("legislative-obligation", "mimetic-pressure"):
        assert strongest[f"concept/lipse/{determinant}"] == "later adopters; non-adopters"
