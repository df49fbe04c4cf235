"""The process that workers are forked from (see :mod:`seedaudit.batch.warm` for what it loads).

In: nothing. Out: a multiprocessing context whose workers start in milliseconds. The one decision made here: that
process is begun before anything else is imported, and loads beside the rest of the start.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from typing import Any


def context() -> Any:
    """What a worker process is started with."""
    # A worker computes with one thread; without this the libraries below numpy start one for every CPU. So the
    # server has a single thread as well, and what it forks lacks nothing.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(["seedaudit.batch.warm"])
    return made


def warm_up() -> None:
    """Begin to load what the workers need, in a process beside this one; returns at once."""
    from multiprocessing import forkserver, resource_tracker

    context()
    resource_tracker.ensure_running()  # it lets the signal through again when it has started
    # Until that process ignores Ctrl-C, it does not get it: it would tell a traceback.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
