"""Workers on a Dask cluster.

In: tasks. Out: the outcomes, the same as on this machine. The one decision made here: a Dask worker never audits a
paper itself. It keeps a warm process for that, with the limits of a local batch: a paper that crashes, hangs or eats
memory takes that process down and no Dask worker, let alone one after another.

A Dask worker that dies in mid-paper loses nothing: the scheduler gives its papers to others. Dask gives up a paper that
was with several workers when they died; since no paper can take one down, it is handed in again. A cluster that stays
without workers ends the run: nobody would be told otherwise, and the same command goes on.
"""

from __future__ import annotations

import multiprocessing
import queue
import threading
import time
from collections import Counter
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import Any

from seedaudit.auditing import Auditor
from seedaudit.batch.local import Limits, Slot
from seedaudit.batch.work import Cost, Outcome, Task
from seedaudit.errors import ClusterError
from seedaudit.findings import Failure, Tool

_CONNECT = 30.0  # seconds
_FIRST = 10.0  # seconds in which a first worker may come
_SAME_VERSION = "Install the same version on all machines: the study would mix their findings."
_AHEAD = 2  # papers that are with the cluster for each of its threads
_TRIES = 5  # times that a paper is handed in; each time Dask gives it several workers
_LOOK = 5.0  # seconds between two looks at whether there are workers
_WITHOUT = 60.0  # seconds that the cluster may be without any


class ClusterWorkers:
    """The workers of a cluster; outcomes are put into ``inbox`` as they come.

    Raises ClusterError: kind ``cluster`` where there is none at ``address`` or it has no workers, ``cluster-versions``
    where they have another seedaudit, ``no-dask`` where Dask is not installed.
    """

    def __init__(self, auditor: Auditor, limits: Limits, address: str, inbox: queue.Queue[Any]) -> None:
        self._auditor = auditor
        self._limits = limits
        self._tool = auditor.tool
        self._inbox = inbox
        self._tasks: dict[Any, Task] = {}
        self._given_up: Counter[int] = Counter()
        self._closed = threading.Event()
        self._client = _connect(address)
        try:
            self._check(address)
            self.capacity = _AHEAD * max(1, sum(self._client.nthreads().values()))
        except BaseException:
            self._client.close()
            raise
        threading.Thread(target=self._watch, args=(address,), daemon=True).start()

    def submit(self, task: Task) -> None:
        """Take a task; its outcome comes later."""
        future = self._client.submit(audit_there, task, self._auditor, self._limits, self._tool, pure=False)
        self._tasks[future] = task
        future.add_done_callback(self._done)

    def close(self) -> None:
        """Drop what is not done; the cluster itself stays."""
        self._closed.set()
        tasks, self._tasks = self._tasks, {}
        self._client.cancel(list(tasks), force=True)
        self._client.close()

    def _done(self, future: Any) -> None:
        task = self._tasks.pop(future, None)
        if task is None:
            return
        try:
            self._inbox.put(future.result())
        except Exception as error:
            self._given_up[task.number] += 1
            if _is_given_up(error) and self._given_up[task.number] < _TRIES and not self._closed.is_set():
                self.submit(task)
            else:
                self._inbox.put(_lost(task, error))

    def _watch(self, address: str) -> None:
        """End the run where the cluster stays without workers: its papers would wait for ever."""
        last = time.monotonic()
        while not self._closed.wait(_LOOK):
            try:
                there = bool(self._client.nthreads())
            except Exception:  # the scheduler is gone or the client is closing: the papers' futures tell it
                return
            if there:
                last = time.monotonic()
            elif time.monotonic() - last > _WITHOUT:
                self._inbox.put(
                    ClusterError(
                        f"The cluster at {address} has no workers any more.",
                        hint=f"Start some (dask worker {address}); the same command goes on.",
                    )
                )
                return

    def _check(self, address: str) -> None:
        with suppress(TimeoutError):
            self._client.wait_for_workers(1, timeout=_FIRST)
        found: dict[str, Tool | Exception] = self._client.run(tool_there, self._auditor, on_error="return")
        # A worker that was lost while it was asked is none; another may come in its place.
        told = {worker: one for worker, one in found.items() if not isinstance(one, OSError)}
        if not told:
            raise ClusterError(f"The cluster at {address} has no workers.", hint=f"Start some: dask worker {address}")
        unable = [(worker, one) for worker, one in told.items() if isinstance(one, Exception)]
        if unable:
            worker, error = unable[0]
            raise ClusterError(
                f"The worker {worker} cannot run seedaudit: {error}.",
                hint=_SAME_VERSION,
                kind="cluster-versions",
            )
        other = [worker for worker, tool in told.items() if tool != self._tool]
        if other:
            raise ClusterError(
                f"The workers {', '.join(other[:3])} have another version of seedaudit, its rules or its model.",
                hint=_SAME_VERSION,
                kind="cluster-versions",
            )


def _connect(address: str) -> Any:
    try:
        import distributed
    except ImportError as error:
        raise ClusterError(
            "A cluster needs Dask, which is not installed.", hint="pip install 'seedaudit[cluster]'", kind="no-dask"
        ) from error
    try:
        return distributed.Client(address, timeout=_CONNECT, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"There is no Dask scheduler at {address}: {error}.", hint="Start one with: dask scheduler"
        ) from error


def _lost(task: Task, error: Exception) -> Outcome | Exception:
    """What a task that gave no outcome means: a paper that Dask gave up, or a cluster that is gone."""
    if _is_given_up(error):
        message = f"{task.source} was lost with one Dask worker after another."
        return Outcome(task.number, Failure(task.source, "crash", message, "Try it again with --retry failed."), Cost())
    if isinstance(error, ClusterError):
        return error
    return ClusterError(f"The cluster failed on {task.source}: {error}.", hint="Look at its workers; then go on.")


def _is_given_up(error: Exception) -> bool:
    """Whether Dask gave up a task because of the workers that died with it."""
    from distributed import KilledWorker

    return isinstance(error, KilledWorker)


# On a worker of the cluster

_slots = threading.local()


def tool_there(auditor: Auditor) -> Tool:
    """The versions that a worker has."""
    return auditor.tool


def audit_there(task: Task, auditor: Auditor, limits: Limits, tool: Tool) -> Outcome:
    """Audit a paper in the warm process of this thread of a worker.

    Raises ClusterError where this worker, which may have come after the run began, has other versions than ``tool``.
    """
    slot, made_for = getattr(_slots, "slot", None), getattr(_slots, "made_for", None)
    if slot is None or made_for != (auditor, limits):
        if slot is not None:
            slot.close()
        if auditor.tool != tool:
            raise ClusterError(
                "A worker that came to the cluster has another version of seedaudit, its rules or its model.",
                hint=_SAME_VERSION,
                kind="cluster-versions",
            )
        # Dask marks its workers as daemons, so that they end with their nanny, and daemons may have no children. Ours
        # end by themselves when the pipe to their worker closes.
        multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
        slot = _slots.slot = Slot(auditor, limits)
        _slots.made_for = (auditor, limits)
    try:
        outcome: Outcome = slot.run(task)
    except CancelledError as error:
        raise RuntimeError("the worker is closing") from error
    return outcome
