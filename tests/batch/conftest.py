"""What the tests of batches share: papers, studies made from them, and processes that can be killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from seedaudit.auditing import Auditor
from seedaudit.batch.listing import entries
from seedaudit.batch.local import Limits, LocalWorkers
from seedaudit.batch.runner import Run, Summary
from seedaudit.batch.store import Study, open_study, read_study
from seedaudit.findings import Audit, Failure

# The tests import the module poison by its name, and so do their workers, which inherit the path.
sys.path.append(str(Path(__file__).parent))

SAMPLES = sorted((Path(__file__).parents[2] / "corpus" / "samples").glob("*/*.pdf"))
TEXT = "# Setup\n\nWe fix the random seed to {} for all runs. Scores are averaged over 5 random seeds.\n"


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """A folder with the sample papers."""
    folder = tmp_path / "papers"
    folder.mkdir()
    for sample in SAMPLES:
        (folder / sample.name).write_bytes(sample.read_bytes())
    return folder


@dataclass
class Told:
    """Remembers what a run said."""

    begun: tuple[int, int] = (0, 0)
    done: list[tuple[str, Audit | Failure | None]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def begin(self, papers: int, done: int) -> None:
        self.begun = (papers, done)

    def paper(self, source: str, result: Audit | Failure | None, seconds: float) -> None:
        self.done.append((source, result))

    def say(self, text: str) -> None:
        self.said.append(text)


Batch = Callable[..., tuple[Summary, Told]]


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    """Runs a batch in this process, with workers: ``batch(lists, path=..., auditor=..., limits=..., jobs=...)``."""

    def run(
        *lists: Path | str,
        path: Path = tmp_path / "study.db",
        auditor: Any = None,
        limits: Limits | None = None,
        jobs: int = 2,
        **options: Any,
    ) -> tuple[Summary, Told]:
        auditor, told = auditor or Auditor(), Told()
        with open_study(path) as study:
            listed = list(entries(list(map(str, lists))))
            study.enrol(entry for entry, _ in listed)
            start = lambda inbox: LocalWorkers(auditor, limits or Limits(), jobs, inbox)  # noqa: E731
            named = {entry.key: meant for entry, meant in listed}
            return Run(study, named, auditor.tool, options.pop("start", start), told, **options).carry_out(), told

    return run


def contents(path: Path) -> dict[str, Audit | Failure]:
    """What a study says of each paper."""
    with read_study(path) as study:
        return {stored.entry.key: stored.result for stored in study.results()}


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with open_study(tmp_path / "study.db") as opened:
        yield opened


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Whoever runs the tests in the background may have Ctrl-C ignored, and every process below inherits that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def command(*arguments: object, **options: Any) -> subprocess.Popen[str]:
    """``seedaudit`` with ``arguments``, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "seedaudit", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, **options,
    )  # fmt: skip


def descendants(process: int) -> list[int]:
    """The processes below ``process``, the nearest first."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            after = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(path.parent.name)] = int(after[1])
    found, level = [], [process]
    while level := [one for one, parent in parents.items() if parent in level]:
        found += level
    return found


def workers_of(process: int) -> list[int]:
    """The worker processes of a batch: the children of the server that forks them."""
    near = [one for one in descendants(process) if b"forkserver" in _command_line(one)]
    servers = [one for one in near if any(child in near for child in descendants(one))]
    return [child for one in servers for child in descendants(one)]


def _command_line(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def gone(process: int, *, within: float = 30.0) -> bool:
    """Whether a process ends in time."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        try:
            os.kill(process, 0)
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except (ProcessLookupError, FileNotFoundError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def kill(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
