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
_STEP = 4
_SHORTEST = 8  # letters of a stretch that are worth looking for
_ENOUGH = 0.5  # of the looked-for letters
_SLACK = 150  # letters that a formula or a list of citations may be longer in print
_SHORT = 60  # letters: a shorter stretch is looked for together with its surroundings


def align(source: Document, pdf: Document) -> Document:
    """The text of ``source`` with pages and pictures of ``pdf``."""
    return replace(source, pages=pdf.pages, layout=AlignedLayout(source, pdf))


class AlignedLayout:
    """The pages of a PDF behind the text of its source."""

    def __init__(self, source: Document, pdf: Document) -> None:
        self._source = source
        self._pdf = pdf
        self._print: tuple[str, list[int]] | None = None

    def locate(self, start: int, end: int) -> Location:
        """File and line of ``text[start:end]``, and page and rectangles where it is found in print."""
        place = self._source.locate(start, end)
        found = self._find(start, end)
        if found is None:
            return place
        shown = self._pdf.locate(*found)
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
        wanted, _ = _squashed(text, start, end)
        if len(wanted) < _SHORTEST:
            return None
        expected = round(start / max(len(text), 1) * len(printed))
        block = self._source.block_at(start)
        around, offsets = _squashed(text, block.start, max(block.end, end))
        first = bisect_left(offsets, start)
        found = _nearest(printed, around, expected) if len(wanted) < _SHORT else None
        if found is not None:
            found += first
        elif (found := _nearest(printed, wanted, expected)) is None:
            span = _voted(printed, wanted, expected)
            return (places[span[0]], places[span[1] - 1] + 1) if span else None
        last = min(found + len(wanted), len(places))
        return places[found], places[last - 1] + 1


def _squashed(text: str, start: int, end: int) -> tuple[str, list[int]]:
    """Letters and digits of ``text[start:end]``, in lower case, and where each stands in ``text``."""
    places = [at for at in range(start, end) if text[at].isalnum()]
    return "".join(text[at].lower()[:1] for at in places), places


def _nearest(printed: str, wanted: str, expected: int) -> int | None:
    """Where ``wanted`` stands, word for word; of several places the one nearest to ``expected``."""
    places: list[int] = []
    at = printed.find(wanted)
    while at >= 0 and len(places) < 100:
        places.append(at)
        at = printed.find(wanted, at + 1)
    return min(places, key=lambda place: abs(place - expected)) if places else None


def _voted(printed: str, wanted: str, expected: int) -> tuple[int, int] | None:
    """Where most of ``wanted`` stands: pieces of it are looked for, and those that lie together count."""
    grams = range(0, max(len(wanted) - _GRAM, 0) + 1, _STEP)
    hits: list[tuple[int, int]] = []
    for offset in grams:
        piece = wanted[offset : offset + _GRAM]
        at = printed.find(piece)
        count = 0
        while at >= 0 and count < 50:
            hits.append((at - offset, at))
            at, count = printed.find(piece, at + 1), count + 1
    if not hits:
        return None
    votes = Counter(shift // _SLACK for shift, _ in hits)
    best = max(votes, key=lambda bucket: (votes[bucket] + votes[bucket + 1], -abs(bucket * _SLACK - expected)))
    inside = sorted({at for shift, at in hits if shift // _SLACK in {best, best + 1}})
    if len(inside) < _ENOUGH * len(grams):
        return None
    return inside[0], min(inside[-1] + _GRAM, len(printed))
