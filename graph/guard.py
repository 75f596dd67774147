"""The one seam that every stranger's query and file passes before the engine sees it.

A query is refused when it would change the data or call another server, or when its nesting would end the process
that parses it; its answer is kept back until it is known to be whole and within the limits, so a limit is always an
error and never a cut. A file is refused when it is too large or its nesting would end the parser.

What this does not do yet: evaluation runs in a thread of this process. A query that is past its time limit is given
up, and stops at its next row, but one that is computing towards its first row cannot be stopped and goes on using a
processor; _MOST_AT_ONCE bounds how many there can be. Killable worker processes with a memory limit of their own are
the next step.
"""

from __future__ import annotations

import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from graph.errors import (
    NotAcceptable,
    PayloadTooLarge,
    QueryTimeout,
    ResultTooLarge,
    StoreBusy,
    StoreError,
    TropicoError,
    UnsupportedMediaType,
    UsageError,
)
from graph.formats import BOOLEAN_FORMATS, DATASET_FORMATS, RDF_FORMATS, RESULT_FORMATS
from graph.formats import Format, Triple, format_of, negotiate, parse
from graph.inspection import classify
from graph.settings import Settings
from graph.store import Dataset, Store

__all__ = ["Answer", "answer", "classify", "read_upload"]

_OFFERED = {"select": RESULT_FORMATS, "ask": BOOLEAN_FORMATS, "construct": RDF_FORMATS}

_MOST_AT_ONCE = 16
_SLOTS = threading.BoundedSemaphore(_MOST_AT_ONCE)
_IN_MEMORY = 1_000_000  # bytes of an answer; longer ones wait on disk
_PIECE = 65_536

_TEXT_IN_JSON = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_TEXT_IN_CSV = re.compile(rb'"[^"]*"')


@dataclass
class Answer:
    """The answer to a query: its format, its bytes piece by piece, and the kind of the query (select, ask,
    construct).
    """

    format: Format
    chunks: Iterator[bytes]
    kind: str


def answer(
    store: Store,
    query: str,
    accept: str | None,
    settings: Settings,
    *,
    forced: Format | None = None,
    dataset: Dataset | None = None,
) -> Answer:
    """Answer a stranger's query in the format that `accept` (an Accept header) or `forced` asks for.

    `dataset` names the graphs it is about, in place of those the query names itself.

    The answer is complete and within `settings.max_rows` (of a SELECT) and `settings.max_result_bytes` before it is
    given. Raises PayloadTooLarge, QueryError, QueryRefused, NotAcceptable, QueryTimeout, ResultTooLarge, UsageError
    for a dataset with a graph that is not held, and StoreBusy when too many queries run.
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
    if dataset is not None:
        check_dataset(store, dataset)
    return Answer(chosen, _Evaluation(store, query, chosen, settings, dataset).result(), kind)


def check_dataset(store: Store, dataset: Dataset) -> None:
    """Raise UsageError for a graph that is not held: what is not here is not fetched, and an empty answer would say
    that the graph holds nothing.
    """
    held = store.graphs()
    missing = next((each for each in (*dataset.default_graphs, *dataset.named_graphs) if each not in held), None)
    if missing is not None:
        told = str(missing)[:200]
        raise UsageError(f"There is no graph {told!r} here, and none is fetched; the service description lists them.")


class _Evaluation:
    """One query on its way: a thread that fills a file with the answer while the caller waits no longer than the
    limit.
    """

    def __init__(
        self, store: Store, query: str, chosen: Format, settings: Settings, dataset: Dataset | None = None
    ) -> None:
        self._store, self._query, self._format, self._settings = store, query, chosen, settings
        self._dataset = dataset
        self._slots = _SLOTS
        self._given_up = threading.Event()
        self._ended = False
        self._handing_over = threading.Lock()
        self._error: TropicoError | None = StoreError("The answer broke off for an unknown reason; ask again.")

    def result(self) -> Iterator[bytes]:
        """Return the answer once it is whole."""
        limit = self._settings.query_timeout
        if not self._slots.acquire(timeout=limit):
            raise StoreBusy(f"{_MOST_AT_ONCE} queries are running already; try again in a moment.")
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)
        thread = threading.Thread(target=self._run, daemon=True, name="answer")
        try:
            thread.start()
        except RuntimeError:
            self._slots.release()
            self._file.close()
            raise StoreBusy("The system gives no room for another query now; try again in a moment.") from None
        thread.join(limit)
        if not self._has_ended():
            raise QueryTimeout(
                f"The query took longer than {limit:g} seconds, which is the limit; ask for less at once."
            )
        if self._error is not None:
            self._file.close()
            raise self._error
        self._file.seek(0)
        return _Pieces(self._file)

    def _has_ended(self) -> bool:
        """Say whether the answer is there; from a "no" on, the file is the thread's to close."""
        with self._handing_over:
            if not self._ended:
                self._given_up.set()
            return self._ended

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
            self._slots.release()
            with self._handing_over:
                self._ended = True
                if self._given_up.is_set():
                    self._file.close()

    def _fill(self) -> None:
        size, most = 0, self._settings.max_result_bytes
        with closing(self._store.stream(self._query, self._format.media_type, self._dataset)) as pieces:
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
    """Count the solutions: without its strings, a result has `{` after `[` or `,` for a solution and after `:` for a
    term.
    """
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

    Raises PayloadTooLarge, UnsupportedMediaType and ParseError; messages name the file by the last part of its name
    only.
    """
    if len(data) > settings.max_upload_bytes:
        raise PayloadTooLarge(f"The file has {len(data)} bytes, the limit is {settings.max_upload_bytes}; split it.")
    name = _plain_name(filename)
    return parse(data, _format_sent(name, media_type), source=name, most=settings.max_upload_bytes)


def _plain_name(filename: str | None) -> str:
    last = PurePosixPath((filename or "").replace("\\", "/")).name
    return "".join(each for each in last if each.isprintable())[:100] or "the file"


def _format_sent(name: str, media_type: str | None) -> Format:
    sent = (media_type or "").split(";")[0].strip().lower()
    for each in RDF_FORMATS + DATASET_FORMATS:
        if sent == each.media_type or sent in each.aliases and sent not in _VAGUE:
            return each
    if sent in ("", "application/octet-stream", *_VAGUE):
        return format_of(name)
    choices = ", ".join(each.media_type for each in RDF_FORMATS + DATASET_FORMATS)
    raise UnsupportedMediaType(f"A file of type {sent} is not read here; send one of {choices}.")


_VAGUE = ("text/plain", "application/json", "application/xml", "text/xml", "application/gzip")  # says less than the file's name
