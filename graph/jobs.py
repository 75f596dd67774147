"""What a stranger's query or file costs, and how it becomes a job of a worker process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from graph import pool
from graph.errors import MemoryExceeded, QueryTimeout, StoreDamaged, UploadTimeout, WorkerDied
from graph.gathering import Gathered
from graph.media import Format
from graph.settings import Settings
from graph.store import Dataset, Snapshot, Store

POSSIBLE = pool.POSSIBLE
_TAKEN_BACK = 100_000_000  # bytes of a report or of parsed triples
_CALLING = 2  # jobs at once that call other servers
_ENDED = 1.0  # seconds that a worker that died is charged at least: another one has to be started


@dataclass
class Meter:
    """How many seconds of work strangers' queries and files have taken."""

    seconds: float = 0.0


_METER: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextmanager
def metered() -> Iterator[Meter]:
    """Measure the work that is done here for strangers, without the time it waits for its turn."""
    meter = Meter()
    before = _METER.set(meter)
    try:
        yield meter
    finally:
        _METER.reset(before)


def spent(seconds: float) -> None:
    """Add to the meter of whoever measures."""
    meter = _METER.get()
    if meter is not None:
        meter.seconds += seconds


@contextmanager
def worked() -> Iterator[None]:
    """Add what is done within to the meter of whoever measures."""
    began = time.thread_time()
    try:
        yield
    finally:
        spent(time.thread_time() - began)


def health(settings: Settings) -> dict[str, Any]:
    """Return how the worker processes are: how many, and how many jobs, time-outs, kills and deaths there were."""
    return _pool(settings).health() if pool.POSSIBLE else {"most": 0}


def close() -> None:
    """End all worker processes of this process."""
    pool.close_all()


def _pool(settings: Settings, calls: bool = False) -> pool.Pool:
    if calls:  # few: what they wait for is in nobody's hands here
        return pool.pool(min(_CALLING, settings.workers), settings.worker_memory, network=True)
    return pool.pool(settings.workers, settings.worker_memory)


def answer_of(
    store: Store, snapshot: Snapshot, query: str, chosen: Format, settings: Settings, dataset: Dataset | None = None,
    calls: bool = False,
) -> tuple[Iterator[bytes], bool]:
    """Return the whole answer of a query, and whether it was ended at the limit on rows.

    One that `calls` a listed server is worked on by processes of their own, which have a network.

    Raises what the worker tells, QueryTimeout, MemoryExceeded, WorkerDied and TooManyAtOnce.
    """
    try:
        return _evaluated(snapshot, query, chosen, settings, dataset, calls)
    except StoreDamaged:
        now = store.snapshot()
        if now is None or now == snapshot:
            raise
        return _evaluated(now, query, chosen, settings, dataset, calls)  # the snapshot was replaced before the worker opened it


def _evaluated(
    snapshot: Snapshot, query: str, chosen: Format, settings: Settings, dataset: Dataset | None = None, calls: bool = False
) -> tuple[Iterator[bytes], bool]:
    order = {
        "do": "query", "query": query, "media_type": chosen.media_type, "format": chosen.key,
        "folder": None if snapshot.folder is None else str(snapshot.folder), "triples": snapshot.triples,
        "max_rows": settings.max_rows, "max_bytes": settings.max_result_bytes,
        "dataset": None if dataset is None else [dataset.default_graphs, dataset.named_graphs],
    }  # fmt: skip
    job = pool.Job(order, settings.query_timeout, too_long(settings))
    with Gathered(settings.max_result_bytes) as gathered:
        end = _run(settings, job, gathered, calls)
        return gathered.pieces(), bool(end["capped"])


def _run(settings: Settings, job: pool.Job, gathered: Gathered, calls: bool = False) -> dict[str, Any]:
    try:
        return _pool(settings, calls).run(job, gathered.take, spent)
    except (WorkerDied, MemoryExceeded):
        spent(_ENDED)
        raise


def too_long(settings: Settings) -> QueryTimeout:
    """Return the error for a query that is past its time."""
    limit = settings.query_timeout
    return QueryTimeout(f"The query took longer than {limit:g} seconds, which is the limit; ask for less at once.")


def worked_on(what: str, data: bytes, name: str, fmt: Format, settings: Settings) -> bytes:
    """Have a file parsed ("parse": its N-Triples) or validated ("validate": the report as JSON) and return the outcome.

    Raises what the worker tells, UploadTimeout, MemoryExceeded, WorkerDied and TooManyAtOnce.
    """
    limit = settings.upload_timeout
    late = UploadTimeout(f"{name} took longer than {limit:g} seconds, which is the limit; split it.")
    told = {"do": what, "format": fmt.key, "source": name, "max_bytes": _TAKEN_BACK, "most": settings.max_upload_bytes}
    job = pool.Job(told, limit, late, data)
    with Gathered(_TAKEN_BACK) as gathered:
        _run(settings, job, gathered)
        return gathered.bytes()
