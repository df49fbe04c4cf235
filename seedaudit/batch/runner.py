"""One run over many papers: what has to be done, fetched, audited, stored.

In: a study with the papers of this run, workers. Out: the study with a result for each paper. The one decision made
here: who waits for whom. Papers on disk are fed to the workers at once; hosts are asked beside that, one paper at a
time each, and a paper that was fetched goes before those on disk, so that few of them are held in memory.
"""

from __future__ import annotations

import itertools
import os
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from seedaudit.auditing import failure
from seedaudit.batch.listing import FILE, UNKNOWN
from seedaudit.batch.store import Entry, Known, Retry, Study
from seedaudit.batch.work import Outcome, Task
from seedaudit.errors import PaperError, SeedauditError
from seedaudit.findings import Audit, Failure, Tool
from seedaudit.sources.local import load_file
from seedaudit.sources.paper import Paper
from seedaudit.sources.reference import FileReference, Reference
from seedaudit.sources.source import obtain, prepare

_HELD = 8  # papers that were fetched and wait for a worker, or are at work
_AHEAD = 200  # papers whose metadata are asked for together
_SORTED = 500  # files that are put in the order of their sizes

Inbox = queue.Queue[Any]


class Workers(Protocol):
    """Whoever carries out tasks: processes here or elsewhere."""

    capacity: int

    def submit(self, task: Task) -> None:
        """Take a task; its outcome is put into the inbox later, or an exception that ends the run."""

    def close(self) -> None:
        """Drop what is not done."""


class Watcher(Protocol):
    """Whoever is told how a run goes."""

    def begin(self, papers: int, done: int) -> None:
        """``papers`` belong to this run, and ``done`` of them need nothing."""

    def paper(self, source: str, result: Audit | Failure | None, seconds: float) -> None:
        """A paper is done; None means that it is what it was."""

    def say(self, text: str) -> None:
        """Something takes time, or is worth a line."""


@dataclass(slots=True)
class Summary:
    """What a run left in the study: its papers, those that it worked on, and what all of them came to."""

    papers: int = 0
    worked_on: int = 0
    failed: int = 0
    failed_before: int = 0
    red_flags: int = 0
    cautions: int = 0

    @property
    def untouched(self) -> int:
        """Papers whose result was there and still holds."""
        return self.papers - self.worked_on


@dataclass(slots=True)
class Run:
    """What a run needs to know; :meth:`carry_out` does it.

    ``named`` says for the key of each paper of this run what it names, or why it names nothing.

    ``start`` makes the workers, once there is something to do; they put their outcomes into the inbox it is given.
    """

    study: Study
    named: Mapping[str, Reference | SeedauditError]
    tool: Tool
    start: Callable[[Inbox], Workers]
    watcher: Watcher
    offline: bool = False
    retry: Retry | None = None
    read_files: bool = False
    """Send files as bytes, for workers that do not see this machine's disk."""

    def carry_out(self) -> Summary:
        """Audit every paper of this run that needs it; returns when all have a result.

        An interruption leaves the study with all results that were stored by then, and ends the workers.
        """
        summary = Summary()
        hosts: list[str] = []
        for _, entry, known in self.study.named():
            summary.papers += 1
            if self._needs(entry, known):
                summary.worked_on += 1
                if entry.host not in hosts:
                    hosts.append(entry.host)
            elif known is not None and known.failed:
                summary.failed_before += 1
        self.watcher.begin(summary.papers, summary.untouched)
        if hosts:
            self._work(hosts)
        counts = self.study.counts(named=True)
        summary.failed = counts.failed
        summary.red_flags = counts.levels.get("red-flag", 0)
        summary.cautions = counts.levels.get("caution", 0)
        return summary

    def _work(self, hosts: list[str]) -> None:
        inbox: Inbox = queue.Queue()
        waiting: dict[int, tuple[str, str]] = {}  # number -> source and signature of what is with the workers
        ready: list[Task] = []
        files = self._files()
        fetchers = [
            _Fetcher(self._remote(host), inbox, self.offline, self.watcher.say)
            for host in hosts
            if host not in {FILE, UNKNOWN}
        ]
        if UNKNOWN in hosts:
            self._store_unknown()
        workers = self.start(inbox)
        try:
            while True:
                while len(waiting) < workers.capacity:
                    task, signature = (ready.pop(0), "") if ready else next(files, (None, ""))
                    if task is None:
                        break
                    waiting[task.number] = (task.source, signature)
                    workers.submit(task)
                if len(ready) < _HELD:
                    for fetcher in fetchers:
                        fetcher.feed()
                if not waiting and not ready and not any(one.busy for one in fetchers):
                    return
                self._take(inbox.get(), waiting, ready)
        finally:
            for fetcher in fetchers:
                fetcher.stop()
            workers.close()

    def _take(self, came: Any, waiting: dict[int, tuple[str, str]], ready: list[Task]) -> None:
        match came:
            case Outcome():
                source, signature = waiting.pop(came.number)
                self._store(came, source, signature)
            case _Fetched(number, Failure() as failed):
                came.fetcher.asked -= 1
                self._store(Outcome(number, failed), failed.source, "")
            case _Fetched(number, Paper() as paper):
                came.fetcher.asked -= 1
                self.study.describe(number, title=paper.title, year=paper.year, venue=paper.venue)
                ready.append(Task(number, paper))
            case BaseException():
                raise came

    def _store(self, outcome: Outcome, source: str, signature: str) -> None:
        self.study.store(outcome, self.tool, signature)
        self.watcher.paper(source, outcome.result, outcome.cost.seconds)

    # What has to be done

    def _needs(self, entry: Entry, known: Known | None) -> bool:
        if known is None or self.retry == "all" or (known.failed and self.retry == "failed"):
            return True
        if known.tool != self.tool:
            return True
        # What a host gave is pinned by the study. A file that is gone leaves its result as it is.
        return entry.host == FILE and signature_of(entry) not in {"", known.signature}

    def _needed(self, host: str) -> Iterator[tuple[int, Entry, Known | None]]:
        for number, entry, known in self.study.named():
            if entry.host == host and self._needs(entry, known):
                yield number, entry, known

    def _files(self) -> Iterator[tuple[Task, str]]:
        """The files that have to be audited, each with its signature from before it is read.

        Of those that follow each other the largest come first: no worker is left with a long paper at the end.
        """
        files = ((signature_of(entry), number, entry, known) for number, entry, known in self._needed(FILE))
        while some := list(itertools.islice(files, _SORTED)):
            for signature, number, entry, known in sorted(some, key=lambda file: _size(file[0]), reverse=True):
                same = known is not None and known.tool == self.tool and not known.failed and self.retry != "all"
                reference = self.named[entry.key]
                if not isinstance(reference, FileReference):
                    continue
                try:
                    subject = load_file(reference) if self.read_files else reference
                except PaperError as error:
                    self._store(Outcome(number, failure(entry.source, error)), entry.source, signature)
                    continue
                yield Task(number, subject, known.sha256 if known is not None and same else None), signature

    def _remote(self, host: str) -> Iterator[_Wanted]:
        numbers = ((number, self.named[entry.key]) for number, entry, _ in self._needed(host))
        wanted = ((number, named) for number, named in numbers if not isinstance(named, SeedauditError))
        while some := list(itertools.islice(wanted, _AHEAD)):
            for at, (number, reference) in enumerate(some):
                yield _Wanted(number, reference, () if at else tuple(one for _, one in some))

    def _store_unknown(self) -> None:
        for number, entry, _ in self._needed(UNKNOWN):
            why = self.named[entry.key]
            if isinstance(why, SeedauditError):
                self._store(Outcome(number, failure(entry.source, why)), entry.source, "")


def signature_of(entry: Entry) -> str:
    """Size and time of a file, which tell cheaply that its bytes are the same; empty where there is none."""
    try:
        found = os.stat(entry.key)  # noqa: PTH116 - asked of every paper of a study
    except (OSError, ValueError):
        return ""
    return f"{found.st_size}:{found.st_mtime_ns}"


def _size(signature: str) -> int:
    return int(signature.partition(":")[0] or 0)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A paper to fetch, and before it what its host tells of the papers in ``ahead``."""

    number: int
    reference: Reference
    ahead: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class _Fetched:
    number: int
    got: Paper | Failure
    fetcher: _Fetcher


class _Fetcher:
    """Asks one host for papers, one after another, in a thread of its own."""

    def __init__(self, wanted: Iterator[_Wanted], inbox: Inbox, offline: bool, say: Callable[[str], None]) -> None:
        self.asked = 0
        self._wanted = wanted
        self._all_asked = False
        self._inbox = inbox
        self._offline = offline
        self._say = say
        self._requests: queue.SimpleQueue[_Wanted | None] = queue.SimpleQueue()
        threading.Thread(target=self._fetch, daemon=True).start()

    @property
    def busy(self) -> bool:
        """Whether papers are still to come from it."""
        return self.asked > 0 or not self._all_asked

    def feed(self) -> None:
        """Give it the next paper while it works on one."""
        while self.asked < 2 and not self._all_asked:
            wanted = next(self._wanted, None)
            if wanted is None:
                self._all_asked = True
            else:
                self.asked += 1
                self._requests.put(wanted)

    def stop(self) -> None:
        """End the thread after the paper that it is fetching."""
        self._requests.put(None)

    def _fetch(self) -> None:
        while (wanted := self._requests.get()) is not None:
            try:
                prepare(wanted.ahead, offline=self._offline, notify=self._say)
                got: Paper | Failure = obtain(wanted.reference, offline=self._offline, notify=self._say)
            except PaperError as error:
                got = failure(wanted.reference.source, error)
            except Exception as error:
                # Whatever else goes wrong concerns the whole run: its main loop raises it.
                self._inbox.put(error)
                return
            self._inbox.put(_Fetched(wanted.number, got, self))
