"""``seedaudit evaluate``: how good the tool is on papers that you labelled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from seedaudit.errors import UsageError


@click.command(
    epilog="\b\nExamples:\n  seedaudit evaluate gold.jsonl --papers pdfs/\n"
    "  seedaudit evaluate gold.jsonl --papers pdfs/ --output evaluation.html\n"
    "  seedaudit evaluate gold.jsonl --papers pdfs/ --format json --no-errors > figures.json"
)
@click.argument("gold", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="GOLD.jsonl...")
@click.option(
    "--papers",
    "folders",
    type=click.Path(path_type=Path),
    multiple=True,
    required=True,
    metavar="DIR",
    help="A folder with the papers' files, named as in GOLD; may be given again. A manifest.csv in it (slug, year, "
    "venue) says what they are.",
)
@click.option(
    "--format", "form", type=click.Choice(("text", "json", "html")),
    help="Form of the figures [default: by --output's ending, or text].",
)  # fmt: skip
@click.option("--output", "-o", type=click.Path(path_type=Path), help="A file [default: standard output].")
@click.option("--measured-on", default="", metavar="TEXT", help="What the papers are, for the record.")
@click.option("--errors/--no-errors", default=True, help="Whether the table of errors is told [default: it is].")
def evaluate(
    gold: tuple[Path, ...],
    folders: tuple[Path, ...],
    form: str | None,
    output: Path | None,
    measured_on: str,
    errors: bool,
) -> None:
    """Audit labelled papers and compare.

    Each line of GOLD.jsonl is a paper: paper (the stem of its file), verdict, and passages, each with page, label and
    a snippet in which the judged words stand between the brackets U+27E6 and U+27E7. Told are F1 of the passages and of
    each use, verdicts, intervals (Wilson, 95%), confusions, how far the confidence can be relied on, figures for each
    venue and year, and every error with its kind, paper, page and offsets. No words of the papers are told.
    """
    from seedaudit.auditing import Auditor
    from seedaudit.sources.local import load_file
    from seedaudit.sources.reference import FileReference, parse
    from seedaudit.training.breakdown import Places, breakdown, with_manifests
    from seedaudit.training.scoring import compare, read_labelled

    files = _files(folders)
    papers = with_manifests(read_labelled(gold), folders)
    auditor = Auditor(neutral_boxes=False)
    places = Places({})
    results = []
    for paper in papers:
        path = files.get(paper.name.lower())
        if path is None:
            click.echo(f"no file for {paper.name}: counted as failed", err=True)
            continue
        reference = parse(str(path))
        if isinstance(reference, FileReference):
            look = lambda _, document, paper=paper: places.look(paper, document)  # noqa: E731
            results.append(auditor.audit(load_file(reference), look))
    record = {
        "tool": {"version": auditor.tool.version, "rules": auditor.tool.rules, "model": auditor.tool.model},
        **breakdown(compare(results, papers), places, measured_on),
    }
    if not errors:
        del record["errors"]
    chosen = form or {".json": "json", ".html": "html"}.get(output.suffix.lower() if output else "", "text")
    _give(_rendered(record, chosen), output)


def _files(folders: tuple[Path, ...]) -> dict[str, Path]:
    from seedaudit.sources.reference import FORMS

    files: dict[str, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(
                f"{folder} is not a folder", hint="--papers names the folder that holds the papers' files."
            )
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() in FORMS:
                files.setdefault(path.stem.lower(), path)
    return files


def _rendered(record: dict[str, Any], form: str) -> str:
    if form == "json":
        return json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    if form == "html":
        from seedaudit.reporting.evaluation import render_evaluation

        return render_evaluation(record)
    from seedaudit.reporting.evaluation import render_text

    return render_text(record)


def _give(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
    else:
        from seedaudit.reporting.output import write

        write(text, output)
