"""``seedaudit compare``: two versions of a paper -> what became of the findings."""

from __future__ import annotations

from pathlib import Path

import click

from seedaudit.errors import PaperError
from seedaudit.findings import Audit

_BY_ENDING = {".txt": "text", ".json": "json", ".md": "markdown", ".html": "html", ".htm": "html"}


@click.command(
    epilog="\b\nExamples:\n  seedaudit compare draft.pdf camera-ready.pdf\n"
    "  seedaudit compare 2210.13393v1 2210.13393v2\n  seedaudit compare v1.pdf v2.pdf --output changes.html"
)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "markdown", "html")),
    help="Form of the result [default: by --output's ending, or text].",
)
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write to this file, whole or not at all.")
@click.option("--all", "all_mentions", is_flag=True, help="Compare the neutral mentions too.")
@click.option("--rules", "rule_folders", type=click.Path(path_type=Path), multiple=True, metavar="DIR")
@click.option("--password", metavar="PW", help="Opens encrypted PDFs.")
@click.option("--offline", is_flag=True, help="Ask no host; use papers that were fetched before.")
def compare(
    old: str,
    new: str,
    form: str | None,
    output: Path | None,
    all_mentions: bool,
    rule_folders: tuple[Path, ...],
    password: str | None,
    offline: bool,
) -> None:
    """Compare two versions of a paper: which findings went, stayed and came.

    OLD and NEW are papers as for `seedaudit audit`. A finding stayed where the new version has one of the same use in
    similar words.
    """
    from seedaudit.auditing import Auditor, audit_many
    from seedaudit.reporting import comparison

    auditor = Auditor(rule_folders, password, neutral_boxes=False)
    auditor.check()
    audits: list[Audit] = []
    for result in audit_many([old, new], auditor=auditor, offline=offline):
        if not isinstance(result, Audit):
            raise PaperError(result.message, hint=result.hint, kind=result.kind)
        audits.append(result)
    compared = comparison.compare(*audits, all_mentions=all_mentions)
    chosen = form or _BY_ENDING.get(output.suffix.lower() if output else "", "text")
    if chosen == "json":
        text = comparison.to_json(compared, auditor.tool)
    elif chosen == "html":
        text = comparison.render_html(compared, auditor.tool)
    else:
        text = comparison.render_markdown(compared) if chosen == "markdown" else comparison.render_text(compared)
    if output is None:
        click.echo(text, nl=False)
    else:
        from seedaudit.reporting.output import write

        write(text, output)
