"""What travels between the process that feeds and stores and the ones that audit.

In: a task. Out: an outcome. The one decision made here: a worker reads a file itself, so that neither bytes nor
hashing pass through the parent; only what the parent had to fetch travels as bytes.
"""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass, field

from seedaudit.auditing import Auditor, failure
from seedaudit.errors import PaperError
from seedaudit.findings import Audit, Failure
from seedaudit.sources.local import load_file
from seedaudit.sources.paper import Paper
from seedaudit.sources.reference import FileReference


@dataclass(frozen=True, slots=True)
class Task:
    """One paper to audit: a file, or the bytes of a paper.

    ``number`` is the study's number of the paper; ``known`` the hash of the bytes that the study has audited with the
    same versions, if it has.
    """

    number: int
    subject: FileReference | Paper = field(repr=False)
    known: str | None = None

    @property
    def source(self) -> str:
        """What the user typed."""
        return self.subject.source or str(getattr(self.subject, "path", ""))


@dataclass(frozen=True, slots=True)
class Cost:
    """What an audit took: wall and CPU seconds, how often it was tried, and the worker's peak memory so far in MB."""

    seconds: float = 0.0
    cpu: float = 0.0
    attempts: int = 1
    memory: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task; ``result`` is None where the bytes are the known ones and nothing is to be stored."""

    number: int
    result: Audit | Failure | None
    cost: Cost = Cost()


def carry_out(task: Task, auditor: Auditor) -> Outcome:
    """Audit the paper of ``task`` in this process; what keeps it from being audited is a Failure."""
    started, cpu = time.perf_counter(), time.process_time()
    result = _audit(task, auditor)
    return Outcome(
        task.number,
        result,
        Cost(time.perf_counter() - started, time.process_time() - cpu, memory=peak_memory()),
    )


def _audit(task: Task, auditor: Auditor) -> Audit | Failure | None:
    try:
        paper = task.subject if isinstance(task.subject, Paper) else load_file(task.subject)
    except PaperError as error:
        return failure(task.source, error)
    if task.known is not None and paper.sha256 == task.known:
        return None
    return auditor.audit(paper)


def peak_memory() -> int:
    """The most memory that this process has held, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak >> (20 if sys.platform == "darwin" else 10)
