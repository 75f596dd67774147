"""Every question gives its expected answer on the shipped data, and another one when the data is damaged.

`tests/answers/cq-NN.csv` holds the answer with the default parameters on key columns. IRIs stand there without the project's base;
a cell with several values separated by "; " is compared without regard to their order.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest
from rdflib import URIRef

from graph import asking, build, questions
from graph.embedded import ScratchStore
from graph.prefixes import BASE

ANSWERS = Path(__file__).parent / "answers"
QUESTIONS = questions.load()


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """A store with the packaged content."""
    settings = build_settings(tmp_path_factory.mktemp("cache"))
    with ScratchStore() as store:
        build.build(store, settings=settings)
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


def expected(question) -> tuple[list[str], Counter]:
    with (ANSWERS / f"{question.id}.csv").open(encoding="utf-8", newline="") as handle:
        header, *rows = csv.reader(handle)
    return header, Counter(tuple(cell(value) for value in row) for row in rows)


def test_every_question_has_an_expected_answer_and_every_answer_a_question():
    assert len(QUESTIONS) >= 8
    assert {path.stem for path in ANSWERS.glob("*.csv")} == set(QUESTIONS)


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_the_answer_is_the_expected_one(shipped, name):
    columns, rows = expected(QUESTIONS[name])
    assert rows, "an expected answer without rows proves nothing"
    assert rows_of(shipped, QUESTIONS[name], columns) == rows


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_the_answer_changes_when_what_its_first_row_rests_on_is_taken_away(shipped, name):
    columns, rows = expected(QUESTIONS[name])
    cells = [part for value in reversed(sorted(rows)[0]) for part in value.split("; ")]
    subject = URIRef(BASE + next(part for part in cells if part.startswith(("id/finding/", "concept/"))))
    with ScratchStore() as damaged:
        damaged.replace({graph: [t for t in triples(shipped, graph) if t[0] != subject] for graph in shipped.graphs()})
        assert rows_of(damaged, QUESTIONS[name], columns) != rows


def triples(store, graph) -> list:
    return list(store.construct(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"))


def test_e_procurement_is_driven_by_legislation_and_imitation_above_all_among_later_and_non_adopters(shipped):
    answer = asking.ask(shipped, QUESTIONS["cq-13"], {"innovation": "concept/innovation/e-procurement", "direction": "concept/direction/furthers"})
    columns = answer.table.columns
    strongest = {cell(row[columns.index("determinant")]): cell(row[columns.index("strongestFor")]) for row in answer.table.rows}
    for determinant in ("legislative-obligation", "mimetic-pressure"):
        assert strongest[f"concept/lipse/{determinant}"] == "later adopters; non-adopters"
