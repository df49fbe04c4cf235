"""A progress bar on standard error, with what is being waited for beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def progress_bar(papers: int) -> Iterator[tuple[Callable[[], None], Callable[[str], None]]]:
    """Show a bar for ``papers``; gives a function to call after each paper and one for messages."""
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=papers)
        yield (lambda: bar.advance(task)), (lambda text: bar.update(task, description=text))
