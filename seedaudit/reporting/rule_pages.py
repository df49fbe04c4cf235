"""Rules -> pages for the terminal: a list of all, and one page that explains a rule or a use."""

from __future__ import annotations

import textwrap
from difflib import get_close_matches
from typing import TYPE_CHECKING

from seedaudit.errors import UsageError
from seedaudit.findings import USES, Use
from seedaudit.reporting.literature import link

if TYPE_CHECKING:
    from seedaudit.detection.rules import Rule, RuleSet

_WIDTH = 88


def list_rules(packs: RuleSet) -> str:
    """Every rule with its name, by use."""
    lines: list[str] = []
    longest = max(len(rule.id) for rule in packs.rules)
    for use in USES:
        rules = [rule for rule in packs.rules if rule.use == use]
        if rules:
            lines.append(f"{use}  ({len(rules)} rule{'s' if len(rules) != 1 else ''})")
            lines += [f"  {rule.id:{longest}}  {rule.name}" for rule in rules]
            lines.append("")
    lines.append("`seedaudit rules ID` explains a rule or a use.")
    return "\n".join(lines) + "\n"


def explain_rule(packs: RuleSet, rule_id: str) -> str:
    """The page of one rule, or of one use. Raises UsageError, with the nearest names, for an unknown one."""
    if rule_id in packs:
        return _page(packs[rule_id])
    for use in USES:
        if rule_id == use:
            return _use_page(packs, use)
    near = get_close_matches(rule_id, [rule.id for rule in packs.rules] + list(USES), n=3)
    hint = f"Did you mean {' or '.join(near)}? " if near else ""
    raise UsageError(f"no rule or use is called {rule_id!r}", hint=f"{hint}`seedaudit rules` lists them all.")


def _page(rule: Rule) -> str:
    lines = [f"{rule.id}: {rule.name}", ""]
    lines += _told("Use", rule.use)
    lines += _told("What it finds", rule.message)
    if rule.regex:
        lines += ["Patterns (RE2)", *(f"    {pattern}" for pattern in rule.regex), ""]
    if rule.tokens:
        lines += ["Patterns (spaCy tokens)", *(f"    {list(pattern)}" for pattern in rule.tokens), ""]
    if rule.unless:
        lines += ["Unless", *(f"    {pattern}" for pattern in rule.unless), ""]
    lines += _told("Looks at", "the sentence and the one before" if rule.scope == "context" else "the sentence")
    lines += _told("Confidence", f"{rule.confidence:.2f}")
    lines += _explained(rule.why, rule.remedy, rule.references)
    lines += ["Matches", *_quoted(rule.match), "", "Does not match", *_quoted(rule.no_match)]
    return "\n".join(lines) + "\n"


def _use_page(packs: RuleSet, use: Use) -> str:
    told = packs.explanations.get(use)
    lines = [f"{use}: {told.title}" if told else use, ""]
    if told:
        lines += _explained(told.why, told.remedy, told.references)
    lines += ["Rules", *(f"    {rule.id}: {rule.name}" for rule in packs.rules if rule.use == use)]
    return "\n".join(lines) + "\n"


def _explained(why: str, remedy: str, references: tuple[str, ...]) -> list[str]:
    lines = _told("Why it matters", why)
    if remedy:
        lines += _told("Remedy", remedy)
    if references:
        lines += ["References", *(f"    {one}  {link(one) or ''}".rstrip() for one in references), ""]
    return lines


def _told(head: str, text: str) -> list[str]:
    return [head, *textwrap.wrap(text, _WIDTH, initial_indent="    ", subsequent_indent="    "), ""]


def _quoted(examples: tuple[str, ...]) -> list[str]:
    return [
        line
        for example in examples
        for line in textwrap.wrap(example, _WIDTH, initial_indent="  - ", subsequent_indent="    ")
    ]
