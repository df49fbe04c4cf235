"""Where the text of a PDF stands on its pages.

In: the open file and where each line of the text came from. Out: rectangles and pictures. The one decision made here:
a page's words are loaded only when somebody asks for a place on it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from contextlib import suppress
from itertools import groupby
from operator import itemgetter
from typing import Any

from seedaudit.documents.cleanup import clean
from seedaudit.documents.document import Box, Location
from seedaudit.documents.mupdf import Block, blocks_of, pymupdf

FLAGS: int = pymupdf.TEXTFLAGS_TEXT & ~pymupdf.TEXT_PRESERVE_LIGATURES
KEPT_PAGES = 60
"""So many pages are kept with their extracted text until the document is closed, so that places cost little."""
_KEPT_WORDS = 4  # pages
_DPI = 110
_LEAST_HEIGHT = 120  # of a picture, in points
_NEAR, _ACROSS = 12.0, 30.0  # points: about a line up and down; more than a page number reaches over the middle
_MARGIN = 14.0  # points, beside the words in a picture
_YELLOWED = bytes(round(value * 0.4) for value in range(256))  # light multiplied by yellow keeps 40% of its blue

Word = tuple[float, float, float, float, str, int, int, int]
"""A word as PyMuPDF gives it: rectangle, letters, numbers of its block, its line, and itself."""
_LINE_OF = itemgetter(5, 6)
_LINES = 20  # bits for a line's number in its block, and for a block's on its page


def origin(page: int, block: int, line: int) -> int:
    """Where a line comes from, in one number: page (from 1), MuPDF's number of the block, number of the line in it."""
    return (page << 2 * _LINES) + (block << _LINES) + line


def _parts(origin: int) -> tuple[int, int, int]:
    mask = (1 << _LINES) - 1
    return origin >> 2 * _LINES, origin >> _LINES & mask, origin & mask


class Pages:
    """The pages of an open file with their extracted text; the first ``KEPT_PAGES`` of them are read only once."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._kept: dict[int, tuple[Any, Any]] = {}

    def extract(self, numbers: range) -> list[tuple[list[Block], float] | None]:
        """Blocks and height of some pages (from 1), as they are before a page is turned; None for a broken page.

        First all pages, then all blocks: what runs right after MuPDF has read a page finds the processor's caches cold,
        and takes several times as long.
        """
        read: dict[int, tuple[Any, Any]] = {}
        for number in numbers:
            with suppress(Exception):  # one broken page leaves the others readable
                read[number] = self._read(number)
        self._kept.update((number, both) for number, both in read.items() if number <= KEPT_PAGES)
        blocks: dict[int, list[Block]] = {}
        for number, (_, text) in read.items():
            with suppress(Exception):
                blocks[number] = blocks_of(text)
        return [(blocks[number], read[number][1].rect.height) if number in blocks else None for number in numbers]

    def page(self, number: int) -> Any:
        """Page ``number`` (from 1). Raises what MuPDF raises for a broken page."""
        kept = self._kept.get(number)
        return kept[0] if kept else self._file.load_page(number - 1)

    def text(self, number: int) -> Any:
        """The text page of page ``number`` (from 1). Raises what MuPDF raises for a broken page."""
        kept = self._kept.get(number)
        return kept[1] if kept else self._read(number)[1]

    def lines(self, number: int) -> dict[int, Box]:
        """The rectangles of the lines of page ``number``, by their origins. Raises as ``text`` does."""
        # From its words: asked for lines, MuPDF gives every character's font and takes five times as long.
        words = groupby(self.text(number).extractWORDS(), _LINE_OF)
        return {origin(number, *place): _union([Box(*word[:4]) for word in line]) for place, line in words}

    def _read(self, number: int) -> tuple[Any, Any]:
        page = self._file.load_page(number - 1)
        return page, page.get_textpage(flags=FLAGS)

    def close(self) -> None:
        """Let go of the pages and the file."""
        self._kept.clear()
        self._file.close()


class PdfLayout:
    """The pages behind a document's text."""

    def __init__(self, pages: Pages, text: str, starts: list[int], origins: list[int]) -> None:
        self._pages: Pages | None = pages
        self._text = text
        self._starts = starts
        self._origins = origins
        self._words: dict[int, list[Word]] = {}

    def locate(self, start: int, end: int, *, boxes: bool = True) -> Location:
        """Page and one rectangle per line of ``text[start:end]``, on the page where it starts."""
        first = max(bisect_right(self._starts, start) - 1, 0)
        page = _parts(self._origins[first])[0]
        return Location(page, self._boxes(page, first, start, end) if boxes else None)

    def _boxes(self, page: int, first: int, start: int, end: int) -> tuple[Box, ...] | None:
        """The rectangles of ``text[start:end]``, which begins in line ``first`` on ``page``."""
        boxes: list[Box] = []
        for index in range(first, len(self._starts)):
            at = self._starts[index]
            if at >= end and index > first:
                break
            if _parts(self._origins[index])[0] != page:
                break
            stop = self._starts[index + 1] if index + 1 < len(self._starts) else len(self._text)
            box = self._line_box(index, max(start, at) - at, min(end, stop) - at)
            if box is None:
                continue
            if boxes and _same_line(boxes[-1], box):
                box = _union([boxes.pop(), box])
            boxes.append(box)
        return self._turned(page, boxes) or None

    def picture(self, page: int, boxes: tuple[Box, ...]) -> bytes | None:
        """A PNG of the surroundings of ``boxes``, which are marked."""
        if self._pages is None or not boxes:
            return None
        try:
            lines = [_union([Box(*word[:4]) for word in line]) for _, line in groupby(self._words_of(page), _LINE_OF)]
            return _render(self._pages.page(page), boxes, self._turned(page, lines))
        except Exception:  # whatever MuPDF raises, a report does without the picture
            return None

    def close(self) -> None:
        """Close the file; places can no longer be asked for."""
        if self._pages is not None:
            self._pages.close()
            self._pages = None
            self._words.clear()

    def _turned(self, page: int, boxes: list[Box]) -> tuple[Box, ...]:
        """The boxes on the page as it is shown: MuPDF places text on the page before it is turned."""
        if self._pages is None or not boxes or not (shown := self._pages.page(page)).rotation:
            return tuple(boxes)
        return tuple(Box(*(pymupdf.Rect(*box) * shown.rotation_matrix)) for box in boxes)

    def _line_box(self, index: int, start: int, end: int) -> Box | None:
        page, block, line = _parts(self._origins[index])
        words = self._words_of(page)
        begin = bisect_left(words, (block, line), key=_LINE_OF)
        at = self._starts[index]
        first = _inked(self._text[at : at + start])
        last = first + _inked(self._text[at + start : at + end])
        inside, passed = [], 0
        for x0, y0, x1, y1, letters, *place, _ in words[begin:]:
            if place != [block, line] or passed >= last:
                break
            count = _inked(clean(letters))
            if passed + count > first:
                inside.append(Box(x0, y0, x1, y1))
            passed += count
        return _union(inside) if inside and last > first else None

    def _words_of(self, page: int) -> list[Word]:
        """The words of a page in the order of their lines."""
        if page not in self._words and self._pages is not None:
            if len(self._words) >= _KEPT_WORDS:
                self._words.clear()
            self._words[page] = self._pages.text(page).extractWORDS()
        return self._words.get(page, [])


def _inked(text: str) -> int:
    """How many characters of ``text`` are no spaces."""
    return len("".join(text.split()))


def _same_line(before: Box, after: Box) -> bool:
    """Whether two boxes are parts of one line: MuPDF cuts lines at wide gaps."""
    return abs(before.y0 - after.y0) < 3 and -1 < after.x0 - before.x1 < 25


def _longest_stretch(boxes: tuple[Box, ...]) -> list[Box]:
    """The boxes of the column that holds most of the text, where it jumps to another one."""
    stretches = [[boxes[0]]]
    for box in boxes[1:]:
        last = stretches[-1][-1]
        if last.y0 - 5 < box.y0 < last.y1 + 40:
            stretches[-1].append(box)
        else:
            stretches.append([box])
    return max(stretches, key=lambda stretch: sum(box.x1 - box.x0 for box in stretch))


def _union(boxes: list[Box]) -> Box:
    return Box(
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )


def _render(page: Any, boxes: tuple[Box, ...], lines: tuple[Box, ...]) -> bytes:
    area = page.rect
    marked = _union(_longest_stretch(boxes))
    spare = max(36.0, (_LEAST_HEIGHT - (marked.y1 - marked.y0)) / 2)
    middle = (area.x0 + area.x1) / 2
    # Half a page is shown only where it is a column: no line at the marked ones runs from one half into the other.
    near = (one for one in lines if one.y1 > marked.y0 - _NEAR and one.y0 < marked.y1 + _NEAR)
    columns = not any(one.x0 < middle - _ACROSS and one.x1 > middle + _ACROSS for one in near)
    left = middle + 2 if columns and marked.x0 > middle + 2 else area.x0
    right = middle - 2 if columns and marked.x1 < middle - 2 else area.x1
    top, bottom = marked.y0 - spare, marked.y1 + spare
    # The empty margins of the page would only make the words smaller.
    shown = [one for one in lines if one.y1 > top and one.y0 < bottom and left <= one.x0 and one.x1 <= right]
    inked = _union([*shown, marked])
    left, right = max(left, inked.x0 - _MARGIN), min(right, inked.x1 + _MARGIN)
    clip = pymupdf.Rect(left, top, right, bottom) & area
    pixmap = page.get_pixmap(clip=clip, dpi=_DPI, colorspace=pymupdf.csRGB, alpha=False)
    samples = bytearray(pixmap.samples)
    scale = _DPI / 72
    for box in boxes:
        x0, x1 = (min(max(round(x * scale) - pixmap.x, 0), pixmap.width) for x in (box.x0 - 1, box.x1 + 1))
        y0, y1 = (min(max(round(y * scale) - pixmap.y, 0), pixmap.height) for y in (box.y0, box.y1))
        for row in range(y0, y1):
            at = row * pixmap.stride
            blue = slice(at + 3 * x0 + 2, at + 3 * x1, 3)
            samples[blue] = samples[blue].translate(_YELLOWED)
    picture = pymupdf.Pixmap(pymupdf.csRGB, pixmap.width, pixmap.height, bytes(samples), False)
    return bytes(picture.tobytes("png"))
