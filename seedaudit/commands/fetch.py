"""``seedaudit fetch``: lists of papers -> the cache, and a table of what could not be had."""

from __future__ import annotations

import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from seedaudit.errors import FetchError, PaperError, SeedauditError, UnknownReferenceError, UsageError

if TYPE_CHECKING:
    from seedaudit.sources.paper import TextFrom
    from seedaudit.sources.reading_list import Entry

_STATUS = """
\b
Exit status:
  0    every paper is at hand
  2    wrong usage; nothing was fetched
  3    some paper could not be had (the others are at hand)
  130  interrupted; the same command goes on
"""
_GIVEN_UP = 5  # papers in a row that a host did not answer for: it is the host then, and the others are not tried
_HOSTS = {
    "ArxivReference": "arXiv",
    "AnthologyReference": "the ACL Anthology",
    "OpenReviewReference": "OpenReview",
    "PmlrReference": "PMLR",
    "DoiReference": "doi.org",
}
_NO_ANSWER = frozenset(("network", "tls", "timeout", "rate-limited", "refused", "captcha", "unavailable"))


@click.command(
    epilog=_STATUS + '\n\b\nExamples:\n  seedaudit fetch refs.bib\n  seedaudit fetch "My Library.csv"\n'
    "  seedaudit fetch 'arxiv:search?cat=cs.CL&query=\"random seed\"&from=2023-01&to=2023-12&max=100'\n"
    "  seedaudit fetch acl:2023.acl-long && seedaudit audit acl:2023.acl-long --offline"
)
@click.argument("lists", nargs=-1, required=True, metavar="LIST...")
@click.option("--column", metavar="NAME", help="The column of a CSV list that names the papers [default: found].")
@click.option(
    "--source",
    "text_from",
    type=click.Choice(("auto", "pdf", "latex")),
    default="pdf",
    show_default=True,
    help="What to fetch of a paper on arXiv; auto: its LaTeX source as well where there is one.",
)
@click.option("--quiet", "-q", is_flag=True, help="No messages but errors, and the table.")
def fetch(lists: tuple[str, ...], column: str | None, text_from: TextFrom, quiet: bool) -> None:
    """Fetch papers, to audit them offline.

    LIST is all that `seedaudit audit` takes. What is at hand is not fetched again: after an interruption, or a kill,
    the same command goes on where it was. Each host is asked once in 3 seconds, by all seedaudit processes together.
    """
    from seedaudit.sources.reading_list import expand

    entries = expand(lists, column=column, notify=None if quiet else lambda text: click.echo(text, err=True))
    if not entries.all:
        raise UsageError("The lists name no paper.", hint="A list has one paper per line: a path, an id or a URL.")
    if not quiet:
        for entry in entries.duplicates:
            click.echo(f"{entry.place}: {entry.source} is the same paper as {entry.same_as}", err=True)
    fetched = 0
    missing = [_Missing(entry, entry.error) for entry in entries.unknown if entry.error is not None]
    papers = entries.papers
    done = 0
    try:
        with _progress(len(papers), quiet) as progress:
            for result in _fetch_all(papers, text_from, progress):
                done += 1
                if isinstance(result, _Missing):
                    missing.append(result)
                fetched += result is True
    except KeyboardInterrupt:
        click.echo(f"stopped: {done} of {len(papers)} papers were looked after; the same command goes on.", err=True)
        sys.exit(130)
    there = len(papers) - (len(missing) - len(entries.unknown))
    click.echo(
        f"{len(papers) + len(entries.unknown)} papers: {fetched} fetched now, {there - fetched} at hand before, "
        f"{len(missing)} could not be had"
    )
    if missing:
        order = {id(entry): at for at, entry in enumerate(entries.all)}
        _tell(sorted(missing, key=lambda one: order[id(one.entry)]))
    sys.exit(3 if missing else 0)


@dataclass(frozen=True, slots=True)
class _Missing:
    """A paper that could not be had, and why."""

    entry: Entry
    error: SeedauditError


@dataclass(slots=True)
class _Progress:
    """What is being done, for how many papers, and how many are left."""

    papers: int
    say: Callable[[str], None]
    step: Callable[[], None]
    asked: bool = False
    """Whether anything was said since the last paper: what is at hand costs no word."""

    def notify(self, text: str) -> None:
        self.asked = True
        self.say(text)


def _fetch_all(papers: Sequence[Entry], text_from: TextFrom, progress: _Progress) -> Iterator[bool | _Missing]:
    """For each paper whether it had to be fetched, or why it could not be had."""
    from seedaudit.sources.reference import FileReference, StandardInput
    from seedaudit.sources.source import obtain, prepare

    remote = []
    for paper in papers:
        if isinstance(paper.reference, FileReference | StandardInput):
            progress.step()
            yield False
        else:
            remote.append(paper)
    prepare([paper.reference for paper in remote if paper.reference], notify=progress.notify)
    silent: defaultdict[str, int] = defaultdict(int)
    for host, paper in _in_turn(remote):
        assert paper.reference is not None
        progress.asked = False
        if silent[host] >= _GIVEN_UP:
            progress.step()
            yield _Missing(paper, _not_tried(host))
            continue
        try:
            obtain(paper.reference, notify=progress.notify, text_from=text_from)
        except (PaperError, UnknownReferenceError) as error:
            silent[host] = silent[host] + 1 if error.kind in _NO_ANSWER else 0
            result: bool | _Missing = _Missing(paper, error)
        except Exception as error:
            result = _Missing(paper, _unforeseen(error))
        else:
            silent[host] = 0
            result = progress.asked
        progress.step()
        yield result


def _in_turn(papers: Sequence[Entry]) -> Iterator[tuple[str, Entry]]:
    """The papers with their hosts, one host after the other: while one rests, another can be asked."""
    from seedaudit.sources.bases import lane_of
    from seedaudit.sources.reference import WebReference

    by_host: defaultdict[str, list[Entry]] = defaultdict(list)
    for paper in papers:
        reference = paper.reference
        host = lane_of(reference.url) if isinstance(reference, WebReference) else _HOSTS[type(reference).__name__]
        by_host[host].append(paper)
    longest = max(map(len, by_host.values()), default=0)
    for at in range(longest):
        yield from ((host, queue[at]) for host, queue in by_host.items() if at < len(queue))


def _not_tried(host: str) -> FetchError:
    return FetchError(
        f"Not tried: {host} gave none of the papers before.",
        kind="not-tried",
        hint="Run the command again later.",
    )


def _unforeseen(error: Exception) -> FetchError:
    return FetchError(
        f"seedaudit failed on this paper: {type(error).__name__}: {error}", kind="internal", hint="Please report it."
    )


@contextmanager
def _progress(papers: int, quiet: bool) -> Iterator[_Progress]:
    """A bar that counts down what is waited for, on a terminal; else a line for each step."""
    if quiet:
        yield _Progress(papers, lambda text: None, lambda: None)
        return
    if not sys.stderr.isatty():
        left = [papers]

        def step() -> None:
            left[0] -= 1

        yield _Progress(papers, lambda text: click.echo(f"[{left[0]} left] {text}", err=True), step)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task
    from rich.text import Text

    class Said(ProgressColumn):
        """What is being done and waited for; the seconds run down."""

        def render(self, task: Task) -> Text:
            gone = time.monotonic() - task.fields["at"]
            text = re.sub(r"\b(\d+) s\b", lambda found: f"{max(0, int(found[1]) - int(gone))} s", task.description)
            return Text(text, no_wrap=True, overflow="ellipsis")

    with Progress(
        BarColumn(bar_width=20), MofNCompleteColumn(), Said(), console=Console(stderr=True), transient=True
    ) as bar:
        task = bar.add_task("", total=papers, at=time.monotonic())
        doing = ""

        def say(text: str) -> None:
            nonlocal doing
            if doing and (wait := re.match(r"waiting (\d+ s) ", text)):
                text = f"in {wait[1]}: {doing}"
            elif not text.startswith("waiting "):
                doing = text
            bar.update(task, description=text, at=time.monotonic())

        yield _Progress(papers, say, lambda: bar.advance(task))


def _tell(missing: Sequence[_Missing]) -> None:
    """The table of what could not be had: on a terminal as wide as that, else a line for each paper."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("Where", "Paper", "Why", "What to do", box=SIMPLE, pad_edge=False)
    for one in missing:
        where = one.entry.place if one.entry.line is not None else ""
        cells = (where, one.entry.title or one.entry.source, one.error.message, one.error.hint)
        table.add_row(*(Text(" ".join(cell.split())) for cell in cells))
    console = Console() if sys.stdout.isatty() else Console(width=100_000, no_color=True, highlight=False)
    console.print(table)
