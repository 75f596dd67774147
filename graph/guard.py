"""The one seam that every stranger's query and file passes before the engine sees it.

A query is refused when it would change the data or call another server that the operator has not listed; when its nesting
would end the process that parses it, it is told so. Everything else is evaluated in a worker process (graph.pool) on a
snapshot of the store, which has limits on time and memory and no way to the network, unless the query calls a listed
server; so are strangers' files parsed and validated. An answer is kept back until it is known to be whole, so a query that is stopped is an error and never a
part; a SELECT with more rows than the limit is ended there, which the answer says.

A store that gives no snapshot is asked in a thread of this process: one in memory, which is for tests and for data of
our own, and one at another address, whose engine is no part of this process. So is everything where the system has no
pipes to wait on (Windows). There, a query that computes towards its first row cannot be stopped, only given up;
_MOST_AT_ONCE bounds how many there can be.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import PurePosixPath

from graph import jobs
from graph.capping import Capped, RowsFull
from graph.errors import (
    NotAcceptable,
    PayloadTooLarge,
    QueryRefused,
    StoreBusy,
    StoreDamaged,
    StoreError,
    TropicoError,
    UnsupportedMediaType,
    UsageError,
)
from graph.formats import BOOLEAN_FORMATS, DATASET_FORMATS, RDF_FORMATS, RESULT_FORMATS
from graph.formats import Format, Triple, format_of, negotiate, parse
from graph.gathering import IN_MEMORY, Pieces, no_room, too_large
from graph.inspection import classify, examine
from graph.jobs import Meter, close, health, metered
from graph.media import N_TRIPLES
from graph.report import Report
from graph.settings import Settings
from graph.store import Dataset, Snapshot, Store

__all__ = ["Answer", "Meter", "answer", "classify", "close", "health", "metered", "read_upload", "validate_upload"]

_OFFERED = {"select": RESULT_FORMATS, "ask": BOOLEAN_FORMATS, "construct": RDF_FORMATS}

_MOST_AT_ONCE = 16
_SLOTS = threading.BoundedSemaphore(_MOST_AT_ONCE)


@dataclass
class Answer:
    """The answer to a query: its format, its bytes piece by piece, the kind of the query (select, ask, construct), and
    the number of rows it was ended at, None where it is complete.
    """

    format: Format
    chunks: Iterable[bytes]
    kind: str
    capped: int | None = None


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

    The answer is whole and within `settings.max_result_bytes` before it is given; a SELECT ends after
    `settings.max_rows` rows. Raises PayloadTooLarge, QueryError, QueryRefused, NotAcceptable, QueryTimeout (of time;
    its kind MemoryExceeded of memory), ResultTooLarge, WorkerDied, UsageError for a dataset with a graph that is not
    held, and TooManyAtOnce or StoreBusy when too many queries run.
    """
    size = len(query.encode("utf-8", "surrogatepass"))
    if size > settings.max_query_bytes:
        raise PayloadTooLarge(f"The query has {size} bytes, the limit is {settings.max_query_bytes}; shorten it.")
    with jobs.worked():
        kind, calls = examine(query, settings.allowed_services)
    offered = _OFFERED[kind]
    if forced is not None and forced not in offered:
        choices = ", ".join(each.key for each in offered)
        raise NotAcceptable(f"This kind of query has no answer in {forced.label}; choose one of {choices}.")
    chosen = forced or negotiate(accept, offered)
    if dataset is not None:
        check_dataset(store, dataset)
    chunks, capped = _answered(store, query, chosen, settings, dataset, calls)
    return Answer(chosen, chunks, kind, settings.max_rows if capped else None)


def _answered(
    store: Store, query: str, chosen: Format, settings: Settings, dataset: Dataset | None, calls: bool
) -> tuple[Iterator[bytes], bool]:
    """Have the query answered by a worker, or in a thread where there is no snapshot that a worker could open.

    Another process's build removes the snapshot that this process still reads; until it is started again, it asks itself.
    """
    snapshot = store.snapshot() if jobs.POSSIBLE else None
    if snapshot is not None and not _is_gone(snapshot):
        try:
            return jobs.answer_of(store, snapshot, query, chosen, settings, dataset, calls)
        except StoreDamaged:
            if not _is_gone(snapshot):
                raise
    if calls:
        raise QueryRefused("SERVICE needs a worker process, which this store has none of; ask that server yourself.")
    return _Evaluation(store, query, chosen, settings, dataset).result()


def _is_gone(snapshot: Snapshot) -> bool:
    return snapshot.folder is not None and not snapshot.folder.exists()


def check_dataset(store: Store, dataset: Dataset) -> None:
    """Raise UsageError for a graph that is not held: what is not here is not fetched, and an empty answer would say
    that the graph holds nothing.
    """
    held = store.graphs()
    missing = next((each for each in (*dataset.default_graphs, *dataset.named_graphs) if each not in held), None)
    if missing is not None:
        told = str(missing)[:200]
        raise UsageError(f"There is no graph {told!r} here, and none is fetched; the service description lists them.")


# -- in this process --------------------------------------------------------------------------------------------------


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
        self._capped = False
        self._error: TropicoError | None = StoreError("The answer broke off for an unknown reason; ask again.")

    def result(self) -> tuple[Iterator[bytes], bool]:
        """Return the answer once it is whole, and whether it was ended at the limit on rows."""
        limit = self._settings.query_timeout
        if not self._slots.acquire(timeout=limit):
            raise StoreBusy(f"{_MOST_AT_ONCE} queries are running already; try again in a moment.")
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)
        thread = threading.Thread(target=self._run, daemon=True, name="answer")
        try:
            thread.start()
        except RuntimeError:
            self._slots.release()
            self._file.close()
            raise StoreBusy("The system gives no room for another query now; try again in a moment.") from None
        began = time.monotonic()
        thread.join(limit)
        jobs.spent(time.monotonic() - began)
        if not self._has_ended():
            raise jobs.too_long(self._settings)
        if self._error is not None:
            self._file.close()
            raise self._error
        self._file.seek(0)
        return Pieces(self._file), self._capped

    def _has_ended(self) -> bool:
        """Say whether the answer is there; from a "no" on, the file is the thread's to close."""
        with self._handing_over:
            if not self._ended:
                self._given_up.set()
            return self._ended

    def _run(self) -> None:
        try:
            self._fill()
            self._error = None
        except TropicoError as error:
            self._error = error.with_traceback(None)
        except OSError as error:
            self._error = no_room(error)
        finally:
            self._slots.release()
            with self._handing_over:
                self._ended = True
                if self._given_up.is_set():
                    self._file.close()

    def _fill(self) -> None:
        capped = Capped(self._keep, self._format.key, self._settings.max_rows)
        with closing(self._store.stream(self._query, self._format.media_type, self._dataset)) as pieces:
            try:
                for piece in pieces:
                    capped.write(piece)
                    if self._given_up.is_set():
                        return
                capped.finish()
            except RowsFull:
                self._capped = True

    def _keep(self, piece: bytes) -> None:
        self._file.write(piece)
        if self._file.tell() > self._settings.max_result_bytes:
            raise too_large(self._settings.max_result_bytes)


# -- files ------------------------------------------------------------------------------------------------------------


def read_upload(data: bytes, filename: str | None, media_type: str | None, settings: Settings) -> list[Triple]:
    """Return the triples of a file that a stranger sent; its media type gives the format, or else its name.

    Raises PayloadTooLarge, UnsupportedMediaType, ParseError, UploadTimeout, MemoryExceeded, WorkerDied and
    TooManyAtOnce; messages name the file by the last part of its name only.
    """
    name, fmt = _accepted(data, filename, media_type, settings)
    if not jobs.POSSIBLE:
        return parse(data, fmt, source=name, most=settings.max_upload_bytes)
    return parse(jobs.worked_on("parse", data, name, fmt, settings), N_TRIPLES, source=name)


def validate_upload(data: bytes, filename: str | None, media_type: str | None, settings: Settings) -> Report:
    """Hold a file that a stranger sent against the shapes, with the ontology and the packaged data as what it may refer
    to; nothing is kept.

    Raises what `read_upload` raises, and StoreError where the system has no worker processes: a shape may hold a pattern
    that takes for ever.
    """
    name, fmt = _accepted(data, filename, media_type, settings)
    if not jobs.POSSIBLE:
        raise StoreError("Files of strangers cannot be validated on this system; use 'tropico validate'.")
    return Report.from_json(jobs.worked_on("validate", data, name, fmt, settings).decode())


def _accepted(data: bytes, filename: str | None, media_type: str | None, settings: Settings) -> tuple[str, Format]:
    if len(data) > settings.max_upload_bytes:
        raise PayloadTooLarge(f"The file has {len(data)} bytes, the limit is {settings.max_upload_bytes}; split it.")
    name = _plain_name(filename)
    return name, _format_sent(name, media_type)


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
