"""``seedaudit show``: a study, or one paper of it -> the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from seedaudit.batch.store import Study


@click.command(
    epilog="\b\nExamples:\n  seedaudit show study.db\n  seedaudit show study.db paper.pdf\n"
    "  seedaudit show study.db 2210.13393"
)
@click.argument("path", type=click.Path(path_type=Path), metavar="STUDY.db")
@click.argument("paper", required=False)
@click.option("--all", "all_mentions", is_flag=True, help="Tell the neutral mentions too.")
def show(path: Path, paper: str | None, all_mentions: bool) -> None:
    """Show a study, or one paper of it.

    PAPER is its path, id or file name.
    """
    from seedaudit.batch.store import read_study

    with read_study(path) as study:
        if paper is None:
            for line in _summary(study):
                click.echo(line)
            return
        from seedaudit.reporting.terminal import render, wants_color

        result = study.find(paper).result
        text = render([result], all_mentions=all_mentions, color=wants_color(sys.stdout), width=100)
        click.echo(text, nl=False)


def _summary(study: Study) -> Iterator[str]:
    from seedaudit.reporting import wording

    counts = study.counts()
    yield f"{study.path}: {wording.count(counts.papers, 'paper')}, {counts.done} done, {counts.failed} failed"
    for level, name in wording.LEVEL_NAMES.items():
        yield f"  {name:<12}{counts.levels.get(level, 0):>7}"
    _, kinds = study.query("SELECT kind, count(*) FROM failures GROUP BY kind ORDER BY count(*) DESC, kind")
    if kinds:
        yield "failures"
        yield from (f"  {kind:<20}{number:>7}" for kind, number in kinds)
    yield "made by"
    for tool, number in study.tools().items():
        yield f"  seedaudit {tool.version}, rules {tool.rules}, model {tool.model}: {wording.count(number, 'paper')}"
    _, [(cpu, longest, memory)] = study.query("SELECT sum(cpu), max(seconds), max(memory) FROM results")
    if counts.done:
        yield f"took {cpu:.1f} s of CPU, {cpu / counts.done:.2f} s per paper, at most {longest:.1f} s and {memory} MB"
