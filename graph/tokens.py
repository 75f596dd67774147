"""The words of SPARQL and Turtle, told apart: both languages share their IRIs, strings, comments and names.

This is no parser. It answers what a look at the plain text cannot: whether SERVICE is a keyword or stands inside a
string, and on which line of a file the description of a subject begins. Every text is read in time proportional to
its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urljoin

# Every repetition below can match a given text in one way only, so a failing match costs no more than its length.
_LONG = r"""\"{3}[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*(?:\"{3})~ | '{3}[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*(?:'{3})~"""
_SHORT = r""" "(?!"")[^"\\\r\n]*(?:\\.[^"\\\r\n]*)*(?:")~ | '(?!'')[^'\\\r\n]*(?:\\.[^'\\\r\n]*)*(?:')~"""
_STRING = f"{_LONG} | {_SHORT}"
_IN_IRI = r'[^<>"{}|^`\\\x00-\x20]*'
_ESCAPED = r"%[0-9A-Fa-f]{2}|\\[_~.!$&'()*+,;=/?\#@%-]"
_GRAMMAR = re.compile(
    rf"""
      (?P<space>\s+|\#[^\r\n]*)
    | (?P<string>{_STRING.replace("~", "?")})
    | (?P<iri><{_IN_IRI}(?:\\(?:u[0-9A-Fa-f]{{4}}|U[0-9A-Fa-f]{{8}}){_IN_IRI})*>)
    | (?P<variable>[?$]\w+)
    | (?P<tag>@[A-Za-z]+(?:--?[A-Za-z0-9]+)*)
    | (?P<name>(?:[^\W\d_][\w.·-]*(?<!\.))?:
        (?:(?:[\w:]|{_ESCAPED})(?:(?:[\w.·:-]|{_ESCAPED})*(?:[\w·:-]|{_ESCAPED}))?)?)
    | (?P<blank>_:\w(?:[\w.·-]*[\w·-])?)
    | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]+|[0-9]*\.[0-9]+|[0-9]+)
    | (?P<run>[^\W\d][\w.·-]*)
    | (?P<mark>\\.|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_CLOSED = re.compile(_STRING.replace("~", ""), re.VERBOSE | re.DOTALL)
_IN_RUN = re.compile(r"(?P<word>\w+)|(?P<mark>.)", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)")
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_WITHOUT_STOP = {"PREFIX": 3, "BASE": 2}  # SPARQL's way to declare: so many words and no full stop


class Token(NamedTuple):
    """One word of a text.

    `kind`: "string", "iri", "variable", "tag" (@en, @prefix), "name" (trop:Case), "blank" (_:b), "number", "word"
    (keywords, true, a) or "mark" (one character of anything else); `start`: its offset in the text.
    """

    kind: str
    text: str
    start: int

    def is_closed(self) -> bool:
        """Say whether a string has its closing quote; without one it reaches to the end of its line or of the
        text.
        """
        return _CLOSED.fullmatch(self.text) is not None


class _Brackets:
    """Tells where in a query `<` means "less than", which only the grammar knows and only brackets show.

    Inside an expression, after an operand, `<` compares; everywhere else it opens an IRI. Without this,
    `FILTER(?a<'>')` reads as the IRI <'> and an open quote, behind which a whole clause can hide.
    """

    def __init__(self) -> None:
        self._modes = ["clause"]  # what each open bracket holds: "clause", "pattern" or "expression"
        self._last = self._before = Token("mark", "", -2)

    def compares(self) -> bool:
        """Say whether a `<` that comes next is an operator."""
        if self._modes[-1] != "expression":
            return False
        if self._last.kind == "mark":
            return self._last.text in ")}]"
        return self._last.text.upper() != "DISTINCT"

    def saw(self, token: Token) -> None:
        """Take note of the next word of the query."""
        if token.kind == "mark" and token.text in _OPENING:
            self._modes.append("expression" if token.text == "(" and self._opens_expression() else "pattern")
        elif token.kind == "mark" and token.text in _CLOSING and len(self._modes) > 1:
            self._modes.pop()
        elif token.kind == "word" and self._modes[-1] != "expression":
            self._modes[-1] = {"SELECT": "clause", "BY": "clause", "HAVING": "clause", "VALUES": "pattern"}.get(
                token.text.upper(), self._modes[-1]
            )
        self._before, self._last = self._last, token

    def _opens_expression(self) -> bool:
        last, before = self._last, self._before
        if last.text == "<" and before.text == "<" and before.start + 1 == last.start:
            return False  # <<( is a triple term, its IRIs stand beside one another
        if self._modes[-1] != "pattern":
            return last.text.upper() != "VALUES"
        if last.kind == "word":
            return last.text != "a" and last.text.upper() not in ("VALUES", "TRUE", "FALSE", "UNDEF")
        return last.kind in ("iri", "name") and before.text.upper() == "FILTER"


def query_tokens(query: str) -> Iterator[Token]:
    """Yield the words of a SPARQL text in order, without white space and comments. Never fails."""
    brackets, offset = _Brackets(), 0
    while match := _GRAMMAR.match(query, offset):
        offset = match.end()
        found = list(_words(match))
        if match.lastgroup == "iri" and brackets.compares():
            offset = match.start() + 1
            found = [Token("mark", "<", match.start())]
        for token in found:
            brackets.saw(token)
            yield token


def _words(match: re.Match[str]) -> Iterator[Token]:
    """Yield what one match of the grammar holds; a run such as true.SERVICE is several words."""
    kind = match.lastgroup or ""
    if kind == "run":
        for part in _IN_RUN.finditer(match.group()):
            yield Token(part.lastgroup or "", part.group(), match.start() + part.start())
    elif kind != "space":
        yield Token(kind, match.group(), match.start())


def position(text: str, offset: int) -> tuple[int, int]:
    """Return line and column of `offset`, both counted from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def undeclared_prefix(query: str) -> Token | None:
    """Return the first prefixed name of a query whose prefix no PREFIX line declares."""
    declared, last = set(), ""
    for token in query_tokens(query):
        prefix = token.text.split(":", 1)[0]
        if token.kind == "name" and last.upper() == "PREFIX":
            declared.add(prefix)
        elif token.kind == "name" and prefix not in declared:
            return token
        last = token.text
    return None


def subject_lines(text: str) -> dict[str, int]:
    """Return, for each IRI that a Turtle or N-Triples text describes, the line where its first description begins.

    Best effort: blank nodes and IRIs written with \\u escapes are left out, and a text that is no Turtle gives
    anything.
    """
    lines: dict[str, int] = {}
    prefixes: dict[str, str] = {}
    base, counted, line = "", 0, 1
    for statement in _statements(text):
        first = statement[0]
        directive = first.text.lower().removeprefix("@")
        if directive == "prefix" and len(statement) > 2:
            prefixes[statement[1].text] = urljoin(base, statement[2].text[1:-1])
        elif directive == "base" and len(statement) > 1:
            base = urljoin(base, statement[1].text[1:-1])
        elif first.kind in ("iri", "name"):
            line, counted = line + text.count("\n", counted, first.start), first.start
            lines.setdefault(_iri(first, prefixes, base), line)
    return lines


def _iri(token: Token, prefixes: dict[str, str], base: str) -> str:
    if token.kind == "iri":
        return urljoin(base, token.text[1:-1]) if base else token.text[1:-1]
    prefix, local = token.text.split(":", 1)
    return prefixes.get(prefix + ":", prefix + ":") + _ESCAPE.sub(r"\1", local)


def _statements(text: str) -> Iterator[list[Token]]:
    """Yield the first words (three at most) of each Turtle statement."""
    head: list[Token] = []
    depth = 0
    for token in (word for match in _GRAMMAR.finditer(text) for word in _words(match)):
        mark = token.text if token.kind == "mark" else ""
        depth += (mark in _OPENING) - (mark in _CLOSING)
        ends = mark == "." and depth == 0
        if not ends and len(head) < 3:
            head.append(token)
        if head and (ends or len(head) == _WITHOUT_STOP.get(head[0].text.upper())):
            yield head
            head = []
