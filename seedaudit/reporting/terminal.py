"""Audits -> text for a terminal or a pipe.

In: results, a width, and whether to colour. Out: text. The one decision owned here: how an audit reads in plain lines.
Colour never carries anything that the words do not say.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

from seedaudit.findings import Audit, Failure, Finding, Level, Risk
from seedaudit.plain import line
from seedaudit.reporting import wording
from seedaudit.reporting.record import Result

if TYPE_CHECKING:
    from rich.console import RenderableType

_NARROWEST = 40
_STYLES: dict[Level | Risk, str] = {
    "red-flag": "bold red",
    "caution": "bold yellow",
    "safe": "bold blue",
    "unstated": "bold magenta",
    "none": "bold",
    "neutral": "dim",
}


def wants_color(stream: TextIO) -> bool:
    """Whether text for ``stream`` should be coloured: a terminal that can, and no NO_COLOR in the environment."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def render(results: Sequence[Result], *, all_mentions: bool, color: bool, width: int) -> str:
    """The results one after another, wrapped at ``width`` (at least 40) columns, without trailing spaces.

    Several results end with a line that counts the verdicts. Text from papers holds no control characters.
    """
    from rich.console import Console

    out = io.StringIO()
    console = Console(
        file=out,
        width=max(width, _NARROWEST),
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )
    for at, result in enumerate(results):
        if at:
            console.print()
        for part in _failure(result) if isinstance(result, Failure) else _audit(result, all_mentions):
            console.print(part)
    if len(results) > 1:
        levels = [None if isinstance(one, Failure) else one.verdict.level for one in results]
        console.print()
        console.print(wording.tally(levels) + ".")
    return "".join(text.rstrip() + "\n" for text in out.getvalue().splitlines())


def _line(*spans: str | tuple[str, str], indent: int = 0, hanging: int = 0) -> RenderableType:
    """A paragraph of spans (text, or text with a style), indented; lines after the first hang further in."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    if not hanging:
        return Padding(Text.assemble(*spans), (0, 0, 0, indent))
    first, *rest = spans
    grid = Table.grid(padding=0)
    grid.add_column(width=hanging)
    grid.add_column(overflow="fold")
    grid.add_row(Text.assemble(first), Text.assemble(*rest))
    return Padding(grid, (0, 0, 0, indent))


def _failure(failure: Failure) -> Iterator[RenderableType]:
    yield _line((wording.source(failure), "bold"))
    yield _line(("NOT AUDITED", "bold red"), f"  {line(failure.message)}")
    if failure.hint:
        yield _line("Hint: ", line(failure.hint), indent=2, hanging=6)


def _audit(audit: Audit, all_mentions: bool) -> Iterator[RenderableType]:
    level = audit.verdict.level
    yield _line((wording.title(audit), "bold"))
    if facts := _facts(audit):
        yield _line((facts, "dim"))
    yield _line("")
    yield _line((wording.LEVEL_NAMES[level].upper(), _STYLES[level]), f"  {wording.sentence(audit)}")
    for reason in audit.verdict.reasons:
        yield _line("- ", line(reason), indent=2, hanging=2)
    for group in wording.groups(audit.findings if all_mentions else wording.told(audit)):
        yield _line("")
        yield from _group(group)
    yield _line("")
    yield _line(("Hyperparameter search", "bold"), f"  {wording.SEARCH_SENTENCES[audit.search.level]}")
    for item in audit.search.evidence:
        yield from _quote(item.quote, wording.place(item.page))


def _facts(audit: Audit) -> str:
    name = line(audit.id) if audit.id else wording.source(audit)
    facts = [name] if name != wording.title(audit) else []
    if audit.year is not None:
        facts.append(str(audit.year))
    if audit.pages is not None:
        facts.append(wording.count(audit.pages, "page"))
    return " · ".join(facts)


def _group(group: wording.Group) -> Iterator[RenderableType]:
    counted = wording.count(len(group.findings), "finding")
    yield _line(
        (wording.USE_WORDS[group.use].name, "bold"),
        f" ({group.use}, {counted})  ",
        (wording.RISK_NAMES[group.risk], _STYLES[group.risk]),
    )
    for said in wording.advice(group.findings):
        if said.why:
            yield _line(line(said.why), indent=2)
        for finding in said.findings:
            yield from _quote(finding.quote, _where(finding))
        if said.remedy:
            yield _line("Could be done: ", line(said.remedy), indent=2, hanging=15)


def _where(finding: Finding) -> str:
    where = wording.place(finding.page, finding.section, finding.place)
    return " · ".join(filter(None, [where, line(wording.seeds(finding))]))


def _quote(quote: str, where: str) -> Iterator[RenderableType]:
    if where:
        yield _line((where, "cyan"), indent=4)
    yield _line(f"“{line(quote)}”", indent=6)
