"""How a run tells where it stands.

In: what happens to the papers of a run. Out: a bar on a terminal, lines with times elsewhere, or JSON lines. The one
decision made here: how much is said. Failures are always told one by one; papers only in JSON.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Literal

import click

from seedaudit.findings import Audit, Failure
from seedaudit.plain import line

_EVERY = 10.0  # seconds between two lines on the way


class Tally:
    """Counts the papers of a run and says nothing; the ways of telling build on it."""

    def __init__(self) -> None:
        self.papers = 0
        self.done = 0
        self.failed = 0
        self.red_flags = 0
        self._before = 0
        self._started = time.monotonic()

    def begin(self, papers: int, done: int) -> None:
        """``papers`` belong to the run, and ``done`` of them need nothing."""
        self.papers, self.done, self._before = papers, done, done
        self._started = time.monotonic()

    def paper(self, source: str, result: Audit | Failure | None, seconds: float) -> None:
        """A paper is done."""
        self.done += 1
        if isinstance(result, Failure):
            self.failed += 1
        elif result is not None and result.verdict.level == "red-flag":
            self.red_flags += 1

    def say(self, text: str) -> None:
        """Something takes time."""

    def end(self, event: Literal["end", "stopped"], **facts: object) -> None:
        """The run is over, or was stopped; who reads words is told by the command itself."""

    @property
    def rate(self) -> float:
        """Papers per second so far."""
        return (self.done - self._before) / max(time.monotonic() - self._started, 1e-6)

    @property
    def left(self) -> str:
        """The time that is left at this rate, as h:mm:ss; empty while nothing is known."""
        rate = self.rate
        if rate <= 0 or self.done == self._before:
            return ""
        seconds = round((self.papers - self.done) / rate)
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"

    def __str__(self) -> str:
        left = f", {self.left} left" if self.left and self.done < self.papers else ""
        return (
            f"{self.done} of {self.papers} papers, {self.rate:.1f} per second{left}, "
            f"{self.failed} failed, {self.red_flags} red flags"
        )


class Lines(Tally):
    """Lines with times on standard error: each failure, and every few seconds how far it is."""

    def __init__(self) -> None:
        super().__init__()
        self._next = time.monotonic() + _EVERY

    def begin(self, papers: int, done: int) -> None:
        """Say what there is to do."""
        super().begin(papers, done)
        self.say(f"{papers} papers, {done} of them done before")

    def paper(self, source: str, result: Audit | Failure | None, seconds: float) -> None:
        """Say a failure, and now and then how far it is."""
        super().paper(source, result, seconds)
        if isinstance(result, Failure):
            self.say(f"failed ({result.kind}): {line(result.message)}")
        if time.monotonic() >= self._next or self.done == self.papers:
            self._next = time.monotonic() + _EVERY
            self.say(str(self))

    def say(self, text: str) -> None:
        """Write a line."""
        click.echo(f"{_now()} {line(text)}", err=True)


class JsonLines(Tally):
    """One JSON object per line on standard error: begin, each paper, each message, and end or stopped."""

    def begin(self, papers: int, done: int) -> None:
        """Write the event ``begin``."""
        super().begin(papers, done)
        self._write("begin", papers=papers, done=done)

    def paper(self, source: str, result: Audit | Failure | None, seconds: float) -> None:
        """Write the event ``paper``: its verdict, or the kind of its failure; both null for an unchanged paper."""
        super().paper(source, result, seconds)
        failed = result if isinstance(result, Failure) else None
        audit = result if isinstance(result, Audit) else None
        self._write(
            "paper",
            source=source,
            verdict=audit.verdict.level if audit else None,
            failure=failed.kind if failed else None,
            message=failed.message if failed else None,
            seconds=round(seconds, 3),
            done=self.done,
            papers=self.papers,
        )

    def say(self, text: str) -> None:
        """Write the event ``message``."""
        self._write("message", text=text)

    def end(self, event: Literal["end", "stopped"], **facts: object) -> None:
        """Write the last event: what the run came to, or where it was stopped and how to go on."""
        self._write(event, **facts)

    def _write(self, event: str, **facts: object) -> None:
        click.echo(json.dumps({"time": _now(), "event": event, **facts}), err=True)


@contextmanager
def bar() -> Iterator[Tally]:
    """A bar on standard error with rate, time left, failures and red flags; failures stand above it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.text import Text

    console = Console(stderr=True, highlight=False, markup=False)
    columns = (BarColumn(bar_width=24), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    # Ten times a second would cost a tenth of a CPU beside short papers.
    with Progress(*columns, console=console, transient=True, refresh_per_second=2) as shown:
        task = shown.add_task("", total=None)
        lock = threading.Lock()

        class Bar(Tally):
            def begin(self, papers: int, done: int) -> None:
                super().begin(papers, done)
                shown.update(task, total=papers, completed=done)

            def paper(self, source: str, result: Audit | Failure | None, seconds: float) -> None:
                super().paper(source, result, seconds)
                if isinstance(result, Failure):
                    console.print(Text(f"failed ({result.kind}): {line(result.message)}"))
                self._update(f"{self.rate:.1f}/s  {self.left}  {self.failed} failed  {self.red_flags} red flags")

            def say(self, text: str) -> None:
                self._update(line(text)[:60])

            def _update(self, text: str) -> None:
                with lock:  # fetching threads speak too
                    shown.update(task, completed=self.done, description=text)

        yield Bar()


@contextmanager
def _same(watcher: Tally) -> Iterator[Tally]:
    yield watcher


def progress(*, quiet: bool, json_log: bool, terminal: bool) -> AbstractContextManager[Tally]:
    """The way of telling that fits."""
    if json_log:
        return _same(JsonLines())
    if quiet:
        return _same(Tally())
    return bar() if terminal else _same(Lines())


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
