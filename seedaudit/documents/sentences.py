"""Sentences inside a block, found only where they are asked for.

In: a document and a place in it. Out: spans of sentences that never cross a block. The one decision made here: which
full stop ends a sentence.
"""

from __future__ import annotations

import re

from seedaudit.documents.document import Document

_ABBREVIATIONS = frozenset(
    "al fig figs eq eqs eqn sec secs sect tab tabs ref refs ch app alg thm lem prop def ex no nos vol pp p vs resp cf "
    "ca approx e.g i.e eg ie w.r.t s.t i.i.d a.k.a viz incl excl dept univ dr mr mrs ms prof st jr sr inc ltd co corp "
    "std avg max min num est ed eds et et.al jan feb mar apr jun jul aug sep sept oct nov dec proc conf".split()
)
# "etc." and "i.i.d." may end a sentence: what follows decides, as for every stop.
_STOP = re.compile(r"""[.?!…]+(?:[)\]"'”’]|\s?\[\d[\d,\s–-]*\])*\d{0,2}(?=\s+(\S))|\n""")
_LAST_WORD = re.compile(r"[^\s(\[{\"“‘'~,;:/]*$")
_OPENERS = frozenset("([{\"“‘'•*†‡§$¿¡#⟨<−")


def sentences(document: Document, start: int, end: int) -> list[tuple[int, int]]:
    """The sentences that ``text[start:end]`` touches, as ``(start, end)`` offsets in order."""
    found: list[tuple[int, int]] = []
    at = start
    while True:
        block = document.block_at(at)
        spans = [span for span in _split(document.text, block.start, block.end) if span[1] > start and span[0] < end]
        found += [span for span in spans if not found or span[0] >= found[-1][1]]
        following = document.blocks.index(block) + 1 if block.end < end else len(document.blocks)
        if following >= len(document.blocks):
            return found
        at = document.blocks[following].start
        if at >= end:
            return found


def sentence_at(document: Document, offset: int) -> tuple[int, int]:
    """The sentence that holds ``offset`` (between two sentences: the one before)."""
    block = document.block_at(offset)
    spans = _split(document.text, block.start, block.end)
    chosen = spans[0] if spans else (block.start, block.end)
    for span in spans:
        if span[0] > offset:
            break
        chosen = span
    return chosen


def _split(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    begin = start
    for stop in _STOP.finditer(text, start, end):
        if stop.group() == "\n" or _ends(text, begin, stop):
            _add(spans, text, begin, stop.end())
            begin = stop.end()
    _add(spans, text, begin, end)
    return spans


def _add(spans: list[tuple[int, int]], text: str, begin: int, end: int) -> None:
    piece = text[begin:end]
    inner = piece.strip()
    if inner:
        at = begin + piece.index(inner)
        spans.append((at, at + len(inner)))


def _ends(text: str, begin: int, stop: re.Match[str]) -> bool:
    following = stop.group(1)
    if not (following.isupper() or following.isdigit() or following in _OPENERS or following.isalpha()):
        return False
    if following.islower():
        return False
    mark = stop.group()
    if mark[0] in "?!":
        return True
    match = _LAST_WORD.search(text, max(begin, stop.start() - 30), stop.start())
    word = match.group() if match else ""
    lowered = word.lower()
    if mark == ".":
        if lowered in _ABBREVIATIONS or (len(word) == 1 and word.isalpha() and word.isupper()):
            return False
        if re.fullmatch(r"(?:[A-Za-z]\.)+[A-Za-z]", word) and not following.isupper():
            return False
        if word.isdigit() and begin + len(word) >= stop.start():  # "1. First item"
            return False
    return True
