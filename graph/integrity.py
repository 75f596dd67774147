"""Rules over the whole graph that no shape of a single thing can hold: queries that must return nothing.

Each file of `queries/integrity/` is one rule: a SELECT whose rows are what breaks it, under a header of two lines, `#+ rule:` (what
must hold) and `#+ remedy:` (what to do where it does not).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from graph import resources
from graph.errors import ParseError
from graph.prefixes import shorten
from graph.store import Store, Table

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


def breaches(store: Store, rules: tuple[Rule, ...]) -> tuple[Breach, ...]:
    """Return the rules that what `store` holds breaks."""
    answers = ((rule, store.select(rule.query)) for rule in rules)
    return tuple(Breach(rule, table) for rule, table in answers if table.rows)


def _short(term: object) -> str:
    return shorten(str(term)) if str(term).startswith("http") else str(term)
