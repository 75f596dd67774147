"""Propositions: which there are, what wording they have, the verdict of each case, and the argument behind a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, render_template
from rdflib import Literal, URIRef
from rdflib.namespace import DCTERMS, SKOS

from graph import argument, describe, drawing
from graph.argument import Argument, Coding, Passage, Standing
from graph.describe import Ref, Thing, Value
from graph.drawing import Drawing, Node
from graph.prefixes import TROP
from graph.store import Store
from graph.web import site

bp = Blueprint("propositions", __name__)

# beside the word, never instead of it
SYMBOLS = {argument.SUPPORTED: "✓", argument.OPPOSED: "✗", argument.NOT_APPLICABLE: "–", argument.UNDECIDED: "?"}
_LONGEST = 160  # signs of a name in a table or a drawing


@dataclass(frozen=True)
class PropositionSet:
    """A set of propositions: how many it has, which of them have a wording here, and whose wording that is."""

    ref: Ref
    status: Ref | None
    meaning: str | None
    count: int | None
    tested_on: tuple[Ref, ...]
    notes: tuple[str, ...]
    sources: tuple[Ref, ...]
    held: int
    arguments: tuple[Argument, ...]

    @property
    def rows(self) -> list[tuple[Ref, list[Standing | None]]]:
        """Return each case, by name, with its standing to each proposition; None where one is not tested on it."""
        by_case = [{each.case: each for each in one.standings} for one in self.arguments]
        cases = sorted({case for each in by_case for case in each}, key=lambda case: (case.label.casefold(), case.iri))
        return [(case, [each.get(case) for each in by_case]) for case in cases]


@dataclass(frozen=True)
class Card:
    """What the page of a proposition shows first."""

    wording: tuple[Value, ...]
    kind: tuple[Ref, str | None] | None
    sets: tuple[PropositionSet, ...]
    notes: tuple[Value, ...]
    formulated_from: tuple[tuple[Ref, str | None], ...]
    argument: Argument | None
    drawing: Drawing | None


@bp.get("/propositions")
def proposition_list() -> str:
    """Show every set of propositions and, for each proposition, the verdict of every case."""
    found = sets(site().store)
    return render_template("propositions.html", sets=found, symbols=SYMBOLS, verdicts=_verdicts(site().store))


def _verdicts(store: Store) -> list[tuple[Ref, str | None]]:
    names, meanings = describe.labels(store, argument.VERDICTS), describe.definitions(store, argument.VERDICTS)
    return [(Ref(each, names[each]), meanings.get(each)) for each in argument.VERDICTS]


def sets(store: Store, only: Iterable[URIRef] | None = None) -> list[PropositionSet]:
    """Return the sets of propositions (those of `only`), first the ones whose wording is not this project's."""
    rows = store.select(f"SELECT DISTINCT ?set WHERE {{ ?set a <{TROP.PropositionSet}> }} ORDER BY ?set").rows
    members = store.select(f"SELECT DISTINCT ?set ?member WHERE {{ ?member <{TROP.partOfPropositionSet}> ?set }}").rows
    arguments = argument.arguments(store) if members else []
    wanted = [row[0] for row in rows] if only is None else list(only)
    known = [each for each in wanted if describe.exists(store, each)]
    made = [_set(store, each, {one for set_, one in members if set_ == each}, arguments) for each in known]
    return sorted(made, key=lambda each: (each.held > 0, each.ref.label.casefold()))


def _set(store: Store, iri: URIRef, members: set[URIRef], arguments: list[Argument]) -> PropositionSet:
    thing = describe.thing(store, iri)
    status = _first(thing.values(TROP.hasWordingStatus))
    count = next((value.term.toPython() for value in thing.values(TROP.propositionCount) if isinstance(value.term, Literal)), None)
    return PropositionSet(
        Ref(iri, thing.label), status, describe.definitions(store, [status.iri]).get(status.iri) if status else None,
        count if isinstance(count, int) else None, refs(thing.values(TROP.testedOn)),
        tuple(str(value.term) for value in thing.values(SKOS.editorialNote)), refs(thing.values(DCTERMS.source)),
        len(members), tuple(each for each in arguments if each.proposition.iri in members),
    )


# -- one proposition --------------------------------------------------------------------------------------------------


def is_proposition(store: Store, iri: URIRef) -> bool:
    """Say whether `iri` is a proposition."""
    return store.ask(f"ASK {{ <{iri}> a <{TROP.Proposition}> }}")


def card(store: Store, thing: Thing) -> Card:
    """Return the card of the proposition described by `thing`."""
    found = next(iter(argument.arguments(store, thing.iri)), None)
    kind = _first(thing.values(TROP.hasClaimKind))
    from_ = refs(thing.values(TROP.formulatedFrom))
    said = describe.texts(store, [ref.iri for ref in from_], TROP.statement)
    return Card(
        wording=thing.values(TROP.wording),
        kind=(kind, describe.definitions(store, [kind.iri]).get(kind.iri)) if kind else None,
        sets=tuple(sets(store, [ref.iri for ref in refs(thing.values(TROP.partOfPropositionSet))])),
        notes=thing.values(SKOS.editorialNote),
        formulated_from=tuple((ref, said.get(ref.iri)) for ref in from_),
        argument=found,
        drawing=drawn(found) if found else None,
    )


def refs(values: Iterable[Value]) -> tuple[Ref, ...]:
    """Return the things among `values` under their names."""
    return tuple(Ref(value.term, value.label or str(value.term)) for value in values if isinstance(value.term, URIRef))


def _first(values: Iterable[Value]) -> Ref | None:
    return next(iter(refs(values)), None)


# -- the drawing ------------------------------------------------------------------------------------------------------


def drawn(found: Argument) -> Drawing:
    """Return the argument as a drawing: proposition, verdicts, cases, findings, passages."""
    nodes: dict[str, Node] = {}
    edges: dict[tuple[str, str], None] = {}
    for path in found.paths():
        way = _way(found, *path)
        nodes |= {node.key: node for node in way}
        edges |= dict.fromkeys(zip((node.key for node in way), (node.key for node in way[1:]), strict=False))
    return drawing.drawn(tuple(nodes.values()), edges)


def _way(found: Argument, standing: Standing, coding: Coding | None, passage: Passage | None) -> list[Node]:
    verdict = standing.verdict
    number = dict(found.counts())[verdict]
    symbol = SYMBOLS[URIRef(verdict.iri)]
    slug = verdict.iri.rpartition("/")[2]
    way = [
        _node(0, "Proposition", found.proposition),
        _node(1, f"Verdict · {number} of {len(found.standings)} cases", verdict, f"{symbol} {verdict.label}", slug),
        _node(2, "Case", standing.case),
    ]
    if coding is not None:
        style, sure = ("inferred", "≈ inferred") if coding.is_inferred else ("", "from a source")
        way.append(_node(3, f"Finding · {sure}", coding.finding, style=style))
    if passage is not None:
        way.append(_node(4, "Passage", passage.ref, passage.says))
    return way


def _node(layer: int, kind: str, ref: Ref, text: str | None = None, style: str = "") -> Node:
    return Node(f"{layer} {ref.iri}", layer, kind, (text or ref.label)[:_LONGEST], str(ref.iri), style)
