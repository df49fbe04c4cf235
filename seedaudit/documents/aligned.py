"""LaTeX source and the PDF that was made from it, side by side.

In: the two documents of one paper. Out: the source's text with the PDF's pages. The one decision made here: where a
stretch of the source stands in the PDF. Letters and digits must agree; citations, references and formulas, which
come out otherwise, may fail to. A stretch of which too little is found has no page.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import replace

from seedaudit.documents.document import Box, Document, Location

_GRAM = 12  # letters that are looked for together
_STEP = 3
_AROUND = 300  # characters of the same block, before and after, that help to find a stretch
_ENOUGH = 0.3  # of the looked-for letters
_SLACK = 150  # letters that a formula or a list of citations may be longer in print


def align(source: Document, pdf: Document) -> Document:
    """The text of ``source`` with pages and pictures of ``pdf``."""
    return replace(source, pages=pdf.pages, layout=AlignedLayout(source, pdf))


class AlignedLayout:
    """The pages of a PDF behind the text of its source."""

    def __init__(self, source: Document, pdf: Document) -> None:
        self._source = source
        self._pdf = pdf
        self._print: tuple[str, list[int]] | None = None

    def locate(self, start: int, end: int, *, boxes: bool = True) -> Location:
        """File and line of ``text[start:end]``, and page and rectangles where it is found in print."""
        place = self._source.locate(start, end)
        found = self._find(start, end)
        if found is None:
            return place
        shown = self._pdf.locate(*found, boxes=boxes)
        return Location(shown.page, shown.boxes, place.file, place.line)

    def picture(self, page: int, boxes: tuple[Box, ...]) -> bytes | None:
        """What the PDF shows there."""
        return self._pdf.layout.picture(page, boxes) if self._pdf.layout is not None else None

    def close(self) -> None:
        """Let go of the PDF."""
        self._pdf.close()

    def _find(self, start: int, end: int) -> tuple[int, int] | None:
        """The stretch of the PDF's text that says the same."""
        if self._print is None:
            self._print = _squashed(self._pdf.text, 0, len(self._pdf.text))
        printed, places = self._print
        text = self._source.text
        block = self._source.block_at(start)
        low, high = max(block.start, start - _AROUND), min(max(block.end, end), end + _AROUND)
        wanted, offsets = _squashed(text, low, high)
        first, last = bisect_left(offsets, start), bisect_left(offsets, end)
        if len(wanted) < _GRAM or first == last:
            return None
        expected = round(start / max(len(text), 1) * len(printed))
        anchors = _anchors(printed, wanted, expected - first)
        if not anchors:
            return None
        begin, until = _carried(anchors, first), _carried(anchors, last - 1) + 1
        if not 0 <= begin < until <= len(printed):
            return None
        return places[begin], places[until - 1] + 1


def _squashed(text: str, start: int, end: int) -> tuple[str, list[int]]:
    """Letters and digits of ``text[start:end]``, in lower case, and where each stands in ``text``."""
    places = [at for at in range(start, end) if text[at].isalnum()]
    return "".join(text[at].lower()[:1] for at in places), places


def _anchors(printed: str, wanted: str, expected: int) -> list[tuple[int, int]]:
    """Offsets in ``wanted`` and where these letters stand in ``printed``, in order; empty where too few are found.

    Of several places where the most is found, it is the one nearest to ``expected``.
    """
    offsets = range(0, len(wanted) - _GRAM + 1, _STEP)
    hits: list[tuple[int, int]] = []
    for offset in offsets:
        piece = wanted[offset : offset + _GRAM]
        at, count = printed.find(piece), 0
        while at >= 0 and count < 50:
            hits.append((offset, at))
            at, count = printed.find(piece, at + 1), count + 1
    votes = Counter((at - offset) // _SLACK for offset, at in hits)
    if not votes:
        return []
    best = max(votes, key=lambda bucket: (votes[bucket] + votes[bucket + 1], -abs(bucket * _SLACK - expected)))
    kept: list[tuple[int, int]] = []
    for offset, at in hits:
        if (at - offset) // _SLACK in {best, best + 1} and (not kept or (offset > kept[-1][0] and at > kept[-1][1])):
            kept.append((offset, at))
    return kept if len(kept) >= _ENOUGH * len(offsets) else []


def _carried(anchors: list[tuple[int, int]], offset: int) -> int:
    """Where ``offset`` stands in print, by the anchor nearest to it."""
    near, at = min(anchors, key=lambda anchor: abs(anchor[0] + _GRAM // 2 - offset))
    return at + offset - near
