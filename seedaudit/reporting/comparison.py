"""Two audits of one paper -> what changed between its versions.

In: the audit of the old version and of the new one. Out: the findings that went, stayed and came, as text, Markdown,
HTML or JSON. The one decision owned here: a finding stayed where the new version has one of the same use in similar
words; page and section may have changed.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from seedaudit.findings import USES, Audit, Finding, Tool
from seedaudit.plain import line
from seedaudit.reporting import wording
from seedaudit.reporting.markdown import escape
from seedaudit.reporting.record import finding_record, to_text

SCHEMA_VERSION = 1
_ALIKE = 0.6  # share of words in common, in order; below it a reader would not call it the same statement
_WIDTH = 80


@dataclass(frozen=True, slots=True)
class Kept:
    """A finding that stayed; ``similarity`` is 1 where not a word of it changed."""

    old: Finding
    new: Finding
    similarity: float

    @property
    def changes(self) -> tuple[str, ...]:
        """What is different about it, in words."""
        old, new = self.old, self.new
        told = []
        if old.risk != new.risk:
            told.append(f"{wording.RISK_NAMES[old.risk]} before, {wording.RISK_NAMES[new.risk]} now")
        if self.similarity < 1:
            told.append("reworded")
        if old.page != new.page and None not in {old.page, new.page}:
            told.append(f"from p. {old.page}")
        return tuple(told)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions of a paper; each group of findings is in the order of its paper."""

    old: Audit
    new: Audit
    went: tuple[Finding, ...]
    stayed: tuple[Kept, ...]
    came: tuple[Finding, ...]


def compare(old: Audit, new: Audit, *, all_mentions: bool = False) -> Comparison:
    """What became of the findings of ``old`` in ``new``; of neutral mentions too, with ``all_mentions``."""
    before, after = (one.findings if all_mentions else wording.told(one) for one in (old, new))
    pairs: list[tuple[float, int, int]] = []
    for use in USES:
        theirs = [(at, _words(one.quote)) for at, one in enumerate(after) if one.use == use]
        for at, one in enumerate(before):
            if one.use == use:
                words = _words(one.quote)
                pairs += [(_similarity(words, others), at, number) for number, others in theirs]
    # The most similar ones find each other first; among equals, those that stand in the same order.
    pairs.sort(key=lambda pair: (-pair[0], abs(pair[1] - pair[2]), pair[1:]))
    partner: dict[int, tuple[int, float]] = {}
    taken: set[int] = set()
    for similarity, at, number in pairs:
        if similarity >= _ALIKE and at not in partner and number not in taken:
            partner[at] = (number, similarity)
            taken.add(number)
    stayed = [Kept(before[at], after[number], similarity) for at, (number, similarity) in partner.items()]
    return Comparison(
        old,
        new,
        tuple(one for at, one in enumerate(before) if at not in partner),
        tuple(sorted(stayed, key=lambda kept: after.index(kept.new))),
        tuple(one for number, one in enumerate(after) if number not in taken),
    )


def _words(quote: str) -> list[str]:
    return re.findall(r"\w+", quote.lower())


def _similarity(words: Sequence[str], others: Sequence[str]) -> float:
    return SequenceMatcher(None, words, others, autojunk=False).ratio()


def render_text(comparison: Comparison) -> str:
    """For a terminal."""
    lines = [f"Old: {wording.source(comparison.old)}", f"New: {wording.source(comparison.new)}", ""]
    for told in _summary(comparison):
        lines += textwrap.wrap(told, _WIDTH)
    for title, items in _groups(comparison):
        lines += ["", f"{title} ({len(items)})"]
        for head, quote in items:
            lines += textwrap.wrap(head, _WIDTH, initial_indent="  - ", subsequent_indent="    ")
            lines += textwrap.wrap(f"“{line(quote)}”", _WIDTH, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines) + "\n"


def render_markdown(comparison: Comparison) -> str:
    """For a review form or an issue; words of the papers are escaped."""
    old, new = comparison.old, comparison.new
    parts = [
        f"## {escape(wording.title(new))}",
        f"{escape(wording.source(old))} compared with {escape(wording.source(new))}",
        "\n".join(f"- {escape(told)}" for told in _summary(comparison)),
    ]
    for title, items in _groups(comparison):
        parts.append(f"### {title} ({len(items)})")
        parts += [f"- {escape(head)}\n  > “{escape(quote)}”" for head, quote in items]
    return "\n\n".join(parts) + "\n"


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding as the page shows it; ``pieces`` are (``same``, ``ins`` or ``del``, text) of its quote."""

    finding: Finding
    pieces: tuple[tuple[str, str], ...]
    changes: tuple[str, ...] = ()


def render_html(comparison: Comparison, tool: Tool) -> str:
    """One HTML file that needs nothing else and runs no script; in a reworded passage, words that went and came."""
    from seedaudit.reporting.html import environment, policy_hash

    templates = environment()
    style = policy_hash(templates.get_template("report.css").render())
    groups = (
        ("Came", "Only in the new version.", [_shown(one) for one in comparison.came]),
        ("Went", "Only in the old version.", [_shown(one) for one in comparison.went]),
        (
            "Stayed",
            "In both versions; what was reworded is marked.",
            [
                Shown(kept.new, tuple(_edits(kept.old.quote, kept.new.quote)), kept.changes)
                for kept in comparison.stayed
            ],
        ),
    )
    page = templates.get_template("comparison.html.j2").render(
        old=comparison.old,
        new=comparison.new,
        summary=list(_summary(comparison)),
        groups=[group for group in groups if group[2]],
        tool=tool,
        words=wording,
        policy=f"default-src 'none'; style-src {style}; base-uri 'none'; form-action 'none'",
    )
    return page + "\n"


def _shown(finding: Finding) -> Shown:
    return Shown(finding, (("same", finding.quote),))


def _edits(old: str, new: str) -> Iterator[tuple[str, str]]:
    """The words of both, in order: those that stayed, went and came."""
    before, after = (re.findall(r"\S+\s*", line(quote)) for quote in (old, new))
    matcher = SequenceMatcher(None, [word.rstrip() for word in before], [word.rstrip() for word in after], False)
    for kind, start, end, first, last in matcher.get_opcodes():
        if kind == "equal":
            yield "same", "".join(after[first:last])
            continue
        for tag, words in (("del", before[start:end]), ("ins", after[first:last])):
            if words:
                yield tag, "".join(words).rstrip()
                yield "same", " "


def to_json(comparison: Comparison, tool: Tool) -> str:
    """JSON: the two papers, then ``went``, ``stayed`` and ``came``; findings as an audit's JSON has them."""
    return to_text(
        {
            "schema": SCHEMA_VERSION,
            "kind": "seedaudit-comparison",
            "tool": {"name": "seedaudit", "version": tool.version, "rules": tool.rules, "model": tool.model},
            "old": _paper(comparison.old),
            "new": _paper(comparison.new),
            "went": [finding_record(one) for one in comparison.went],
            "stayed": [
                {
                    "similarity": round(kept.similarity, 4),
                    "changes": list(kept.changes),
                    "old": finding_record(kept.old),
                    "new": finding_record(kept.new),
                }
                for kept in comparison.stayed
            ],
            "came": [finding_record(one) for one in comparison.came],
        }
    )


def _paper(audit: Audit) -> dict[str, Any]:
    return {
        "source": audit.source,
        "id": audit.id,
        "title": audit.title,
        "sha256": audit.sha256,
        "verdict": audit.verdict.level,
        "search": audit.search.level,
    }


def _summary(comparison: Comparison) -> Iterator[str]:
    old, new = comparison.old, comparison.new
    if old.sha256 == new.sha256:
        yield "Both are the same file."
    before, after = (wording.LEVEL_NAMES[one.verdict.level] for one in (old, new))
    yield f"Verdict: {after}, as before." if before == after else f"Verdict: {after}; it was {before}."
    if old.search.level != new.search.level:
        yield f"Hyperparameter search: {new.search.level}; it was {old.search.level}."
    counted = [len(comparison.went), len(comparison.stayed), len(comparison.came)]
    yield "Findings: {} went, {} stayed, {} came.".format(*counted)


def _groups(comparison: Comparison) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """(title, [(head, quote)]) of each group that has any."""
    groups = (
        ("Came", [(_head(one), one.quote) for one in comparison.came]),
        ("Went", [(_head(one), one.quote) for one in comparison.went]),
        ("Stayed", [(_head(kept.new, kept.changes), kept.new.quote) for kept in comparison.stayed]),
    )
    yield from ((title, items) for title, items in groups if items)


def _head(finding: Finding, changes: Sequence[str] = ()) -> str:
    use = f"{wording.USE_WORDS[finding.use].name} ({wording.RISK_NAMES[finding.risk]})"
    return ", ".join(filter(None, [use, wording.place(finding.page, finding.section, finding.place), *changes]))
