"""Sentences inside a block, found only where they are asked for.

In: a document and a place in it. Out: spans of sentences that never cross a block. The one decision made here: which
full stop ends a sentence.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache

from seedaudit.documents.document import Document

_NEVER_LAST = frozenset(
    "al fig figs eq eqs eqn sec secs sect tab tabs ref refs vs resp cf ca approx e.g i.e eg ie w.r.t s.t a.k.a viz "
    "incl excl dr mr mrs ms prof st eds dept univ et".split()
)
_BEFORE_NUMBERS = frozenset("no nos vol vols pp p ch app alg thm lem def ex prop cor obs".split())
_NAMED_BY_LETTER = re.compile(r"(?:Appendix|Section|Table|Figure|Algorithm|Case|Task|Model|Setting|Part|Step)\s$")

# A row's end in a table, or stops with what closes after them: brackets, quotes, "[3]", a footnote's number.
_STOP = re.compile(
    r"""(?<![.?!…])[.?!…]+(?:[)\]"'”’]|\s?\[\d[\d,\s–-]{0,40}\])*(?P<note>\d{0,2})(?=\s+(?P<next>\S))|\n"""
)
_WORD = re.compile(r"[^\s(\[{\"“‘'~,;:/]*$")
_DOTTED = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]")
_OPENERS = frozenset("([{\"“‘'•*†‡§$¿¡#⟨<−–-□")


def sentences(document: Document, start: int, end: int) -> list[tuple[int, int]]:
    """The sentences that ``text[start:end]`` touches, as ``(start, end)`` offsets in order."""
    blocks = document.blocks
    first = max(bisect_right(blocks, start, key=lambda block: block.start) - 1, 0)
    found: list[tuple[int, int]] = []
    for block in blocks[first:]:
        if block.start >= end:
            break
        found += [span for span in _split(document.text, block.start, block.end) if span[1] > start and span[0] < end]
    return found


def sentence_at(document: Document, offset: int) -> tuple[int, int]:
    """The sentence that holds ``offset`` (between two sentences: the one before)."""
    block = document.block_at(offset)
    spans = _split(document.text, block.start, block.end)
    at = bisect_right(spans, offset, key=lambda span: span[0]) - 1
    return spans[max(at, 0)] if spans else (block.start, block.end)


@lru_cache(maxsize=32)  # the candidates of one block ask one after the other
def _split(text: str, start: int, end: int) -> tuple[tuple[int, int], ...]:
    spans: list[tuple[int, int]] = []
    begin = start
    for stop in _STOP.finditer(text, start, end):
        if stop.group() == "\n" or _ends(text, begin, stop):
            _add(spans, text, begin, stop.end())
            begin = stop.end()
    _add(spans, text, begin, end)
    return tuple(spans)


def _add(spans: list[tuple[int, int]], text: str, begin: int, end: int) -> None:
    inner = text[begin:end].strip()
    if inner:
        at = text.index(inner, begin)
        spans.append((at, at + len(inner)))


def _ends(text: str, begin: int, stop: re.Match[str]) -> bool:
    following = stop["next"]
    if not (following.isalnum() or following in _OPENERS) or following.islower():
        return False
    at = stop.start()
    if stop["note"] and (text[at - 1].isdecimal() or not text[at + 1].isdecimal()):
        return not text[at - 1].isdecimal()  # "0.5" is a number, 'seeds."3' a footnote's mark
    if text[at] != "." or text.startswith("..", at):
        return True
    match = _WORD.search(text, max(begin, at - 30), at)
    word = match.group() if match else ""
    lowered = word.lower()
    if lowered in _NEVER_LAST:
        return False
    if lowered in _BEFORE_NUMBERS:
        return not (
            following.isdecimal() or (following.isupper() and not text[stop.end() + 2 : stop.end() + 3].isalpha())
        )
    if len(word) == 1 and word.isupper():
        return _NAMED_BY_LETTER.search(text, max(begin, at - 20), at - 1) is not None
    if _DOTTED.fullmatch(word):
        return following.isupper()
    return not (word.isdecimal() and begin + len(word) + 1 >= at)  # "1. First item"
