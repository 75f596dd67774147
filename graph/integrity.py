"""Rules over the whole graph that no shape of a single thing can hold: queries that must return nothing.

Each file of `queries/integrity/` is one rule: a SELECT whose rows are what breaks it, under a header of two lines, `#+ rule:` (what
must hold) and `#+ remedy:` (what to do where it does not).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rdflib import RDF

from graph import resources
from graph.errors import ParseError
from graph.formats import Triple
from graph.prefixes import shorten
from graph.store import Store, Table
from graph.tokens import query_tokens

_HEADER = re.compile(r"\A#\+ rule: (?P<rule>.+)\n#\+ remedy: (?P<remedy>.+)\n(?P<query>[^#][\s\S]+)\Z")
_SHOWN = 5


@dataclass(frozen=True)
class Rule:
    """A rule by the name of its file: what must hold, what to do where it does not, and the query for what breaks it."""

    name: str
    rule: str
    remedy: str
    query: str


@dataclass(frozen=True)
class Breach:
    """A broken rule, and the rows that break it."""

    rule: Rule
    table: Table

    def as_text(self) -> str:
        """Return one sentence with the rule, the first of the things that break it, and the remedy."""
        rows = [" and ".join(_short(term) for term in row if term is not None) for row in self.table.rows]
        more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
        return f"{self.rule.name}: {self.rule.rule} Not so: {'; '.join(rows[:_SHOWN])}{more}. {self.rule.remedy}"


def load(folder: Path | None = None) -> tuple[Rule, ...]:
    """Return the rules of `folder` (default: the packaged ones) by name. Raises ParseError for a file without its header."""
    folder = folder or resources.folder("queries") / "integrity"
    return tuple(_read(path) for path in sorted(folder.glob("*.rq")))


def _read(path: Path) -> Rule:
    found = _HEADER.match(path.read_text(encoding="utf-8"))
    if not found:
        raise ParseError("a rule begins with the lines '#+ rule: …' and '#+ remedy: …'; add them.", source=str(path), line=1)
    return Rule(path.stem, found["rule"], found["remedy"], found["query"])


def affected(rules: tuple[Rule, ...], changes: Iterable[Triple]) -> tuple[Rule, ...]:
    """Return the rules whose answer statements that came or went can change: those that name one of their properties, or none
    in some place.
    """
    properties = {str(p) for _, p, _ in changes}
    return tuple(each for each in rules if properties and (_any_property(each.query) or properties & _names(each.query)))


def _names(query: str) -> set[str]:
    """Return every IRI that a query names; `a` is rdf:type."""
    words = list(query_tokens(query))
    prefixes = {before.text: after.text[1:-1] for before, after in zip(words, words[1:], strict=False)
                if before.kind == "name" and after.kind == "iri"}
    found = {each.text[1:-1] for each in words if each.kind == "iri"}
    for each in words:
        if each.kind == "name":
            prefix, _, local = each.text.partition(":")
            found.add(prefixes.get(f"{prefix}:", "") + local)
    return found | ({str(RDF.type)} if any(each.text == "a" for each in words) else set())


def _any_property(query: str) -> bool:
    """Tell whether a variable may stand in the place of a property: two variables follow each other within the pattern."""
    words = list(query_tokens(query[query.find("{") : query.rfind("}")]))
    return any(one.kind == other.kind == "variable" for one, other in zip(words, words[1:], strict=False))


def breaches(store: Store, rules: tuple[Rule, ...]) -> tuple[Breach, ...]:
    """Return the rules that what `store` holds breaks."""
    answers = ((rule, store.select(rule.query)) for rule in rules)
    return tuple(Breach(rule, table) for rule, table in answers if table.rows)


def _short(term: object) -> str:
    return shorten(str(term)) if str(term).startswith("http") else str(term)
