"""A study -> a folder of pages, or one text.

In: an open study, its statistics, and from the caller what was measured of the tool and a date. Out: files. The one
decision owned here: what stands where. The index holds everything that is counted and a table of all papers; each
paper has a page of its own; the data lie beside them. All of it works from a disk, without a server.

Words from papers reach a page as text only, and the table's data as JSON that no browser runs. Pages are made by
several processes where there are many of them, and show the place on the paper's page where the study's PDF is still
at hand.
"""

from __future__ import annotations

import csv
import gc
import io
import json
import multiprocessing
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jinja2 import Template
from markupsafe import Markup

from seedaudit.batch import statistics as counted
from seedaudit.batch.listing import FILE
from seedaudit.batch.statistics import Share, Statistics
from seedaudit.batch.store import Stored, Study, read_study
from seedaudit.documents.document import Layout
from seedaudit.errors import SeedauditError, UsageError
from seedaudit.findings import SEED_USES, USES, Audit, Finding, Tool, Use
from seedaudit.plain import line
from seedaudit.reporting import html, wording
from seedaudit.reporting.charts import Chart, draw_charts
from seedaudit.reporting.record import SCHEMA_VERSION, Result, paper_record
from seedaudit.reporting.tables import render_csv, render_parquet
from seedaudit.sources.paper import is_pdf
from seedaudit.sources.reference import FileReference, Reference, StandardInput, parse
from seedaudit.sources.source import obtain

PICTURED = 1000
"""Up to so many papers the pages get their pictures unasked: they take about 30 ms of CPU and 90 kB a paper."""

_CHUNK = 250  # papers that one process makes at a time
_CHUNK_PICTURED = 20
_MARK = "data/statistics.json"  # shows that a folder is a report
_PARTS = ("papers", "charts", "data")
_POLICY = (
    "default-src 'none'; img-src {images}; style-src {style}; script-src {script}; base-uri 'none'; form-action 'none'"
)
# 'self' says nothing of files in some browsers.
_FILES = "'self' file:"
_SURROGATE = re.compile("[\ud800-\udfff]")

USE_SHORT: dict[Use, str] = {use: wording.USE_WORDS[use].name for use in USES}


@dataclass(frozen=True, slots=True)
class _Piece:
    """What a process gives back of its papers: rows of the tables, beside the pages that it wrote."""

    csv: str
    json: str
    parquet: bytes | None
    without_picture: int


def write_study(
    study: Study,
    folder: Path,
    *,
    reliability: Mapping[str, Any] | None = None,
    date: str | None = None,
    jobs: int = 1,
    pictures: bool | None = None,
) -> list[str]:
    """Write the report into ``folder``, which is made, or holds an earlier report that is replaced.

    ``date`` is shown as it is given. ``pictures`` says whether the pages show where on its page a finding stands, for
    papers whose PDF is still what was audited; None: for a study of at most ``PICTURED`` papers. Gives remarks on what
    could not be written. Raises UsageError (kind ``output``) for a folder with something else in it, or one that cannot
    be written.
    """
    _check_folder(folder)
    tables = counted.load_tables(study)
    papers, findings = tables
    pages = _page_names(papers["number"].tolist(), papers["status"].tolist())
    pictured = len(pages) <= PICTURED if pictures is None else pictures
    remarks = []
    if pictures is None and not pictured:
        remarks.append(f"No pictures in the pages of more than {PICTURED} papers: --pictures takes them.")
    with_parquet = find_spec("pyarrow") is not None
    if not with_parquet:
        remarks.append("No Parquet files: pip install 'seedaudit[parquet]' brings what writes them.")
    try:
        for part in _PARTS:
            shutil.rmtree(folder / part, ignore_errors=True)
            (folder / part).mkdir(parents=True)
        # First, so that a report that was interrupted is known as one and replaced.
        (folder / _MARK).touch()
        make = _Pages(study.path, folder, date, parquet=with_parquet, pictures=pictured)
        with _spread(make, pages, jobs, _CHUNK_PICTURED if pictured else _CHUNK) as pieces:
            # What one process can do alone, while the others make the pages.
            statistics = counted.analyse(study, reliability, tables)
            (folder / _MARK).write_text(statistics_json(statistics, date), encoding="utf-8")
            templates = html.environment()
            for name in ("report.css", "report.js"):
                (folder / name).write_text(templates.get_template(name).render(), encoding="utf-8")
            charts = draw_charts(statistics)
            for chart in charts:
                for name, drawing in chart.drawings.items():
                    (folder / "charts" / name).write_bytes(drawing)
            _write_table(papers.drop(columns=["message", "cpu"]), folder / "data" / "papers", parquet=with_parquet)
            rows = _table_rows(papers, findings, pages)
            index = _render_index(statistics, charts, rows, papers, reliability, date, parquet=with_parquet)
            (folder / "index.html").write_text(index, encoding="utf-8")
            missing = _write_findings(pieces, folder / "data", _main_tool(statistics))
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written: {error.strerror or error}.",
            hint="Choose a place that you may write to.",
            kind="output",
        ) from error
    if missing:
        remarks.append(
            f"{wording.count(missing, 'paper')} without pictures: the PDF is not at hand, or not the one that was "
            "audited."
        )
    return remarks


def _check_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file.", hint="Name a folder for the report.", kind="output")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _MARK).exists():
        raise UsageError(
            f"{folder} holds something else than a report.", hint="Name a new folder, or an empty one.", kind="output"
        )


def _page_names(numbers: Sequence[int], states: Sequence[str]) -> dict[int, str]:
    """A page's file name for each paper with a result; numbers count from 1 in the order of the keys."""
    digits = max(4, len(str(len(numbers))))
    return {
        number: f"{at:0{digits}}.html"
        for at, (number, state) in enumerate(zip(numbers, states, strict=True), start=1)
        if state != "waiting"
    }


# Pages and data of the papers


def _write_findings(pieces: Iterable[_Piece], folder: Path, tool: Tool | None) -> int:
    """Join the pieces into the tables of all findings; gives how many papers miss their pictures."""
    tables: list[bytes] = []
    missing = 0
    with (
        (folder / "findings.csv").open("w", encoding="utf-8", newline="") as table,
        (folder / "study.json").open("w", encoding="utf-8") as document,
    ):
        table.write(render_csv([], all_mentions=True))
        versions = {"name": "seedaudit", **asdict(tool)} if tool else {"name": "seedaudit"}
        document.write(f'{{"schema": {SCHEMA_VERSION}, "tool": {json.dumps(versions)}, "papers": [')
        start = "\n"
        for piece in pieces:
            table.write(piece.csv)
            document.write(start + piece.json)
            start = ",\n"
            missing += piece.without_picture
            if piece.parquet is not None:
                tables.append(piece.parquet)
        document.write("\n]}\n")
    if tables:
        _join_parquet(tables, folder / "findings.parquet")
    return missing


@contextmanager
def _spread(
    make: Callable[[Mapping[int, str]], _Piece], pages: Mapping[int, str], jobs: int, size: int
) -> Iterator[Iterator[_Piece]]:
    """What ``make`` gives of all pages, in their order, ``size`` at a time; several processes begin at once."""
    named = list(pages.items())
    chunks = [dict(named[at : at + size]) for at in range(0, len(named), size)]
    if jobs == 1 or len(chunks) <= 1:
        yield map(make, chunks)
        return
    # Not forked from this process: the caller may have threads.
    context = multiprocessing.get_context("forkserver" if hasattr(os, "fork") else "spawn")
    context.set_forkserver_preload([__name__])
    pool = ProcessPoolExecutor(min(jobs, len(chunks)), mp_context=context, initializer=gc.freeze)
    try:
        yield pool.map(make, chunks)
    finally:
        pool.shutdown(cancel_futures=True)


@dataclass(frozen=True, slots=True)
class _Pages:
    """Writes the pages of some papers of a study, given their numbers and file names."""

    study: Path
    folder: Path
    date: str | None
    parquet: bool
    pictures: bool

    def __call__(self, pages: Mapping[int, str]) -> _Piece:
        """What goes into the tables is given back."""
        results: list[Result] = []
        missing = 0
        templates = html.environment()
        template = templates.get_template("study_paper.html.j2")
        # The same for all pages; an import would make them again for each.
        parts = templates.get_template("parts.html.j2").make_module({"words": wording})
        with read_study(self.study) as study:
            for stored in study.some(pages):
                results.append(stored.result)
                taken = _pictures(stored) if self.pictures else {}
                missing += taken is None
                self._write(stored, pages[stored.number], taken or {}, template, parts)
        records = (json.dumps(paper_record(one, all_mentions=True), ensure_ascii=False) for one in results)
        return _Piece(
            csv=render_csv(results, all_mentions=True).partition("\n")[2],
            json=_SURROGATE.sub("\ufffd", ",\n".join(records)),
            parquet=render_parquet(results, all_mentions=True) if self.parquet else None,
            without_picture=missing,
        )

    def _write(
        self, stored: Stored, name: str, pictures: Mapping[int, bytes | None], template: Template, parts: object
    ) -> None:
        page = html.paper_page("paper", stored.result, lambda finding: pictures.get(id(finding)))
        text = template.render(
            parts=parts,
            page=page,
            tool=stored.tool,
            policy=_POLICY.format(images="data:", style=_FILES, script=_FILES),
            generated=self.date,
            words=wording,
            decidable=page.audit,
        )
        (self.folder / "papers" / name).write_text(text + "\n", encoding="utf-8")


def _pictures(stored: Stored) -> dict[int, bytes | None] | None:
    """A picture of each place that the page tells in full; None where the PDF that was audited is not at hand."""
    audit = stored.result
    placed = [one for one in wording.told(audit) if one.boxes] if isinstance(audit, Audit) else []
    if not placed:
        return {}
    # A study whose pages get no pictures needs no PDF library.
    from seedaudit.documents.pdf import open_pages

    for reference in _references(stored):
        try:
            paper = obtain(reference, offline=True)
            if paper.sha256 != audit.sha256 or not is_pdf(paper.data):
                continue
            layout = open_pages(paper.data)
        except SeedauditError:
            continue
        with closing(layout):
            return {id(one): _picture(layout, one) for one in placed}
    return None


def _picture(layout: Layout, finding: Finding) -> bytes | None:
    return layout.picture(finding.page, finding.boxes) if finding.page is not None and finding.boxes else None


def _references(stored: Stored) -> Iterator[Reference]:
    """What may be the paper that was audited: its path, whatever folder this process is in, or its names at a host."""
    if stored.entry.host == FILE:
        yield FileReference(Path(stored.entry.key), "text", stored.entry.source)
        return
    for name in (stored.result.id, stored.entry.source, stored.entry.key):
        with suppress(SeedauditError):
            if name and not isinstance(found := parse(name), StandardInput):
                yield found


def _join_parquet(pieces: Iterable[bytes], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables = [pq.read_table(io.BytesIO(piece)) for piece in pieces]
    pq.write_table(pa.concat_tables(tables, promote_options="permissive"), path)


def _write_table(frame: Any, path: Path, *, parquet: bool) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(frame.columns)
    for row in frame.astype("object").where(frame.notna(), None).itertuples(index=False):
        writer.writerow([_guarded(value) for value in row])
    path.with_suffix(".csv").write_text(out.getvalue(), encoding="utf-8")
    if parquet:
        frame.to_parquet(path.with_suffix(".parquet"), engine="pyarrow", index=False)


def _guarded(value: object) -> object:
    """Text on one line; one that a spreadsheet would run as a formula gets an apostrophe before it."""
    if not isinstance(value, str):
        return value
    text = line(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text


# The index


def _table_rows(papers: Any, findings: Any, pages: dict[int, str]) -> list[list[Any]]:
    """The table's rows: page, title, source, year, venue, host, verdict, uses as bits, search, failure."""
    bits = {use: 1 << at for at, use in enumerate(USES)}
    made: dict[int, int] = {}
    for number, use in zip(findings["number"], findings["use"], strict=True):
        made[number] = made.get(number, 0) | bits[use]
    columns = ("number", "title", "source", "year", "venue", "host", "level", "search", "failure", "status")
    rows = []
    for number, title, source, year, venue, host, level, search, failure, status in zip(
        *(papers[name].astype("object").where(papers[name].notna(), None) for name in columns), strict=True
    ):
        typed = line(source)
        rows.append(
            [
                pages.get(number, "").removesuffix(".html"), line(title or "") or typed, typed, year, line(venue or ""),
                host, level or status, made.get(number, 0), search or "", failure or "",
            ]
        )  # fmt: skip
    return rows


def _render_index(
    statistics: Statistics,
    charts: Sequence[Chart],
    rows: Sequence[Sequence[Any]],
    papers: Any,
    reliability: Mapping[str, Any] | None,
    date: str | None,
    *,
    parquet: bool,
) -> str:
    templates = html.environment()
    style = templates.get_template("report.css").render() + templates.get_template("study.css").render()
    script = templates.get_template("study.js").render()
    failed = papers[papers["status"] == "failed"]
    # The only character that could end the element is "<"; JSON has an escape for it.
    data = json.dumps({"rows": rows, "uses": [[use, USE_SHORT[use]] for use in USES]}, ensure_ascii=False)
    data = _SURROGATE.sub("\ufffd", data).replace("<", "\\u003c").replace("\u2028", "\\u2028")
    return (
        templates.get_template("study.html.j2").render(
            statistics=statistics,
            charts=charts,
            data=Markup(data),
            style=Markup(style),
            script=Markup(script),
            policy=_POLICY.format(images=_FILES, style=html.policy_hash(style), script=html.policy_hash(script)),
            failures=list(zip(failed["source"], failed["failure"], failed["message"], strict=True))[:500],
            failed=len(failed),
            methods=methods(statistics, date),
            figures=html.figures(reliability or {}),
            tool=_main_tool(statistics),
            generated=date,
            published=counted.PUBLISHED,
            parquet=parquet,
            words=wording,
            seed_uses=SEED_USES,
            percent=percent,
            interval=interval,
        )
        + "\n"
    )


def percent(value: float | None) -> str:
    """A share for a reader: one decimal below ten percent."""
    if value is None:
        return "–"
    return f"{value:.1%}" if 0 < value < 0.0995 else f"{value:.0%}"


def interval(of: Share | counted.Estimate | None) -> str:
    """``35% to 61%``; empty of nothing."""
    bounds = of.interval if isinstance(of, Share) else (of.low, of.high) if of else None
    return f"{percent(bounds[0])} to {percent(bounds[1])}" if bounds else ""


def _main_tool(statistics: Statistics) -> Tool | None:
    return statistics.tools[0][0] if statistics.tools else None


def methods(statistics: Statistics, date: str | None) -> list[str]:
    """What a paper that uses the study can say of how it was made, in sentences with every version."""
    made = [
        f"seedaudit {tool.version} (rules {tool.rules}, model {tool.model})" + (f" for {number}" if several else "")
        for several in [len(statistics.tools) > 1]
        for tool, number in statistics.tools
    ]
    said = [
        f"{wording.count(statistics.named, 'paper')} named in the study were audited with {' and '.join(made)}"
        + (f" on {date}." if date else ".")
        if made
        else "No paper has been audited yet.",
        f"{statistics.audited} could be audited, {sum(number for _, number in statistics.failures)} could not, "
        f"{statistics.waiting} have not been reached.",
    ]
    if statistics.duplicates:
        said.append(f"{statistics.duplicates} have the same bytes as another one and are counted once.")
    said.append(
        "A paper's verdict follows from the uses of random seeds that its text describes, by the decision table of the "
        "labelling guideline after Bethard (2022, arXiv:2210.13393). Intervals are Wilson's at 95%."
    )
    if statistics.corrected and statistics.sensitivity and statistics.specificity:
        said.append(
            "The corrected prevalence is that of Rogan and Gladen (1978) with a sensitivity of "
            f"{percent(statistics.sensitivity.value)}{_of(statistics.sensitivity)} and a specificity of "
            f"{percent(statistics.specificity.value)}{_of(statistics.specificity)}; its interval follows Lang and "
            "Reiczigel (2014)."
        )
    if statistics.judged:
        said.append(
            f"A person judged {wording.count(statistics.judged.findings, 'finding')} and "
            f"{wording.count(statistics.judged.papers, 'verdict')} of this study."
        )
    return said


def _of(rate: counted.Rate) -> str:
    return f" (measured on {rate.of} papers)" if rate.of else " (taken as exact)"


def statistics_json(statistics: Statistics, date: str | None = None) -> str:
    """The statistics as JSON text; a share is [count, of, value, low, high]."""

    def plain(value: Any) -> Any:
        if isinstance(value, Share):
            low, high = value.interval or (None, None)
            return [value.count, value.of, value.value, low, high]
        if isinstance(value, Mapping):
            return {str(key): plain(one) for key, one in value.items()}
        if isinstance(value, tuple | list):
            return [plain(one) for one in value]
        if hasattr(value, "__dataclass_fields__"):
            return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
        return value

    document = {"date": date, **plain(statistics)}
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


# One text


def render_markdown(statistics: Statistics, *, date: str | None = None) -> str:
    """The statistics as Markdown tables: for a README or an appendix. Holds no words of the papers."""
    return "\n".join(_markdown(statistics, date)) + "\n"


def _markdown(statistics: Statistics, date: str | None) -> Iterator[str]:
    yield f"# Study of {wording.count(statistics.papers, 'paper')}"
    yield ""
    yield " ".join(methods(statistics, date))
    yield ""
    yield from _rows(["", "papers", "share", "95% interval"], _summary(statistics))
    yield ""
    if statistics.judged:
        yield from _rows(["judged by hand", "right", "of", "share", "95% interval"], _judged(statistics.judged))
        yield ""
    yield f"Reference: Bethard (2022) found risky uses in {counted.PUBLISHED} publications."
    yield ""
    yield from _rows(
        ["use", "papers", "share", "95% interval", "findings"],
        (
            [row.use, str(row.papers.count), percent(row.papers.value), interval(row.papers), str(row.findings)]
            for row in statistics.uses
        ),
    )
    for name, groups in (("year", statistics.years), ("venue", statistics.venues), ("source", statistics.sources)):
        if [row for row in groups if row.name]:
            yield ""
            yield from _rows(
                [name, "audited", "failed", *wording.LEVEL_NAMES.values(), "red flag or caution", "95% interval"],
                (
                    [
                        line(row.name) or "not known", str(row.audited), str(row.failed),
                        *(str(row.levels[level]) for level in wording.LEVEL_NAMES), percent(row.risky.value),
                        interval(row.risky),
                    ]
                    for row in groups
                ),
            )  # fmt: skip
    if statistics.failures:
        yield ""
        yield from _rows(["failure", "papers"], ([kind, str(number)] for kind, number in statistics.failures))


def _judged(judged: counted.Judged) -> Iterator[list[str]]:
    """How often the tool was right in this study, as far as a person has judged."""
    named = [
        ("verdicts", judged.verdicts),
        ("risky use rightly found", judged.risky_right),
        ("no risky use, rightly", judged.others_right),
        *((f"use: {use}", share) for use, share in judged.uses),
    ]
    for name, share in named:
        yield [name, str(share.count), str(share.of), percent(share.value), interval(share)]


def _summary(statistics: Statistics) -> Iterator[list[str]]:
    def row(name: str, share: Share) -> list[str]:
        return [name, str(share.count), percent(share.value), interval(share)]

    yield row("mention a random seed", statistics.mentions)
    for level, share in statistics.levels:
        yield row(wording.LEVEL_NAMES[level], share)
    yield row("red flag or caution", statistics.risky)
    if statistics.corrected:
        yield [
            "red flag or caution, corrected", "", percent(statistics.corrected.value), interval(statistics.corrected),
        ]  # fmt: skip
    if statistics.judged and statistics.judged.prevalence:
        estimate = statistics.judged.prevalence
        yield ["risky, by hand validation", "", percent(estimate.value), interval(estimate)]


def _rows(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def results(study: Study) -> list[Result]:
    """Every result of the study, for the tables that hold them all."""
    return [stored.result for stored in study.results()]
