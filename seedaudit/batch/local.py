"""Warm worker processes on this machine.

In: tasks. Out: an outcome for each, whatever the paper does to its worker. The one decision made here: what counts as
the paper's fault. A worker that runs out of time or memory has met a paper that does this to it; a worker that dies
may have been killed by anybody, so its paper is tried again in a new worker before it is called a crash.

The workers are pebble's. Each slot is a pool of one: the workers of a larger pool share a pipe and its locks, which a
worker killed at the wrong moment takes with it. A slot whose worker died is thrown away whole.
"""

from __future__ import annotations

import os
import queue
import signal
import threading
import time
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from seedaudit.auditing import Auditor
from seedaudit.batch.forkserver import context, warm_up
from seedaudit.batch.work import Cost, Outcome, Task, carry_out
from seedaudit.findings import Failure
from seedaudit.sources.paper import Paper

_POLL = 0.1  # seconds between two looks at a worker's memory
_START = 120.0  # seconds that a worker may take to start on a busy machine
_TRIES = 3  # workers that a paper may lose before it is called a crash
_TRIES_KILLED = 10  # the same where somebody else ended them: nothing in a paper sends SIGKILL
_PAPERS = 100  # after these a worker is replaced: the libraries below keep a little of every paper
_STARTS = 20  # workers that may be lost without a paper before the run ends


@dataclass(frozen=True, slots=True)
class Limits:
    """What one paper may use: ``timeout`` in seconds, ``memory`` of its worker in MB."""

    timeout: float = 60.0
    memory: int = 2048


class Slot:
    """One worker process, started at the first task, replaced when it dies and now and then."""

    def __init__(self, auditor: Auditor, limits: Limits) -> None:
        self._auditor = auditor
        self._limits = limits
        self._pool: ProcessPool | None = None
        self._worker = 0
        self._papers = 0
        self._closed = False

    def run(self, task: Task) -> Outcome:
        """Carry out ``task`` in the worker; raises CancelledError when the slot is closed meanwhile."""
        started = time.perf_counter()
        deaths, unrelated = 0, 0
        while True:
            try:
                outcome = self._attempt(task)
            except _LimitReachedError as reached:
                self._discard()
                return _failed(task, reached.kind, reached.message, time.perf_counter() - started, deaths + 1)
            except ProcessExpired as error:
                self._discard()
                self._check_open()
                deaths += 1
                if deaths >= (_TRIES_KILLED if error.exitcode == -signal.SIGKILL else _TRIES):
                    message = f"The process that audited {task.source} ended, {deaths} times{_cause(error)}."
                    return _failed(task, "crash", message, time.perf_counter() - started, deaths)
            except _NotAtWorkError:
                self._discard()
                self._check_open()
                unrelated += 1
                if unrelated == _STARTS:
                    raise
            else:
                self._papers += 1
                if self._papers == _PAPERS:
                    self._discard()
                return replace(outcome, cost=replace(outcome.cost, attempts=deaths + 1))

    def close(self) -> None:
        """End the worker, whatever it does."""
        self._closed = True
        self._discard()

    def _check_open(self) -> None:
        if self._closed:
            raise CancelledError

    def _attempt(self, task: Task) -> Outcome:
        pool = self._open()
        future: ProcessFuture[Outcome] = pool.schedule(_work, args=(task, self._limits), timeout=self._limits.timeout)
        end = time.monotonic() + _START + self._limits.timeout
        while True:
            try:
                return future.result(timeout=_POLL)
            except TimeoutError as error:
                if future.done():
                    raise self._out_of_time(task) from error
            except MemoryError as error:
                raise self._out_of_memory(task) from error
            except ProcessExpired as error:
                if error.exitcode == -signal.SIGXCPU:
                    raise self._out_of_time(task) from error
                raise
            except BrokenProcessPool as error:
                raise _NotAtWorkError("a worker process ended while it had no paper") from error
            self._check_open()
            if _resident(self._worker) > self._limits.memory:
                raise self._out_of_memory(task)
            if time.monotonic() > end:
                raise _NotAtWorkError("a worker process does not answer")

    def _out_of_time(self, task: Task) -> _LimitReachedError:
        return _LimitReachedError(
            "timeout", f"{task.source} took longer than the {self._limits.timeout:g} s that a paper may take."
        )

    def _out_of_memory(self, task: Task) -> _LimitReachedError:
        return _LimitReachedError(
            "memory", f"{task.source} needs more than the {self._limits.memory} MB of memory that a paper may use."
        )

    def _open(self) -> ProcessPool:
        self._check_open()
        if self._pool is None:
            warm_up()
            self._pool = ProcessPool(
                max_workers=1, initializer=_start, initargs=(self._auditor, self._limits), context=context()
            )
            try:
                self._worker = self._pool.schedule(os.getpid).result(timeout=_START)
            except (ProcessExpired, BrokenProcessPool, TimeoutError) as error:
                raise _NotAtWorkError("a worker process does not start") from error
        return self._pool

    def _discard(self) -> None:
        pool, worker = self._pool, self._worker
        self._pool, self._worker, self._papers = None, 0, 0
        if pool is not None:
            if worker:
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
            pool.stop()  # type: ignore[no-untyped-call]
            # Its threads may wait for the rest of a message that a dead worker began: nobody waits for them.
            threading.Thread(target=pool.join, daemon=True).start()


class LocalWorkers:
    """Several slots, each fed by a thread; outcomes are put into ``inbox`` as they come."""

    def __init__(self, auditor: Auditor, limits: Limits, jobs: int, inbox: queue.Queue[Any]) -> None:
        self.capacity = 2 * jobs  # one at work and one at hand for each worker
        self._inbox = inbox
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._slots = [Slot(auditor, limits) for _ in range(jobs)]
        self._threads = [threading.Thread(target=self._serve, args=(slot,), daemon=True) for slot in self._slots]
        for thread in self._threads:
            thread.start()

    def submit(self, task: Task) -> None:
        """Take a task; its outcome comes later."""
        self._tasks.put(task)

    def close(self) -> None:
        """End all workers; tasks without outcome are dropped."""
        for slot in self._slots:
            slot.close()
            self._tasks.put(None)
        for thread in self._threads:
            thread.join(timeout=_POLL * 20)

    def _serve(self, slot: Slot) -> None:
        while (task := self._tasks.get()) is not None:
            try:
                self._inbox.put(slot.run(task))
            except CancelledError:
                return
            except Exception as error:
                # A fault of the slot must not leave the run waiting for ever: whoever reads the inbox raises it.
                self._inbox.put(error)
                return


def default_jobs() -> int:
    """As many workers as this process may use CPUs."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _NotAtWorkError(Exception):
    """A worker was lost, and not by the paper."""


class _LimitReachedError(Exception):
    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


_HINTS = {
    "timeout": "Give it more time with --timeout, or leave it out.",
    "memory": "Give it more memory with --memory, or leave it out.",
    "crash": "Please report it, with the paper if you may.",
}


def _failed(task: Task, kind: str, message: str, seconds: float, attempts: int) -> Outcome:
    paper = task.subject if isinstance(task.subject, Paper) else None
    result = Failure(
        task.source,
        kind,
        message,
        _HINTS[kind],
        id=paper.id if paper else None,
        sha256=paper.sha256 if paper else None,
    )
    return Outcome(task.number, result, Cost(seconds, attempts=attempts))


def _cause(error: Exception) -> str:
    code = getattr(error, "exitcode", None)
    if isinstance(code, int) and code < 0:
        with suppress(ValueError):
            return f" ({signal.Signals(-code).name})"
    return ""


def _resident(process: int) -> int:
    """The memory that a process holds now in MB; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_bytes().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20


# In the worker

_auditor = Auditor()


def _start(auditor: Auditor, limits: Limits) -> None:
    import resource

    global _auditor  # noqa: PLW0603 - the worker's own, set once
    _auditor = auditor
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The parent watches what is really used; this stops a single request that no machine could fill.
    _lower(resource.RLIMIT_AS, max(4 * limits.memory, 8192) << 20)


def _work(task: Task, limits: Limits) -> Outcome:
    import resource

    # A worker that outlives its parent in an endless loop ends by itself.
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + 1.5 * limits.timeout) + 10)
    return carry_out(task, _auditor)


def _lower(limit: int, soft: int) -> None:
    import resource

    _, hard = resource.getrlimit(limit)
    resource.setrlimit(limit, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))
