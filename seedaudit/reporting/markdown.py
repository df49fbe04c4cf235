"""Audits -> Markdown for a review form or an issue.

In: results. Out: CommonMark without HTML. The one decision owned here: words from a paper are text. What Markdown, or
the site it is pasted into, would read as markup, mention or link is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from seedaudit.findings import Audit, Failure, Finding
from seedaudit.plain import line
from seedaudit.reporting import wording
from seedaudit.reporting.literature import link, work
from seedaudit.reporting.record import Result
from seedaudit.reporting.review import suggest_review

_MARKUP = re.compile(r"([\\`*_\[\]<>|~&$])")
_LINE_START = re.compile(r"^([-+=#])|^(\d{1,9})([.)])")
# Sites make links and pictures of "@name", "#12", "www.", "http://" and ":name:" in rendered text, escaped or not. A
# word joiner, which is not seen, keeps the parts apart.
_JOINER = "\u2060"
_SITE_MARKUP = re.compile(r"(?<=@)(?=\w)|(?<=#)(?=\w)|(?<=\bwww)(?=\.)|(?<=:)(?=//|[\w+-]+:)", re.IGNORECASE)


def escape(text: str) -> str:
    """``text`` on one line, such that Markdown shows its characters and nothing else."""
    escaped = _MARKUP.sub(r"\\\1", _SITE_MARKUP.sub(_JOINER, line(text)))
    return _LINE_START.sub(lambda at: f"\\{at[1]}" if at[1] else f"{at[2]}\\{at[3]}", escaped)


def render_markdown(results: Sequence[Result], *, all_mentions: bool) -> str:
    """One second-level section per result, in the order given; several start with a line that counts the verdicts."""
    parts: list[str] = []
    if len(results) > 1:
        levels = [None if isinstance(one, Failure) else one.verdict.level for one in results]
        parts.append(wording.tally(levels) + ".")
    for result in results:
        parts += _failure(result) if isinstance(result, Failure) else _audit(result, all_mentions=all_mentions)
    return "\n\n".join(parts) + "\n"


def _failure(failure: Failure) -> list[str]:
    said = f"**Not audited** ({escape(failure.kind)}): {escape(failure.message)}"
    if failure.hint:
        said += f"\n\nHint: {escape(failure.hint)}"
    return [f"## {escape(wording.source(failure))}", said]


def _audit(audit: Audit, *, all_mentions: bool) -> list[str]:
    level = audit.verdict.level
    parts = [f"## {escape(wording.title(audit))}"]
    if facts := _facts(audit):
        parts.append(facts)
    parts.append(f"**Verdict: {wording.LEVEL_NAMES[level]}.** {wording.sentence(audit)}")
    if audit.verdict.reasons:
        parts.append("\n".join(f"- {escape(reason)}" for reason in audit.verdict.reasons))
    for group in wording.groups(audit.findings if all_mentions else wording.told(audit)):
        words = wording.USE_WORDS[group.use]
        parts.append(f"### {words.name} (`{group.use}`, {wording.RISK_NAMES[group.risk]})")
        for said in wording.advice(group.findings):
            parts += _advice(said)
    parts.append("### Hyperparameter search")
    parts.append(wording.SEARCH_SENTENCES[audit.search.level])
    parts += [_quote(item.quote, wording.place(item.page)) for item in audit.search.evidence]
    parts.append("### Suggested wording for the review")
    parts += map(escape, suggest_review(audit))
    return parts


def _facts(audit: Audit) -> str:
    facts = []
    if audit.id:
        address = link(audit.id)
        facts.append(f"[{escape(audit.id)}](<{address}>)" if address else escape(audit.id))
    if audit.year is not None:
        facts.append(str(audit.year))
    if audit.pages is not None:
        facts.append(wording.count(audit.pages, "page"))
    return ", ".join(facts)


def _advice(said: wording.Advice) -> list[str]:
    parts = [escape(said.why)] if said.why else []
    parts += [_quote(one.quote, _where(one)) for one in said.findings]
    if said.remedy:
        parts.append(f"What could be done: {escape(said.remedy)}")
    if said.references:
        parts.append("References: " + ", ".join(map(_reference, said.references)))
    return parts


def _where(finding: Finding) -> str:
    told = [wording.place(finding.page, finding.section, finding.place), wording.seeds(finding)]
    told.append(f"confidence {finding.confidence:.2f}")
    return "; ".join(filter(None, told))


def _quote(quote: str, where: str) -> str:
    told = f"> “{escape(quote)}”"
    return f"{told}\n>\n> {escape(where)}" if where else told


def _reference(reference: str) -> str:
    known = work(reference)
    return f"[{escape(known.name)}](<{known.url}>)" if known.url else escape(known.name)
