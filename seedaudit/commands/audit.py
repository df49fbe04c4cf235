"""``seedaudit audit``: papers -> results in the form that is asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seedaudit.commands.messages import say_error
from seedaudit.errors import UsageError

if TYPE_CHECKING:
    from seedaudit.auditing import Auditor
    from seedaudit.documents.document import Document
    from seedaudit.findings import Audit, Failure, Finding
    from seedaudit.sources.paper import TextFrom

FORMATS = ("text", "json", "html", "csv", "markdown", "sarif", "parquet", "pdf")
_BY_ENDING = {
    ".txt": "text",
    ".json": "json",
    ".html": "html",
    ".htm": "html",
    ".csv": "csv",
    ".md": "markdown",
    ".sarif": "sarif",
    ".parquet": "parquet",
    ".pdf": "pdf",
}
_FILES_ONLY = ("parquet", "pdf")
_REACHED = {"never": (), "caution": ("caution", "red-flag"), "red-flag": ("red-flag",)}
_FEW = 3

_STATUS = """
\b
Exit status:
  0  every paper was audited
  1  a verdict reached --fail-on
  2  wrong usage; nothing was audited
  3  some paper could not be audited (the others were)
"""


@click.command(
    epilog=_STATUS + "\n\b\nExamples:\n  seedaudit audit paper.pdf\n  seedaudit audit 2210.13393 arXiv:1909.10447v1\n"
    "  seedaudit audit draft.pdf --output report.html\n"
    "  seedaudit audit draft.pdf --output draft-marked.pdf\n"
    "  seedaudit audit *.pdf --format json --output audits.json --fail-on red-flag\n"
    "  pdftotext paper.pdf - | seedaudit audit -"
)
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="Form of the result [default: by --output's ending, or text]."
)
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write to this file, whole or not at all.")
@click.option("--all", "all_mentions", is_flag=True, help="Tell the neutral mentions too.")
@click.option(
    "--fail-on",
    type=click.Choice(tuple(_REACHED)),
    default="never",
    show_default=True,
    help="Exit with status 1 when a verdict is this bad or worse.",
)
@click.option(
    "--rules",
    "rule_folders",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="DIR",
    help="A folder of further rule packs; may be given again.",
)
@click.option("--password", metavar="PW", help="Opens an encrypted PDF.")
@click.option(
    "--source",
    "text_from",
    type=click.Choice(("auto", "pdf", "latex")),
    default="pdf",
    show_default=True,
    help="What the text of a paper on arXiv is taken from; auto: its LaTeX source where there is one (one request "
    "more), and the PDF for pages and pictures.",
)
@click.option("--offline", is_flag=True, help="Ask no host; use papers that were fetched before.")
@click.option("--quiet", "-q", is_flag=True, help="No messages but errors.")
def audit(
    sources: tuple[str, ...],
    form: str | None,
    output: Path | None,
    all_mentions: bool,
    fail_on: str,
    rule_folders: tuple[Path, ...],
    password: str | None,
    text_from: TextFrom,
    offline: bool,
    quiet: bool,
) -> None:
    """Audit papers.

    SOURCE is a PDF, a text of a paper (.txt, .md), its LaTeX source (.tex, .tar.gz, .zip, a folder), - for text on
    standard input, or an arXiv id or URL (2210.13393, arXiv:2210.13393v1, math/0611800,
    https://arxiv.org/abs/2210.13393).
    """
    from seedaudit.auditing import Auditor, audit_many

    _check_references(sources)
    auditor = Auditor(rule_folders, password)
    auditor.check()
    chosen = form or _BY_ENDING.get(output.suffix.lower() if output else "", "text")
    _check_form(chosen, sources, output)
    pictures: dict[int, bytes | None] = {}
    unseen: dict[int, Sequence[str]] = {}
    results: list[Audit | Failure] = []
    look = _photographer(pictures, unseen) if chosen == "html" else None
    marked: bytes | None = None
    with _progress(len(sources), quiet) as (step, notify):
        if chosen == "pdf":
            marked, paper = _mark(
                sources[0], auditor, all_mentions, offline=offline, notify=notify, text_from=text_from
            )
            results.append(paper)
        else:
            for result in audit_many(
                sources, auditor=auditor, offline=offline, notify=notify, look=look, text_from=text_from
            ):
                results.append(result)
                step()
    report = marked or _render(results, chosen, auditor, all_mentions, pictures, unseen, to_terminal=output is None)
    if output is None:
        click.echo(report, nl=not isinstance(report, bytes) and not report.endswith("\n"))
    else:
        from seedaudit.reporting.output import write

        write(report, output)
    sys.exit(_status(results, fail_on))


def _check_form(form: str, sources: Sequence[str], output: Path | None) -> None:
    from seedaudit.sources.reference import FileReference, parse

    if form in _FILES_ONLY and output is None:
        raise UsageError(f"--format {form} is a file, not a text", hint=f"Name it, for example --output paper.{form}")
    if form != "pdf" or output is None:
        return
    if len(sources) > 1:
        raise UsageError("--format pdf marks one paper at a time", hint="Call it once for each paper.")
    paper = parse(sources[0])
    if isinstance(paper, FileReference) and output.exists() and output.samefile(paper.path):
        raise UsageError(f"{output} is the paper itself", hint="Name another file, so that the paper stays as it is.")


def _mark(
    source: str,
    auditor: Auditor,
    all_mentions: bool,
    *,
    offline: bool,
    notify: Callable[[str], None] | None,
    text_from: TextFrom,
) -> tuple[bytes, Audit]:
    from seedaudit.reporting.marked_pdf import mark_pdf
    from seedaudit.sources.reference import parse
    from seedaudit.sources.source import obtain

    paper = obtain(parse(source), offline=offline, notify=notify, text_from=text_from)
    if paper.form != "pdf":
        raise UsageError(
            f"{source} is no PDF, and --format pdf marks the pages of one", hint="Ask for --format html or markdown."
        )
    found, document = auditor.examine(paper)
    document.close()
    return mark_pdf(paper.data, found, password=auditor.password, all_mentions=all_mentions), found


def _check_references(sources: Sequence[str]) -> None:
    from seedaudit.sources.reference import parse

    unknown: list[UsageError] = []
    for source in sources:
        try:
            parse(source)
        except UsageError as error:
            unknown.append(error)
    for one in unknown[:-1]:
        say_error(one)
    if unknown:
        raise unknown[-1]


def _photographer(
    pictures: dict[int, bytes | None], unseen: dict[int, Sequence[str]]
) -> Callable[[Audit, Document], None]:
    """Takes, while a paper's document is open, the pictures of its findings and notes what the audit did not see."""

    def look(audit: Audit, document: Document) -> None:
        from seedaudit.reporting.gaps import gaps
        from seedaudit.reporting.wording import told

        unseen[id(audit)] = gaps(audit, document)
        for finding in told(audit):
            if document.layout is not None and finding.page is not None and finding.boxes:
                pictures[id(finding)] = document.layout.picture(finding.page, finding.boxes)

    return look


def _render(
    results: Sequence[Audit | Failure],
    form: str,
    auditor: Auditor,
    all_mentions: bool,
    pictures: dict[int, bytes | None],
    unseen: dict[int, Sequence[str]],
    *,
    to_terminal: bool,
) -> str | bytes:
    if form == "json":
        from seedaudit.reporting.record import to_json

        return to_json(results, auditor.tool, all_mentions=all_mentions)
    if form == "csv":
        from seedaudit.reporting.tables import render_csv

        return render_csv(results, all_mentions=all_mentions)
    if form == "parquet":
        from seedaudit.reporting.tables import render_parquet

        return render_parquet(results, all_mentions=all_mentions)
    if form == "sarif":
        from seedaudit.reporting.sarif import to_sarif

        return to_sarif(results, auditor.tool, auditor.rules.explanations, all_mentions=all_mentions)
    if form == "markdown":
        from seedaudit.reporting.markdown import render_markdown

        return render_markdown(results, all_mentions=all_mentions)
    if form == "html":
        from seedaudit.reporting.html import render_html
        from seedaudit.reporting.reliability import load_reliability

        def picture(finding: Finding) -> bytes | None:
            return pictures.get(id(finding))

        def gaps(audit: Audit) -> Sequence[str]:
            return unseen.get(id(audit), ())

        return render_html(results, auditor.tool, picture=picture, gaps=gaps, reliability=load_reliability())
    from seedaudit.reporting.terminal import render, wants_color

    color = to_terminal and wants_color(sys.stdout)
    width = _terminal_width() if to_terminal and sys.stdout.isatty() else 80
    return render(results, all_mentions=all_mentions, color=color, width=width)


def _terminal_width() -> int:
    import shutil

    return min(max(shutil.get_terminal_size().columns, 40), 100)


def _progress(
    papers: int, quiet: bool
) -> AbstractContextManager[tuple[Callable[[], None], Callable[[str], None] | None]]:
    """A bar on a terminal for more than a few papers; else the messages as lines on standard error."""
    if quiet:
        return nullcontext((lambda: None, None))
    if papers <= _FEW or not sys.stderr.isatty():
        return nullcontext((lambda: None, lambda text: click.echo(text, err=True)))
    from seedaudit.reporting.progress import progress_bar

    return progress_bar(papers)


def _status(results: Sequence[Audit | Failure], fail_on: str) -> int:
    from seedaudit.findings import Failure

    if any(isinstance(result, Failure) for result in results):
        return 3
    levels = {result.verdict.level for result in results if not isinstance(result, Failure)}
    return 1 if levels & set(_REACHED[fail_on]) else 0
