"""Audits -> one HTML file that needs nothing else.

In: results, versions, and from the caller pictures of pages and measured figures. Out: a page with one small script of
its own and without requests. The one decision owned here: words from papers reach the page only as text (Jinja escapes
all of them) and links only as http(s); the page's own policy forbids whatever else might get through, and lets this
script and this style pass by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from seedaudit import resources
from seedaudit.findings import Audit, Failure, Finding, Level, Tool, Use
from seedaudit.plain import line, plain
from seedaudit.reporting import wording
from seedaudit.reporting.evidence import Point, weigh
from seedaudit.reporting.gaps import gaps as find_gaps
from seedaudit.reporting.literature import link, work
from seedaudit.reporting.record import Result
from seedaudit.reporting.remedies import Remedy, remedies
from seedaudit.reporting.review import suggest_review

Picture = Callable[[Finding], bytes | None]
Gaps = Callable[[Audit], Sequence[str]]

_PNG = b"\x89PNG\r\n\x1a\n"
_TEMPLATE = "paper.html.j2"
_STYLE = "report.css"
_SCRIPT = "report.js"
_SERVED_SCRIPT = "serve.js"
_POLICY = (
    "default-src 'none'; img-src data:; style-src {style}; script-src {script}; {server}base-uri 'none'; "
    "form-action 'none'"
)


@dataclass(frozen=True, slots=True)
class PageImage:
    """A picture as the page holds it: ``data:`` address and size in pixels."""

    address: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Item:
    """A finding with what the page shows of it.

    ``number`` counts within its paper, ``anchor`` is unique on the page, ``pieces`` are (text, marked?) of the quote.
    """

    finding: Finding
    number: int
    anchor: str
    pieces: tuple[tuple[str, bool], ...]
    picture: PageImage | None


@dataclass(frozen=True, slots=True)
class Explained:
    """One explanation with its items."""

    said: wording.Advice
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class UseSection:
    """The findings of one use."""

    group: wording.Group
    anchor: str
    explained: tuple[Explained, ...]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A point for or against a verdict; ``items`` are those on the page that it is about."""

    text: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Served:
    """What a page gets from a server: where its list is, where decisions go, and those that were taken before."""

    back: str
    save: str
    decisions: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class PaperPage:
    """One result as the template reads it; ``audit`` or ``failure`` is set, and a failure has no sections."""

    anchor: str
    title: str
    audit: Audit | None = None
    failure: Failure | None = None
    deciding: tuple[Item, ...] = ()
    sections: tuple[UseSection, ...] = ()
    neutral: tuple[UseSection, ...] = ()
    counts: tuple[tuple[Use, int, str], ...] = ()
    supporting: tuple[Weighed, ...] = ()
    opposing: tuple[Weighed, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    review: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()

    @property
    def level(self) -> Level | None:
        """The verdict's level; None for a failure."""
        return self.audit.verdict.level if self.audit else None


def render_html(
    results: Sequence[Result],
    tool: Tool,
    *,
    picture: Picture | None = None,
    gaps: Gaps = find_gaps,
    reliability: Mapping[str, Any] | None = None,
    generated: str | None = None,
    served: Served | None = None,
) -> str:
    """The report of one paper, or of several with an index before them; the same input gives the same text.

    ``picture`` gives a PNG of the finding's place on its page, or None; it is asked once per finding that is
    told in full (``wording.told``), with the very object from the audit, so that a caller may look it up by identity.
    ``gaps`` tells what an audit did not see; the caller that has the document knows more than the audit alone.
    ``reliability`` holds what the evaluation measured: ``passage_micro_f1``, ``risky_sensitivity`` and
    ``risky_specificity`` (0 to 1), ``papers`` (how many), ``measured_on`` (what they are); a missing one is shown as
    not measured. ``generated`` is shown as it is. A page that is ``served`` may talk to its server, and to
    nobody else. Raises ValueError for a picture that is not a PNG.
    """
    templates = environment()
    several = len(results) != 1
    pages = [paper_page(f"paper-{at}", result, picture, gaps) for at, result in enumerate(results, start=1)]
    decidable = any(page.audit for page in pages)
    scripts = [_SCRIPT, *([_SERVED_SCRIPT] if served else [])] if decidable else []
    allowed = " ".join(policy_hash(templates.get_template(name).render()) for name in scripts) or "'none'"
    return (
        templates.get_template(_TEMPLATE).render(
            pages=pages,
            several=several,
            heading=f"Audit of {wording.count(len(pages), 'paper')}" if several else pages[0].title,
            tally=wording.tally([page.level for page in pages]),
            policy=_POLICY.format(
                style=policy_hash(templates.get_template(_STYLE).render()),
                script=allowed,
                server="connect-src 'self'; " if served else "",
            ),
            scripts=scripts,
            served=served,
            tool=tool,
            figures=figures(reliability or {}),
            generated=generated,
            words=wording,
        )
        + "\n"
    )


def policy_hash(text: str) -> str:
    """What lets ``text`` pass the page's policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def environment() -> Environment:
    """Where templates are found, and how values get into them."""
    made = Environment(
        loader=FileSystemLoader(resources.templates()),
        # Whatever a template is called, every value in it is escaped.
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: plain(value) if type(value) is str else value,
    )
    made.filters |= {"line": line, "link": link, "work": work, "to_json": _json}
    return made


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def paper_page(anchor: str, result: Result, picture: Picture | None = None, gaps: Gaps = find_gaps) -> PaperPage:
    """One result as the templates read it; its ids on the page begin with ``anchor``."""
    if isinstance(result, Failure):
        return PaperPage(anchor, wording.source(result), failure=result)
    numbers = itertools.count(1)
    told = wording.told(result)
    sections = tuple(_sections(anchor, wording.groups(told), numbers, picture))
    others = (one for one in result.findings if one not in told)
    neutral = tuple(_sections(anchor, wording.groups(others), numbers, None))
    items = [item for section in sections + neutral for part in section.explained for item in part.items]
    found = {section.group.use: section for section in sections}
    evidence = weigh(result)
    return PaperPage(
        anchor,
        wording.title(result),
        audit=result,
        deciding=tuple(next(item for item in items if item.finding is finding) for finding in wording.deciding(result)),
        sections=sections,
        neutral=neutral,
        counts=tuple(
            (use, len(found[use].group.findings), found[use].anchor) if use in found else (use, 0, "")
            for use in wording.LOOKED_FOR
        ),
        supporting=tuple(_weighed(point, items) for point in evidence.supporting),
        opposing=tuple(_weighed(point, items) for point in evidence.opposing),
        remedies=remedies(result),
        review=suggest_review(result),
        gaps=tuple(gaps(result)),
    )


def _weighed(point: Point, items: Sequence[Item]) -> Weighed:
    return Weighed(point.text, tuple(item for item in items if any(item.finding is one for one in point.findings)))


def _sections(
    anchor: str, groups: Sequence[wording.Group], numbers: Iterator[int], picture: Picture | None
) -> Iterator[UseSection]:
    for group in groups:
        explained = tuple(
            Explained(said, tuple(_item(anchor, next(numbers), finding, picture) for finding in said.findings))
            for said in wording.advice(group.findings)
        )
        yield UseSection(group, f"{anchor}-{group.use}", explained)


def _item(anchor: str, number: int, finding: Finding, picture: Picture | None) -> Item:
    image = picture(finding) if picture is not None else None
    return Item(
        finding,
        number,
        f"{anchor}-finding-{number}",
        tuple(_pieces(finding.quote, finding.marks)),
        None if image is None else _image(image),
    )


def _pieces(quote: str, marks: Sequence[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    """``quote`` cut where marked words begin and end; marks may touch, overlap, or lie beyond its ends."""
    marked = bytearray(len(quote))
    for start, end in marks:
        within = range(*slice(max(start, 0), max(end, 0)).indices(len(quote)))
        marked[within.start : within.stop] = b"\1" * len(within)
    at = 0
    for is_marked, run in itertools.groupby(marked):
        end = at + sum(1 for _ in run)
        yield quote[at:end], bool(is_marked)
        at = end


def _image(data: bytes) -> PageImage:
    if data[:8] != _PNG or len(data) < 24:
        raise ValueError("a picture of a page must be a PNG")
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    return PageImage("data:image/png;base64," + base64.b64encode(data).decode("ascii"), width, height)


def figures(reliability: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(name, value, what it means) of each measured figure."""
    named = (
        ("passage_micro_f1", "Passages, micro-F1", "agreement with hand-made labels, passage by passage"),
        (
            "risky_sensitivity",
            "Risky papers noticed",
            "sensitivity: share of the papers with a risky use that are flagged",
        ),
        (
            "risky_specificity",
            "Other papers left alone",
            "specificity: share of the papers without one that are not flagged",
        ),
    )
    return [(name, _percent(reliability.get(key)), meaning) for key, name, meaning in named] + [
        ("Measured on", _measured_on(reliability.get("papers"), reliability.get("measured_on")), "papers with labels")
    ]


def _percent(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.0%}"


def _measured_on(papers: int | None, what: str | None) -> str:
    known = [wording.count(papers, "paper")] if papers is not None and not (what or "").startswith(f"{papers} ") else []
    if what:
        known.append(line(str(what)))
    return ", ".join(known) or "not measured"
