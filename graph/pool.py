"""Worker processes that are kept, lent to one job at a time, and ended when a job does not end by itself.

A query cannot be stopped inside the process that evaluates it, and some end that process; so none is evaluated in the
process that serves. Workers start when they are first needed, never by a fork, and one more than is busy stands ready,
so that a worker that was ended costs the next query nothing.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graph.errors import MemoryExceeded, QueryTimeout, StoreError, TooManyAtOnce, TropicoError, WorkerDied
from graph.frames import DATA, END, ERROR, JOB, READY, Timed, retold

POSSIBLE = os.name == "posix" and hasattr(select, "poll")

_HOME = Path(__file__).resolve().parent.parent  # `python -m graph.worker` is found from here
_KEPT = ("PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "HOME")
_START = 20.0  # seconds a worker may take to start
_PATIENCE = 2.0  # seconds a job waits for a worker when all are busy
_DYING = 1.0  # seconds until the system tells how a process ended
_JOBS = 10_000  # of one worker; then a fresh one takes its place, whatever the old one has gathered


@dataclass(frozen=True)
class Job:
    """Work for a worker: what to do, the bytes it is about, the seconds it may take, and the error that says that it
    took longer.
    """

    order: dict[str, Any]
    seconds: float
    too_long: QueryTimeout
    data: bytes = b""


@dataclass
class Counts:
    """What became of the workers of a pool and their jobs."""

    started: int = 0
    jobs: int = 0
    timeouts: int = 0
    kills: int = 0
    deaths: int = 0
    retired: int = 0


class _Worker:
    """One process, and the two pipes to it. Raises OSError where it cannot be started."""

    def __init__(self, memory: int, network: bool) -> None:
        environment = {key: os.environ[key] for key in _KEPT if key in os.environ}  # and no credentials
        environment["MALLOC_ARENA_MAX"] = "1"  # glibc sets address space aside per thread, up to a gigabyte of what is allowed
        self.process = subprocess.Popen(
            [sys.executable, "-m", "graph.worker", str(memory), str(os.getpid()), "network" if network else "alone"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            cwd=_HOME, env=environment, start_new_session=True, bufsize=0,
        )  # fmt: skip
        self._pipe = Timed(self.process.stdout.fileno(), self.process.stdin.fileno())
        self.jobs = 0
        self.isolated = False
        self._folder: str | None = None

    def ready(self) -> None:
        """Wait until it has started. Raises TimeoutError and EOFError where it does not."""
        kind, said = self._pipe.receive(time.monotonic() + _START)
        if kind != READY:
            raise EOFError
        self.isolated = bool(json.loads(said)["isolated"])

    def do(self, job: Job, take: Callable[[bytes], None]) -> tuple[bytes, bytes]:
        """Hand the data of the answer to `take`; return the frame that ends it.

        Raises TimeoutError, EOFError, BrokenPipeError and what `take` raises; after each of them, the worker is of no
        use any more.
        """
        deadline = time.monotonic() + job.seconds
        self.jobs += 1
        self._folder = job.order.get("folder") or self._folder
        order = {**job.order, "seconds": job.seconds, "data": bool(job.data)}
        self._pipe.send(JOB, json.dumps(order).encode(), deadline)
        if job.data:
            self._pipe.send(DATA, job.data, deadline)
        while (frame := self._pipe.receive(deadline))[0] == DATA:
            take(frame[1])
        if frame[0] not in (END, ERROR):
            raise EOFError
        return frame

    def is_outdated(self, last: _Worker) -> bool:
        """Say whether it holds the files of a snapshot that was removed, whose room the disk would not get back; one that holds
        those of the worker that was `last` used does not.
        """
        return self._folder not in (None, last._folder) and not os.path.exists(self._folder)

    def died_of(self) -> int:
        """Return the exit status of a worker that has closed its pipe; 0 where it is there all the same."""
        try:
            return self.process.wait(_DYING)
        except subprocess.TimeoutExpired:
            return 0

    def end(self) -> None:
        """Kill it and let go of it."""
        self.process.kill()
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


@dataclass
class _Hands:
    """The workers of a pool; to be touched under its lock only."""

    idle: list[_Worker] = field(default_factory=list)
    busy: set[_Worker] = field(default_factory=set)
    starting: int = 0
    trouble: str | None = None
    closed: bool = False


class Pool:
    """At most `most` jobs at once, each in a process of its own with `memory` bytes of address space, and with a network only
    where `network` says so.
    """

    def __init__(self, most: int, memory: int, network: bool = False) -> None:
        self._most, self._memory, self._network = most, memory, network
        self._hands = _Hands()
        self._changed = threading.Condition()
        self.counts = Counts()

    def run(self, job: Job, take: Callable[[bytes], None], spent: Callable[[float], None]) -> dict[str, Any]:
        """Have a job done: hand the data of its answer to `take`, return what the worker says at the end, and tell
        `spent` the seconds of work, whatever became of it.

        Raises `job.too_long`, MemoryExceeded, WorkerDied, TooManyAtOnce, StoreError where no worker can be started,
        and the error the worker tells.
        """
        worker = self._borrowed()
        began = time.monotonic()
        whole = False
        try:
            kind, said = worker.do(job, take)
            whole = True
        except TimeoutError:
            raise self._late(job) from None
        except (EOFError, BrokenPipeError):
            raise self._reason(worker, job) from None
        finally:
            self._returned(worker, whole)
            spent(time.monotonic() - began)
        if kind == ERROR:
            raise retold(said)
        return json.loads(said)

    def start(self) -> None:
        """Have a worker ready, without waiting for it."""
        with self._changed:
            self._keep_one_ready()

    def health(self) -> dict[str, Any]:
        """Return how many workers there are, whether they have no network (None: there is none to ask) and what became of
        those there were.
        """
        with self._changed:
            hands, counts = self._hands, dict(vars(self.counts))
            known = [each.isolated for each in (*hands.idle, *hands.busy)]
            isolated = all(known) if known else None
            return {"most": self._most, "busy": len(hands.busy), "idle": len(hands.idle), "isolated": isolated,
                    **counts}  # fmt: skip

    def close(self) -> None:
        """End all workers; jobs that are running end with an error."""
        with self._changed:
            self._hands.closed = True
            idle, self._hands.idle = self._hands.idle, []
            busy = list(self._hands.busy)
            self._changed.notify_all()
        for each in busy:
            each.process.kill()
        for each in idle:
            each.end()

    # -- lending ------------------------------------------------------------------------------------------------------

    def _borrowed(self) -> _Worker:
        began = time.monotonic()
        with self._changed:
            while True:
                worker = self._free()
                self._keep_one_ready()
                if worker is not None:
                    return worker
                patience = _PATIENCE if len(self._hands.busy) >= self._most else _START
                left = began + patience - time.monotonic()
                if left <= 0:
                    raise TooManyAtOnce(f"{len(self._hands.busy)} queries are running already; try again in a moment.")
                self._changed.wait(left)

    def _free(self) -> _Worker | None:
        hands = self._hands
        if hands.closed:
            raise StoreError("The worker processes have been ended; start the program again.")
        while hands.idle and len(hands.busy) < self._most:
            worker = hands.idle.pop()
            if worker.process.poll() is None:
                hands.busy.add(worker)
                self.counts.jobs += 1
                return worker
            self._let_go(worker)
            self.counts.deaths += 1
        if hands.trouble and not hands.starting and not hands.idle and not hands.busy:
            trouble, hands.trouble = hands.trouble, None
            raise StoreError(f"No worker process can be started ({trouble}); see that 'python -m graph.worker' runs.")
        return None

    def _keep_one_ready(self) -> None:
        hands = self._hands
        if hands.idle or hands.starting or hands.closed or hands.trouble or len(hands.busy) > self._most:
            return
        hands.starting += 1
        threading.Thread(target=self._start_one, daemon=True, name="worker-start").start()

    def _start_one(self) -> None:
        worker, trouble = None, None
        try:
            worker = _Worker(self._memory, self._network)
            worker.ready()
        except (OSError, EOFError) as problem:  # a TimeoutError is an OSError
            trouble = str(problem) or "it ended at once"
        with self._changed:
            hands = self._hands
            hands.starting -= 1
            hands.trouble = trouble
            usable = trouble is None and not hands.closed
            if usable:
                self.counts.started += 1
                hands.idle.insert(0, worker)  # what worked last works first, having more in its caches
            self._changed.notify_all()
        if worker is not None and not usable:
            worker.end()

    def _returned(self, worker: _Worker, whole: bool) -> None:
        with self._changed:
            hands = self._hands
            hands.busy.discard(worker)
            retire = worker.jobs >= _JOBS
            self.counts.retired += whole and retire
            self.counts.kills += not whole and worker.process.poll() is None
            if whole and not retire and not hands.closed:
                hands.idle.append(worker)
            else:
                self._let_go(worker)
            hands.trouble = None
            self._retire_outdated(worker)
            self._keep_one_ready()
            self._changed.notify()  # one has come back, so one can go on

    def _retire_outdated(self, last: _Worker) -> None:
        for each in [each for each in self._hands.idle if each.is_outdated(last)]:
            self._hands.idle.remove(each)
            self.counts.retired += 1
            self._let_go(each)

    def _let_go(self, worker: _Worker) -> None:
        """End a worker; in a thread, since the system may take its time to free much memory."""
        worker.process.kill()
        threading.Thread(target=worker.end, daemon=True, name="worker-end").start()

    # -- why ----------------------------------------------------------------------------------------------------------

    def _late(self, job: Job) -> QueryTimeout:
        with self._changed:
            self.counts.timeouts += 1
        return job.too_long

    def _reason(self, worker: _Worker, job: Job) -> TropicoError:
        """Say why a worker ended by itself."""
        status = worker.died_of()
        if status == -signal.SIGALRM:
            return self._late(job)
        with self._changed:
            self.counts.deaths += 1
        if status == -signal.SIGABRT:
            return MemoryExceeded(f"It needed more than {self._memory} bytes of memory, which is the limit; ask for less.")
        return WorkerDied("The process that worked on this ended in the middle of it; simplify what you sent.")


_POOLS: dict[tuple[int, int, int, bool], Pool] = {}
_POOLS_LOCK = threading.Lock()


def pool(most: int, memory: int, network: bool = False) -> Pool:
    """Return this process's pool of so many workers with so much memory each; nothing is started yet."""
    key = (os.getpid(), most, memory, network)  # a child that was forked has no workers
    with _POOLS_LOCK:
        return _POOLS.setdefault(key, Pool(most, memory, network))


def close_all() -> None:
    """End the workers of this process; the next job starts others."""
    with _POOLS_LOCK:
        own = [key for key in _POOLS if key[0] == os.getpid()]
        pools = [_POOLS.pop(key) for key in own]
    for each in pools:
        each.close()


atexit.register(close_all)
