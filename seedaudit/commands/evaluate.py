"""``seedaudit evaluate``: how good the tool is on papers that you labelled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from seedaudit.errors import UsageError


@click.command(
    epilog="\b\nExamples:\n  seedaudit evaluate gold.jsonl --papers pdfs/\n"
    "  seedaudit evaluate gold.jsonl --papers pdfs/ --format json > figures.json"
)
@click.argument("gold", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="GOLD.jsonl...")
@click.option(
    "--papers",
    "folders",
    type=click.Path(path_type=Path),
    multiple=True,
    required=True,
    metavar="DIR",
    help="A folder with the papers' files, named as in GOLD; may be given again.",
)
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--measured-on", default="", metavar="TEXT", help="What the papers are, for the record.")
def evaluate(gold: tuple[Path, ...], folders: tuple[Path, ...], form: str, measured_on: str) -> None:
    """Audit labelled papers and compare.

    Each line of GOLD.jsonl is a paper: paper (the stem of its file), verdict, and passages, each with page, label and
    a snippet in which the judged words stand between the brackets U+27E6 and U+27E7.
    """
    from seedaudit.auditing import Auditor
    from seedaudit.sources.local import load_file
    from seedaudit.sources.reference import FileReference, parse
    from seedaudit.training.scoring import read_labelled, score, to_record

    papers = read_labelled(gold)
    files = _files(folders)
    auditor = Auditor()
    results = []
    for paper in papers:
        path = files.get(paper.name.lower())
        if path is None:
            click.echo(f"no file for {paper.name}: counted as failed", err=True)
            continue
        reference = parse(str(path))
        if isinstance(reference, FileReference):
            results.append(auditor.audit(load_file(reference)))
    figures = score(results, papers)
    record = {"tool": {"rules": auditor.tool.rules, "model": auditor.tool.model}, **to_record(figures, measured_on)}
    click.echo(json.dumps(record, indent=2) if form == "json" else _text(record))


def _files(folders: tuple[Path, ...]) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(
                f"{folder} is not a folder", hint="--papers names the folder that holds the papers' files."
            )
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() in {".pdf", ".txt", ".md"}:
                files.setdefault(path.stem.lower(), path)
    return files


def _text(record: dict[str, Any]) -> str:
    lines = [f"{'use':16} {'F1':>6} {'right':>6} {'false':>6} {'missed':>7}"]
    lines += [
        f"{use:16} {one['f1']:6.3f} {one['right']:6d} {one['false']:6d} {one['missed']:7d}"
        for use, one in record["per_use"].items()
    ]
    lines += [
        f"all five uses: micro-F1 {record['passage_micro_f1']:.3f} (precision {record['passage_precision']:.3f}, "
        f"recall {record['passage_recall']:.3f}), macro-F1 {record['passage_macro_f1']:.3f}",
        f"verdict: accuracy {record['verdict_accuracy']:.3f}, kappa {record['verdict_kappa']:.3f} "
        f"over {record['papers']} papers",
    ]
    lines += [_rate_line(record, name) for name in ("risky_sensitivity", "risky_specificity")]
    return "\n".join(lines)


def _rate_line(record: dict[str, Any], name: str) -> str:
    from seedaudit.batch.statistics import wilson

    hits, of = record[f"{name}_counts"]
    if not of:
        return f"{name.replace('_', ' ')}: no such paper"
    low, high = wilson(hits, of)
    return f"{name.replace('_', ' ')}: {hits} of {of} = {hits / of:.3f} [{low:.3f}, {high:.3f}]"
