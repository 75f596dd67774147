"""Three questions worth asking: chosen by what their answers reach in this build, by a rule that the page states.

One question asked by policy analysts and not by researchers, one asked by researchers and not by policy analysts, one
asked by both: of each group the question whose answer, as it stands without choosing anything, names most cases; where
that decides nothing, the one that opens most findings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from rdflib import URIRef
from rdflib.namespace import RDFS

from graph import prefixes, questions
from graph.errors import TropicoError
from graph.prefixes import TROP
from graph.questions import Question
from graph.store import Store, Table
from graph.web import Site

_LARGE = 200_000  # statements
GROUPS = (("policy analysts", {"policy"}), ("researchers", {"researcher"}), ("both", {"policy", "researcher"}))


@dataclass(frozen=True)
class Pick:
    """A question worth asking, for whom, and how many of all cases and findings its answer reaches."""

    group: str
    id: str
    question: str
    cases: int
    all_cases: int
    findings: int
    all_findings: int


def picks(here: Site) -> list[Pick] | None:
    """Return the questions worth asking of this build, worked out once per build.

    That asks every question. A large store takes its time for it, so there it is done aside; None until it is done.
    """
    name = f"picks-{'-'.join(here.questions)}"

    def make() -> bytes:
        return json.dumps([asdict(each) for each in _picks(here.store, here.questions)]).encode()

    made = here.kept(name, make) if here.triples < _LARGE else here.kept_soon(name, make)
    return None if made is None else [Pick(**each) for each in json.loads(made)]


def _picks(store: Store, known: Mapping[str, Question]) -> list[Pick]:
    cases, findings = (_instances(store, kind) for kind in (TROP.Case, TROP.Finding))
    found = []
    for group, audience in GROUPS:
        asked = (each for each in known.values() if set(each.audience) & {"policy", "researcher"} == audience)
        reached = [(len(named & cases), len(named & findings), each) for each in asked if (named := _named_by(store, each))]
        best = max(reached, key=lambda each: each[:2], default=None)  # the first of equals
        if best is not None and any(best[:2]):
            found.append(Pick(group, best[2].id, best[2].question, best[0], len(cases), best[1], len(findings)))
    return found


def _instances(store: Store, kind: URIRef) -> set[str]:
    table = store.select(f"SELECT DISTINCT ?it WHERE {{ ?kind <{RDFS.subClassOf}>* <{kind}> . ?it a ?kind }}")
    return {str(row[0]) for row in table.rows}


def _named_by(store: Store, question: Question) -> set[str]:
    """Return the own things that the answer to `question` names; none where this build cannot answer it."""
    try:
        return set(_things(questions.ask(store, question, {}).table))
    except TropicoError:  # such as a default that this build does not hold
        return set()


def _things(table: Table) -> Iterator[str]:
    for row in table.rows:
        for value in row:
            if value is not None and str(value).startswith(prefixes.BASE):
                yield from str(value).split()
