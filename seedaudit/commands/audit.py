"""``seedaudit audit``: papers -> results in the form that is asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
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
    from seedaudit.sources.reading_list import Entries, Entry

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
@click.option("--column", metavar="NAME", help="The column of a CSV list that names the papers [default: found].")
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
    column: str | None,
    offline: bool,
    quiet: bool,
) -> None:
    """Audit papers.

    SOURCE is a PDF, a text of a paper (.txt, .md), a saved page (.html), its LaTeX source (.tex, .tar.gz, .zip, a
    folder), - for text on standard input; an id or URL of arXiv, the ACL Anthology, OpenReview or PMLR (2210.13393,
    arXiv:2210.13393v1, P18-1023, https://openreview.net/forum?id=...), a DOI, any URL that leads to a PDF; or a list.

    A list is a file with one of these per line (# begins a comment), a .bib, .ris, CSL-JSON, Zotero RDF or CSV file, a
    folder of papers, a glob, a search (arxiv:search?cat=cs.CL&query="random seed"&from=2023-01&to=2023-12&max=100) or
    a volume (acl:2023.acl-long). A .txt file is a list where at least half of its lines name papers.
    """
    from seedaudit.auditing import Auditor
    from seedaudit.sources.reading_list import expand

    notice = None if quiet else _say
    entries = expand(sources, column=column, offline=offline, notify=notice)
    _check_entries(entries, quiet)
    papers = [entry for entry in entries.all if not entry.same_as]
    auditor = Auditor(rule_folders, password, neutral_boxes=all_mentions)
    auditor.check()
    chosen = form or _BY_ENDING.get(output.suffix.lower() if output else "", "text")
    _check_form(chosen, papers, output)
    pictures: dict[int, bytes | None] = {}
    unseen: dict[int, Sequence[str]] = {}
    results: list[Audit | Failure] = []
    look = _photographer(pictures, unseen) if chosen == "html" else None
    marked: bytes | None = None
    with _progress(len(papers), quiet) as (step, notify):
        if chosen == "pdf":
            marked, paper = _mark(papers[0], auditor, all_mentions, offline=offline, notify=notify, text_from=text_from)
            results.append(paper)
        else:
            for result in _audit_all(
                papers, auditor=auditor, offline=offline, notify=notify, look=look, text_from=text_from
            ):
                if result is not None:
                    results.append(result)
                step()
    report = marked or _render(results, chosen, auditor, all_mentions, pictures, unseen, to_terminal=output is None)
    if output is None:
        click.echo(report, nl=not isinstance(report, bytes) and not report.endswith("\n"))
    else:
        from seedaudit.reporting.output import write

        write(report, output)
    sys.exit(_status(results, fail_on))


def _audit_all(
    papers: Sequence[Entry],
    *,
    auditor: Auditor,
    offline: bool,
    notify: Callable[[str], None] | None,
    look: Callable[[Audit, Document], None] | None,
    text_from: TextFrom,
) -> Iterator[Audit | Failure | None]:
    """The result of each paper; an entry of a list that names none has its error as its result.

    Two names of one paper may show only in what they lead to: the same bytes. The second has None as its result.
    """
    from seedaudit.auditing import audit_many, failure
    from seedaudit.sources.source import prepare

    prepare([paper.reference for paper in papers if paper.reference], offline=offline, notify=notify)
    seen: dict[str, Entry] = {}
    for paper in papers:
        if paper.reference is not None:
            (result,) = audit_many(
                [paper.reference], auditor=auditor, offline=offline, notify=notify, look=look, text_from=text_from
            )
            before = seen.setdefault(result.sha256, paper) if result.sha256 else paper
            if before is not paper and notify is not None:
                notify(f"{paper.place}: {paper.source} is the same paper as {before.place}")
            yield result if before is paper else None
        elif paper.error is not None:
            yield failure(paper.source, paper.located_error)


def _check_form(form: str, papers: Sequence[Entry], output: Path | None) -> None:
    from seedaudit.sources.reference import FileReference

    if form in _FILES_ONLY and output is None:
        raise UsageError(f"--format {form} is a file, not a text", hint=f"Name it, for example --output paper.{form}")
    if form != "pdf" or output is None:
        return
    if len(papers) != 1 or papers[0].reference is None:
        raise UsageError("--format pdf marks one paper at a time", hint="Call it once for each paper.")
    paper = papers[0].reference
    if isinstance(paper, FileReference) and output.exists() and output.samefile(paper.path):
        raise UsageError(f"{output} is the paper itself", hint="Name another file, so that the paper stays as it is.")


def _mark(
    entry: Entry,
    auditor: Auditor,
    all_mentions: bool,
    *,
    offline: bool,
    notify: Callable[[str], None] | None,
    text_from: TextFrom,
) -> tuple[bytes, Audit]:
    from seedaudit.reporting.marked_pdf import mark_pdf
    from seedaudit.sources.source import obtain

    assert entry.reference is not None  # _check_form saw to it
    paper = obtain(entry.reference, offline=offline, notify=notify, text_from=text_from)
    if paper.form != "pdf":
        raise UsageError(
            f"{entry.source} is no PDF, and --format pdf marks the pages of one",
            hint="Ask for --format html or markdown.",
        )
    found, document = auditor.examine(paper)
    document.close()
    return mark_pdf(paper.data, found, password=auditor.password, all_mentions=all_mentions), found


def _check_entries(entries: Entries, quiet: bool) -> None:
    """Raise for what was typed and names nothing; say what a list names twice, and if there is no paper at all."""
    typed = [entry.error for entry in entries.unknown if entry.line is None and entry.error is not None]
    for one in typed[:-1]:
        say_error(one)
    if typed:
        raise typed[-1]
    if not entries.all:
        raise UsageError("The lists name no paper.", hint="A list has one paper per line: a path, an id or a URL.")
    for entry in () if quiet else entries.duplicates:
        _say(f"{entry.place}: {entry.source} is the same paper as {entry.same_as}")


def _say(text: str) -> None:
    click.echo(text, err=True)


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
        return nullcontext((lambda: None, _say))
    from seedaudit.reporting.progress import progress_bar

    return progress_bar(papers)


def _status(results: Sequence[Audit | Failure], fail_on: str) -> int:
    from seedaudit.findings import Failure

    if any(isinstance(result, Failure) for result in results):
        return 3
    levels = {result.verdict.level for result in results if not isinstance(result, Failure)}
    return 1 if levels & set(_REACHED[fail_on]) else 0
