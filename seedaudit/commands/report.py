"""``seedaudit report``: a study -> pages, tables, or a sample for hand validation."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seedaudit.errors import UsageError

if TYPE_CHECKING:
    from seedaudit.batch.store import Study

FORMATS = ("html", "csv", "parquet", "json", "markdown")
_BY_ENDING = {".csv": "csv", ".parquet": "parquet", ".json": "json", ".md": "markdown"}


@click.command(
    epilog="\b\nExamples:\n  seedaudit report study.db --output report/ --date 2026-11-25\n"
    "  seedaudit report study.db --format markdown\n  seedaudit report study.db --output findings.parquet\n"
    "  seedaudit report study.db --sample 50 --random-state 7 --output sample.csv"
)
@click.argument("path", type=click.Path(path_type=Path), metavar="STUDY.db")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="Form of the report [default: by --output's ending, or html]."
)
@click.option("--output", "-o", type=click.Path(path_type=Path), help="A folder for html, a file for the others.")
@click.option("--date", metavar="TEXT", help="When the study was made, as the report should say it.")
@click.option(
    "--sample", type=click.IntRange(min=1), metavar="N",
    help="Write N papers drawn at random as CSV for hand validation, instead of a report.",
)  # fmt: skip
@click.option("--random-state", type=click.IntRange(min=0), metavar="S", help="Decides which papers --sample draws.")
@click.option(
    "--pictures/--no-pictures", default=None,
    help="Show on the pages where a finding stands, as far as the PDFs are at hand [default: up to 1000 papers].",
)  # fmt: skip
@click.option(
    "--jobs", "-j", type=click.IntRange(min=1), metavar="N", help="Processes that make pages [default: one per CPU]."
)
def report(
    path: Path,
    form: str | None,
    output: Path | None,
    date: str | None,
    sample: int | None,
    random_state: int | None,
    pictures: bool | None,
    jobs: int | None,
) -> None:
    """Report a study.

    html is a folder that works from disk: figures, a table of all papers, a page for each, the data. csv and parquet
    have a row per finding, json all results, markdown the figures only.
    """
    from seedaudit.batch.store import read_study

    if (sample is None) != (random_state is None):
        raise UsageError(
            "--sample and --random-state belong together.",
            hint="Choose a number for --random-state and note it: it makes the same sample again.",
        )
    with read_study(path) as study:
        if sample is not None and random_state is not None:
            from seedaudit.batch.sample import draw

            _give(draw(study, sample, random_state), output)
            return
        chosen = form or _BY_ENDING.get(output.suffix.lower() if output else "", "html")
        if chosen == "html":
            _write_folder(study, output, date, jobs, pictures)
        else:
            _give(_render(study, chosen, date), output)


def _write_folder(study: Study, output: Path | None, date: str | None, jobs: int | None, pictures: bool | None) -> None:
    if output is None:
        raise UsageError("The HTML report is a folder.", hint="Name it, for example --output report/")
    from seedaudit.batch.local import default_jobs
    from seedaudit.reporting.reliability import load_reliability
    from seedaudit.reporting.study import write_study

    for remark in write_study(
        study,
        output,
        reliability=load_reliability(),
        date=date,
        jobs=jobs or default_jobs(),
        pictures=pictures,
    ):
        click.echo(remark, err=True)
    click.echo(f"{output / 'index.html'}")


def _render(study: Study, form: str, date: str | None) -> str | bytes:
    if form == "markdown":
        from seedaudit.batch.statistics import analyse
        from seedaudit.reporting.reliability import load_reliability
        from seedaudit.reporting.study import render_markdown

        return render_markdown(analyse(study, load_reliability()), date=date)
    results = [stored.result for stored in study.results()]
    if form == "csv":
        from seedaudit.reporting.tables import render_csv

        return render_csv(results, all_mentions=True)
    if form == "parquet":
        from seedaudit.reporting.tables import render_parquet

        return render_parquet(results, all_mentions=True)
    from seedaudit.findings import Tool
    from seedaudit.reporting.record import to_json

    return to_json(results, next(iter(study.tools()), Tool("", "", "")), all_mentions=True)


def _give(report: str | bytes, output: Path | None) -> None:
    if output is not None:
        from seedaudit.reporting.output import write

        write(report, output)
    elif isinstance(report, bytes):
        if sys.stdout.isatty():
            raise UsageError("Parquet is a file, not a text.", hint="Name it, for example --output findings.parquet")
        click.echo(report, nl=False)
    else:
        click.echo(report, nl=False)
