"""``seedaudit corpus``: the labels of real papers and the papers themselves -> training data."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seedaudit.errors import UsageError

if TYPE_CHECKING:
    from seedaudit.training.rebuild import Missing, Rebuilt

_STATUS = """
\b
Exit status:
  0    every paper and every passage was put together again
  2    wrong usage; nothing was written
  3    some could not be: NOT-PLACED.csv says which and why
  130  interrupted; the same command goes on
"""


@click.group()
def corpus() -> None:
    """Labelled passages of real papers.

    The labels ship without the papers' text. 'corpus build' fetches the papers and puts both together.
    """


@corpus.command(
    epilog=_STATUS + "\n\b\nExamples:\n  seedaudit corpus build --into built/\n"
    "  python -m seedaudit.training built/train.jsonl built/train-natural.jsonl corpus/passages.jsonl\n"
    "  seedaudit corpus build --into built/ --split dev --papers pdfs/"
)
@click.option(
    "--into", "folder", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="DIR",
    help="Where to write: a JSONL file of labelled papers for each set, and NOT-PLACED.csv.",
)  # fmt: skip
@click.option(
    "--split", type=click.Choice(("train", "dev")), default="train", show_default=True,
    help="dev is for error analysis and figures; training passes it over.",
)  # fmt: skip
@click.option("--set", "sets", multiple=True, metavar="NAME", help="Only this set of papers; may be given again.")
@click.option(
    "--labels", type=click.Path(path_type=Path), metavar="FILE", help="The labels [default: those that ship]."
)
@click.option(
    "--papers", type=click.Path(path_type=Path), multiple=True, metavar="DIR",
    help="A folder with papers that are at hand, known by their bytes, name or title; may be given again.",
)  # fmt: skip
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N papers.")
@click.option("--offline", is_flag=True, help="Ask no host; use papers that were fetched before.")
@click.option("--quiet", "-q", is_flag=True, help="No messages but errors and the sums.")
def build(
    folder: Path,
    split: str,
    sets: tuple[str, ...],
    labels: Path | None,
    papers: tuple[Path, ...],
    limit: int | None,
    offline: bool,
    quiet: bool,
) -> None:
    """Fetch the labelled papers and put their labels on their text again.

    Papers come from arXiv, the ACL Anthology and PMLR, one request in 3 seconds to each host: all of them take hours.
    What was fetched is kept: after an interruption the same command goes on. A passage is found by the hashes of the
    letters around it, so that another version of a paper or another reader does not lose it; what is not found, or
    stands in several places, is told and left out.
    """
    from seedaudit import resources
    from seedaudit.training.rebuild import Folder, Hosts, Rebuilt, finder, rebuild
    from seedaudit.training.standoff import read_records

    wanted = [one for one in read_records([labels or resources.labels()]) if one.split == split]
    known = sorted({one.set for one in wanted})
    if unknown := [name for name in sets if name not in known]:
        raise UsageError(f"There is no set {unknown[0]} in split {split}.", hint=f"Its sets are {', '.join(known)}.")
    wanted = [one for one in wanted if not sets or one.set in sets][:limit]
    left = len(wanted)
    hosts = Hosts(offline, None if quiet else lambda text: click.echo(f"[{left} left] {text}", err=True))
    built: dict[str, io.StringIO] = {}
    told = Counter[str]()
    problems: list[list[object]] = []
    try:
        if not papers:
            hosts.prepare(wanted)
        for one in rebuild(wanted, finder(Folder(papers) if papers else None, hosts)):
            left -= 1
            told["papers"] += 1
            told["labels"] += len(one.labelled.labels)
            problems += _problems(one)
            if isinstance(one, Rebuilt):
                told["papers built"] += 1
                told["labels placed"] += len(one.places)
                file = built.setdefault(one.labelled.set, io.StringIO())
                file.write(json.dumps(one.record, ensure_ascii=False) + "\n")
    except KeyboardInterrupt:
        click.echo(f"stopped: {told['papers']} of {len(wanted)} papers; the same command goes on.", err=True)
        sys.exit(130)
    _write(folder, {f"{name}.jsonl": file.getvalue() for name, file in built.items()} | _table(problems))
    click.echo(
        f"{told['papers built']} of {told['papers']} papers, {told['labels placed']} of {told['labels']} passages"
        f" in {folder}"
    )
    for why, count in Counter(str(row[4]) for row in problems).most_common():
        click.echo(f"  {count} passages: {why}", err=True)
    sys.exit(3 if problems else 0)


def _problems(one: Rebuilt | Missing) -> list[list[object]]:
    from seedaudit.training.rebuild import Missing

    lost = one.labelled.labels if isinstance(one, Missing) else one.lost
    why = f"{one.error.kind}" if isinstance(one, Missing) else "not-placed"
    what = one.error.message if isinstance(one, Missing) else "not in the text, or in several places"
    return [[one.labelled.set, one.labelled.name, label.page, label.label, why, what] for label in lost]


def _table(problems: list[list[object]]) -> dict[str, str]:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["set", "paper", "page", "label", "kind", "why"])
    writer.writerows(problems)
    return {"NOT-PLACED.csv": out.getvalue()}


def _write(folder: Path, files: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written: {error.strerror or error}.", hint="Choose a place that you may write to."
        ) from error
