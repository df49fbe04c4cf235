"""Checklists of venues: which words are the form's, which are the authors'.

In: an assembled text with its sections. Out: its blocks, with the form's questions and guidelines as blocks of kind
"question". The one decision made here: where in a checklist the form ends and an answer begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from seedaudit.documents.blocks import Assembly
from seedaudit.documents.document import Block

_QUESTION = re.compile(
    r"\b(?:Did you|Do you|Do the|Does the|Does your|Have you|Has the|If you|If your|For all|For each|"
    r"For the artifacts|For example, if you|Was the|Were the|Is the|Are all|Are the|Are there)\b[^?]{5,700}\?"
    r"|(?:^|(?<=\s))(?:\d{1,2}\.\d{1,2}\.?|[•*-]|\([a-z]\))\s+[A-Z][^?]{5,600}?\((?:yes|Yes)\b[^)]{0,60}\)"
    r"|Even for commonly-used [^?]{20,500}?may not be\."
    r"|^[A-Z][^?]{5,600}?\((?:yes|Yes)\s?/[^)]{0,60}\)"
)
_LABEL = re.compile(r"\W*(?:[A-D]\s?\W*)?(?:[A-D]?\d{0,2}(?:\.\d+)?[.)]?|\(?[a-z]\))?\W*$")
_MARKER = re.compile(r"\b(?:(Question|Guidelines)|Answer|Justification):")
_ITEM = re.compile(r"(?:\d{1,2}\.|\d{1,2}\s)\s*[A-Z]")
_KNOWN = (
    "Did you report error bars",
    "Does the paper report error bars",
    "Did you report descriptive statistics",
    "If an algorithm depends on randomness",
    "Did you perform multiple runs",
    "Did you repeat your experiments",
    "Did you run multiple",
)


def part_questions(done: Assembly) -> list[Block]:
    """The blocks of ``done``, those of a checklist parted into questions and answers."""
    text = done.text
    spans = [(section.start, section.end) for section in done.sections if section.kind == "checklist"]
    stray = [at for phrase in _KNOWN for at in _all(text, phrase)]
    if not spans and not stray:
        return done.blocks
    blocks: list[Block] = []
    guidelines = False
    for block in done.blocks:
        inside = any(start <= block.start < end for start, end in spans)
        if block.kind in ("heading", "reference") or not (inside or any(block.start <= at < block.end for at in stray)):
            blocks.append(block)
            continue
        parts, guidelines = _part(text, block, guidelines=guidelines and inside)
        blocks += parts
    return blocks


def _all(text: str, phrase: str) -> Iterator[int]:
    at = text.find(phrase)
    while at >= 0:
        yield at
        at = text.find(phrase, at + 1)


def _part(text: str, block: Block, *, guidelines: bool) -> tuple[list[Block], bool]:
    markers = list(_MARKER.finditer(text, block.start, block.end))
    if not markers:
        if guidelines and _ITEM.match(text, block.start) is None:
            return [Block(block.start, block.end, block.page, "question")], True
        return _cut(text, block, _questions(text, block.start, block.end)), False
    asked: list[tuple[int, int]] = []
    if guidelines:
        asked.append((block.start, markers[0].start()))
    ends = [marker.start() for marker in markers[1:]] + [block.end]
    for marker, end in zip(markers, ends, strict=True):
        if marker[1]:
            asked.append((marker.start(), end))
        else:
            asked += _questions(text, marker.end(), end)
    return _cut(text, block, asked), markers[-1][1] == "Guidelines"


def _questions(text: str, start: int, end: int) -> list[tuple[int, int]]:
    own = text[start:end]  # the pattern's ^ is the block's beginning
    return [(start + match.start(), start + match.end()) for match in _QUESTION.finditer(own)]


def _cut(text: str, block: Block, asked: list[tuple[int, int]]) -> list[Block]:
    parts: list[Block] = []
    at = block.start
    for start, end in asked:
        if end <= at:
            continue
        label = start - at < 10 and _LABEL.match(text, at, start) is not None
        if start > at and not label:
            parts += _trimmed(text, at, start, block)
        parts += _trimmed(text, at if label else max(start, at), end, block, asked=True)
        at = end
    return parts + _trimmed(text, at, block.end, block)


def _trimmed(text: str, start: int, end: int, block: Block, *, asked: bool = False) -> list[Block]:
    inner = text[start:end].strip()
    if not inner:
        return []
    at = text.index(inner, start)
    return [Block(at, at + len(inner), block.page, "question" if asked else "body")]
