"""How far the questions reach: what each gave when it was run just now, which terms it speaks of, and which terms none does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from rdflib import URIRef

from graph import questions
from graph.prefixes import NAMESPACES, ONTOLOGY
from graph.questions import Question
from graph.store import Store
from graph.tokens import query_tokens

_OWN_TERMS = f"""
    PREFIX owl: <{NAMESPACES["owl"]}>
    SELECT DISTINCT ?term WHERE {{
      VALUES ?kind {{ owl:Class owl:ObjectProperty owl:DatatypeProperty }}
      ?term a ?kind . FILTER(STRSTARTS(STR(?term), "{ONTOLOGY}"))
    }} ORDER BY ?term"""


@dataclass(frozen=True)
class Status:
    """One question with its default parameters: when it ran, how many rows it gave in how many seconds, the own terms it names."""

    question: Question
    ran: datetime
    rows: int
    seconds: float
    terms: tuple[str, ...]


def status(store: Store, known: Mapping[str, Question]) -> tuple[Status, ...]:
    """Run every question on `store` and return what came of each."""
    return tuple(_status(store, question) for question in known.values())


def _status(store: Store, question: Question) -> Status:
    answer = questions.ask(store, question, {})
    return Status(question, datetime.now(UTC), len(answer.table.rows), answer.seconds, terms_of(question))


def terms_of(question: Question) -> tuple[str, ...]:
    """Return the names (without prefix) of the own terms that the question's query uses, sorted."""
    words = (token.text for token in query_tokens(question.text) if token.kind in ("name", "iri"))
    found = (re.fullmatch(rf"trop:(\w+)|<{re.escape(ONTOLOGY)}(\w+)>", word) for word in words)
    return tuple(sorted({match[1] or match[2] for match in found if match}))


def unused(store: Store, known: Iterable[Question]) -> tuple[URIRef, ...]:
    """Return the classes and properties of the ontology that no question names."""
    named = {term for question in known for term in terms_of(question)}
    rows = store.select(_OWN_TERMS).rows
    return tuple(term for (term,) in rows if str(term).removeprefix(ONTOLOGY) not in named)
