"""The one seam that every stranger's query and file passes before the engine sees it.

A query is refused when it would change the data or call another server, or when its nesting would end the process that
parses it; its answer is kept back until it is known to be whole and within the limits, so a limit is always an error and
never a cut. A file is refused when it is too large or its nesting would end the parser.

What this does not do yet: evaluation runs in a thread of this process. A query that is past its time limit is given up, and
stops at its next row, but one that is computing towards its first row cannot be stopped and goes on using a processor;
_MOST_AT_ONCE bounds how many there can be. Killable worker processes with a memory limit of their own are the next step.
"""

from __future__ import annotations

import re
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from graph.errors import (
    NotAcceptable,
    PayloadTooLarge,
    QueryError,
    QueryRefused,
    QueryTimeout,
    ResultTooLarge,
    StoreBusy,
    StoreError,
    TropicoError,
    UnsupportedMediaType,
)
from graph.formats import BOOLEAN_FORMATS, RDF_FORMATS, RESULT_FORMATS, Format, Triple, format_of, negotiate, parse
from graph.settings import Settings
from graph.store import Store
from graph.tokens import Token, position, query_tokens

_KINDS = {"SELECT": "select", "ASK": "ask", "CONSTRUCT": "construct", "DESCRIBE": "construct"}
_OFFERED = {"select": RESULT_FORMATS, "ask": BOOLEAN_FORMATS, "construct": RDF_FORMATS}
_UPDATES = frozenset("INSERT DELETE WITH CLEAR DROP CREATE ADD MOVE COPY".split())
_PROLOGUE = {"PREFIX": 2, "BASE": 1, "VERSION": 1}  # how many words follow

# beyond these, the engine's parser overflows its stack or its optimiser takes minutes (measured)
_DEEPEST = 64
_MOST_SIGNS_TOGETHER = 64
_MOST_WORDS = {
    **dict.fromkeys(("OPTIONAL", "EXISTS", "GRAPH", "VALUES"), 60),
    **dict.fromkeys(("UNION", "MINUS"), 100),
    **dict.fromkeys(("FILTER", "BIND", "IF"), 200),
}
_MOST_SIGNS = {"{": 150, "/": 200, "^": 200, "|": 400, "+": 500, "-": 500, "*": 500, "!": 500, "&": 1_000}
_MOST_PATTERNS = 120

_MOST_AT_ONCE = 16
_SLOTS = threading.BoundedSemaphore(_MOST_AT_ONCE)
_IN_MEMORY = 1_000_000  # bytes of an answer; longer ones wait on disk
_PIECE = 65_536

_TEXT_IN_JSON = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_TEXT_IN_CSV = re.compile(rb'"[^"]*"')


@dataclass
class Answer:
    """The answer to a query: its format, its bytes piece by piece, and the kind of the query (select, ask, construct)."""

    format: Format
    chunks: Iterator[bytes]
    kind: str


def answer(store: Store, query: str, accept: str | None, settings: Settings, *, forced: Format | None = None) -> Answer:
    """Answer a stranger's query in the format that `accept` (an Accept header) or `forced` asks for.

    The answer is complete and within `settings.max_rows` (of a SELECT) and `settings.max_result_bytes` before it is given.
    Raises PayloadTooLarge, QueryError, QueryRefused, NotAcceptable, QueryTimeout, ResultTooLarge, and StoreBusy when too
    many queries run.
    """
    size = len(query.encode("utf-8", "surrogatepass"))
    if size > settings.max_query_bytes:
        raise PayloadTooLarge(f"The query has {size} bytes, the limit is {settings.max_query_bytes}; shorten it.")
    kind = classify(query)
    offered = _OFFERED[kind]
    if forced is not None and forced not in offered:
        choices = ", ".join(each.key for each in offered)
        raise NotAcceptable(f"This kind of query has no answer in {forced.label}; choose one of {choices}.")
    chosen = forced or negotiate(accept, offered)
    return Answer(chosen, _Evaluation(store, query, chosen, settings).result(), kind)


def classify(query: str) -> str:
    """Return what a query is ("select", "ask" or "construct", which a DESCRIBE counts as) once it may be evaluated.

    Raises QueryError for an update, for what is no query and for nesting that cannot be parsed safely, QueryRefused for
    SERVICE and LOAD.
    """
    words = list(query_tokens(query))
    _check_strings(query, words)
    _check_calls(words)
    _check_nesting(words)
    first = _first_word(words)
    if first == "LOAD":
        raise QueryRefused("LOAD fetches from another server, which is never done here; ask what is loaded.")
    if first in _UPDATES:
        raise QueryError(f"This is an update ({first}), and this endpoint only reads; send a SELECT, ASK or CONSTRUCT.")
    if first not in _KINDS:
        raise QueryError("This is no query; begin it with SELECT, ASK, CONSTRUCT or DESCRIBE after its prefixes.", 1, 1)
    return _KINDS[first]


def _first_word(words: Sequence[Token]) -> str:
    place = 0
    while place < len(words) and words[place].text.upper() in _PROLOGUE:
        place += 1 + _PROLOGUE[words[place].text.upper()]
    return words[place].text.upper() if place < len(words) else ""


def _check_strings(query: str, words: Sequence[Token]) -> None:
    """Refuse an open string: the engine reads an odd run of quotes in a way of its own, which could hide a clause."""
    for each in words:
        if each.kind == "string" and not each.is_closed():
            line, column = position(query, each.start)
            raise QueryError(f"The text that opens at line {line}, column {column} is never closed.", line, column)


def _check_calls(words: Sequence[Token]) -> None:
    """Refuse SERVICE, also where the engine finds it and the standard does not: `1SERVICE`, `SERVICE:x {`."""
    for before, each, after in zip([_NOTHING, *words], words, [*words[1:], _NOTHING], strict=False):
        prefix = each.text.split(":", 1)[0] if each.kind == "name" else ""
        glued = "service" in prefix.casefold() and after.text == "{" and before.text.upper() != "GRAPH"
        if glued or each.kind in ("word", "number", "tag") and "service" in each.text.casefold():
            raise QueryRefused("SERVICE calls another server, which is never done here; ask that server yourself.")


_NOTHING = Token("mark", "", 0)


def _check_nesting(words: Sequence[Token]) -> None:
    open_brackets: list[str] = []
    together = patterns = 0
    for each in words:
        sign = each.text if each.kind == "mark" else ""
        if sign and sign in "([{":
            open_brackets.append(sign)
        elif sign and sign in ")]}" and open_brackets:
            open_brackets.pop()
        together = together + 1 if sign and sign in "!+-^" else 0
        patterns += sign in (".", ";") or sign == "," and open_brackets[-1:] != ["("]
        _at_most(len(open_brackets), _DEEPEST, "brackets inside one another")
        _at_most(together, _MOST_SIGNS_TOGETHER, f"signs such as '{sign}' side by side")
    _at_most(patterns, _MOST_PATTERNS, "triple patterns")
    counts = Counter(each.text.upper() for each in words if each.kind in ("mark", "word"))
    for word, most in {**_MOST_WORDS, **_MOST_SIGNS}.items():
        _at_most(counts[word], most, f"times '{word}'")


def _at_most(found: int, most: int, what: str) -> None:
    if found > most:
        raise QueryError(f"The query has more than {most} {what}, which is the limit; ask in several simpler queries.")


class _Evaluation:
    """One query on its way: a thread that fills a file with the answer while the caller waits no longer than the limit."""

    def __init__(self, store: Store, query: str, chosen: Format, settings: Settings) -> None:
        self._store, self._query, self._format, self._settings = store, query, chosen, settings
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)
        self._given_up = threading.Event()
        self._error: TropicoError | None = StoreError("The answer broke off for an unknown reason; ask again.")

    def result(self) -> Iterator[bytes]:
        """Return the answer once it is whole."""
        limit = self._settings.query_timeout
        if not _SLOTS.acquire(timeout=limit):
            raise StoreBusy(f"{_MOST_AT_ONCE} queries are running already; try again in a moment.")
        thread = threading.Thread(target=self._run, daemon=True, name="answer")
        thread.start()
        thread.join(limit)
        if thread.is_alive():
            self._given_up.set()
            raise QueryTimeout(f"The query took longer than {limit:g} seconds, which is the limit; ask for less at once.")
        if self._error is not None:
            self._file.close()
            raise self._error
        self._file.seek(0)
        return _Pieces(self._file)

    def _run(self) -> None:
        try:
            self._fill()
            self._check_rows()
            self._error = None
        except TropicoError as error:
            self._error = error.with_traceback(None)
        except OSError as error:
            self._error = StoreError(f"The answer finds no room on disk ({error.strerror}); free some space.")
        finally:
            _SLOTS.release()
            if self._given_up.is_set():
                self._file.close()

    def _fill(self) -> None:
        size, most = 0, self._settings.max_result_bytes
        with closing(self._store.stream(self._query, self._format.media_type)) as pieces:
            for piece in pieces:
                size += len(piece)
                if size > most:
                    raise ResultTooLarge(f"The answer has more than {most} bytes, which is the limit; add a LIMIT.")
                if self._given_up.is_set():
                    return
                self._file.write(piece)

    def _check_rows(self) -> None:
        """Count rows where there can be too many; each takes two bytes at least."""
        most = self._settings.max_rows
        if self._format.key not in _ROWS or self._file.tell() <= 2 * most:
            return
        self._file.seek(0)
        if _ROWS[self._format.key](self._file.read()) > most:
            raise ResultTooLarge(f"The answer has more than {most} rows, which is the limit; add a LIMIT.")


def _json_rows(data: bytes) -> int:
    """Count the solutions: without its strings, a result has `{` after `[` or `,` for a solution and after `:` for a term."""
    structure = _TEXT_IN_JSON.sub(b"", data)
    return structure.count(b"[{") + structure.count(b",{")


_ROWS = {
    "json": _json_rows,
    "xml": lambda data: data.count(b"<result>"),
    "csv": lambda data: _TEXT_IN_CSV.sub(b"", data).count(b"\n") - 1,
    "tsv": lambda data: data.count(b"\n") - 1,
}


class _Pieces(Iterator[bytes]):
    """The bytes of a file, which is closed after the last one or when nobody reads on."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __next__(self) -> bytes:
        piece = b"" if self._file.closed else self._file.read(_PIECE)
        if not piece:
            self.close()
            raise StopIteration
        return piece

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    __del__ = close


def read_upload(data: bytes, filename: str | None, media_type: str | None, settings: Settings) -> list[Triple]:
    """Return the triples of a file that a stranger sent; its media type gives the format, or else its name.

    Raises PayloadTooLarge, UnsupportedMediaType and ParseError; messages name the file by the last part of its name only.
    """
    if len(data) > settings.max_upload_bytes:
        raise PayloadTooLarge(f"The file has {len(data)} bytes, the limit is {settings.max_upload_bytes}; split it.")
    name = _plain_name(filename)
    return parse(data, _format_sent(name, media_type), source=name)


def _plain_name(filename: str | None) -> str:
    last = PurePosixPath((filename or "").replace("\\", "/")).name
    return "".join(each for each in last if each.isprintable())[:100] or "the file"


def _format_sent(name: str, media_type: str | None) -> Format:
    sent = (media_type or "").split(";")[0].strip().lower()
    for each in RDF_FORMATS:
        if sent == each.media_type or sent in each.aliases and sent not in _VAGUE:
            return each
    if sent in ("", "application/octet-stream", *_VAGUE):
        return format_of(name)
    choices = ", ".join(each.media_type for each in RDF_FORMATS)
    raise UnsupportedMediaType(f"A file of type {sent} is not read here; send one of {choices}.")


_VAGUE = ("text/plain", "application/json", "application/xml", "text/xml")  # says less than the file's name
