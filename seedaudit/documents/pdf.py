"""A paper as PDF.

In: bytes. Out: a Document with its layout. The one decision made here: one pass over the pages gives the text; where a
stretch of it stands is worked out only when somebody asks.
"""

from __future__ import annotations

import re
from typing import Any

from seedaudit.documents import furniture
from seedaudit.documents.blocks import Piece
from seedaudit.documents.cleanup import clean_lines
from seedaudit.documents.document import Box, Document
from seedaudit.documents.frontmatter import find_title, find_year
from seedaudit.documents.layout import KEPT_PAGES, Pages, PdfLayout, origin
from seedaudit.documents.mupdf import Block, pymupdf
from seedaudit.documents.order import reading_order
from seedaudit.documents.structure import compose
from seedaudit.errors import PasswordError, UnreadablePaperError

_BLANK = re.compile(rb"[\0\t\n\f\r ]*")
_EDGE = 0.09  # of the page's height: running heads stand here
_FETCH_AGAIN = "Open it in a PDF viewer; if that fails too, fetch it again."


def read_pdf(data: bytes, *, password: str | None = None, name: str = "") -> Document:
    """Read a PDF that has a text layer; raise UnreadablePaperError or PasswordError where that cannot be."""
    named = name or "the PDF"
    file = _open(data, password, named)
    try:
        return _read(file, named)
    except UnreadablePaperError:
        file.close()
        raise
    except Exception as error:
        file.close()
        raise UnreadablePaperError(
            f"{named} is damaged: {_first_line(error)}", kind="damaged", hint=_FETCH_AGAIN
        ) from error


def open_pages(data: bytes, *, password: str | None = None, name: str = "") -> PdfLayout:
    """The pages of a PDF without their text, to take pictures of places that are known; raises as read_pdf does."""
    return PdfLayout(Pages(_open(data, password, name or "the PDF")), "", [], [])


def _open(data: bytes, password: str | None, named: str) -> Any:
    if _BLANK.fullmatch(data):
        raise UnreadablePaperError(f"{named} is empty", kind="empty", hint="Fetch the file again.")
    if b"%PDF-" not in data and b" obj" not in data:
        html = re.search(rb"<(?:!doctype )?html", data[:4096], re.IGNORECASE) is not None
        raise UnreadablePaperError(
            f"{named} is not a PDF{' but a web page' if html else ''}",
            kind="not-a-pdf",
            hint="Hosts send such a page where a link is wrong or needs a login; fetch the PDF again."
            if html
            else "Give a PDF, or a text of the paper as .txt or .md.",
        )
    try:
        file = pymupdf.open(stream=data, filetype="pdf")
        locked = bool(file.needs_pass) and not file.authenticate(password or "")
        count = 0 if locked else file.page_count
    except Exception as error:
        raise UnreadablePaperError(
            f"{named} is damaged: {_first_line(error)}", kind="damaged", hint=_FETCH_AGAIN
        ) from error
    if locked:
        file.close()
        if password is None:
            raise PasswordError(f"{named} is encrypted and opens only with a password", hint="Give it with --password.")
        raise PasswordError(f"{named} is encrypted and this password does not open it", hint="Check the password.")
    if count == 0:
        file.close()
        raise UnreadablePaperError(f"{named} is damaged: it has no pages", kind="no-pages", hint=_FETCH_AGAIN)
    return file


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _read(file: Any, named: str) -> Document:
    source = Pages(file)
    pages: list[list[Piece]] = []
    heights: list[float] = []
    unreadable = 0
    for first in range(1, file.page_count + 1, KEPT_PAGES):
        some = source.extract(range(first, min(first + KEPT_PAGES, file.page_count + 1)))
        unreadable += some.count(None)
        heights += [one[1] if one else 0.0 for one in some]
        pages += [
            [piece for block in one[0] if (piece := _piece(block, number)) is not None] if one else []
            for number, one in enumerate(some, first)
        ]
    if unreadable == len(pages):
        raise UnreadablePaperError(f"{named} is damaged: no page can be read", kind="damaged", hint=_FETCH_AGAIN)
    if _is_scan(file, pages):
        raise UnreadablePaperError(
            f"{named} has no text layer: its {len(pages)} page(s) are blank or pictures",
            kind="no-text",
            hint="Run text recognition over the scan first, for instance with ocrmypdf.",
        )
    metadata = file.metadata or {}
    year = find_year(pages[0], metadata)
    pages = _without_furniture(pages, heights)
    title = find_title(pages[0], metadata, heights[0])
    kept = [piece for pieces in pages for piece in reading_order(pieces)]
    done = compose(kept, _Rows(source))
    layout = PdfLayout(source, done.text, done.starts, done.origins)
    return Document(done.text, tuple(done.blocks), tuple(done.sections), len(pages), title, year, layout)


def _piece(block: Block, page: int) -> Piece | None:
    x0, y0, x1, y1, text, number, _ = block
    lines = clean_lines(text)
    if not lines:
        return None
    first = origin(page, number, 0)
    if isinstance(lines[0], str):
        return Piece(lines, list(range(first, first + len(lines))), page, Box(x0, y0, x1, y1))
    return Piece([line for _, line in lines], [first + index for index, _ in lines], page, Box(x0, y0, x1, y1))


def _is_scan(file: Any, pages: list[list[Piece]]) -> bool:
    """Whether the pages are pictures: no text at all, or a stamp at most on top of them."""
    spare = 200 * len(pages)
    for pieces in pages:
        spare -= sum(len(line) for piece in pieces for line in piece.lines)
        if spare < 0:
            return False
    if not any(any(map(str.isalnum, line)) for pieces in pages for piece in pieces for line in piece.lines):
        return True
    return all(_is_picture(file[number]) for number in range(len(pages)))


def _is_picture(page: Any) -> bool:
    area = page.rect.get_area()
    return any(pymupdf.Rect(image["bbox"]).get_area() > 0.6 * area for image in page.get_image_info())


def _without_furniture(pages: list[list[Piece]], heights: list[float]) -> list[list[Piece]]:
    numbers = furniture.line_numbers([[line for piece in pieces for line in piece.lines] for pieces in pages])
    edges = [
        [
            (at, index, furniture.edge_key(piece.lines[index]))
            for at, piece in enumerate(pieces)
            if piece.box is not None and (piece.box[1] < _EDGE * height or piece.box[3] > (1 - _EDGE) * height)
            for index in _edge_lines(piece, height)
        ]
        for pieces, height in zip(pages, heights, strict=True)
    ]
    heads = furniture.repeated([[key for _, _, key in edge] for edge in edges])
    kept: list[list[Piece]] = []
    for pieces, edge, numbered in zip(pages, edges, numbers, strict=True):
        drop: dict[int, set[int]] = {}
        numbers_only: dict[int, set[int]] = {}
        for at, index, key in edge:
            if key in heads:
                drop.setdefault(at, set()).add(index)
            elif furniture.is_page_number(pieces[at].lines[index]):
                numbers_only.setdefault(at, set()).add(index)
        for at, found in numbers_only.items():  # a number that stands beside other words is a section's
            if len(found | drop.get(at, set())) == len(pieces[at].lines):
                drop.setdefault(at, set()).update(found)
        if numbered:
            for at, piece in enumerate(pieces):
                if own := {index for index, line in enumerate(piece.lines) if line in numbered}:
                    drop.setdefault(at, set()).update(own)
        kept.append([piece.without(drop[at]) if at in drop else piece for at, piece in enumerate(pieces)])
        kept[-1] = [piece for piece in kept[-1] if piece.lines and not _is_stamp(piece)]
    return kept if any(kept) else pages


def _edge_lines(piece: Piece, height: float) -> list[int]:
    """Which lines of a piece at the page's edge may be a running head or foot."""
    count = len(piece.lines)
    if count <= 3:
        return list(range(count))
    at_top = piece.box is not None and piece.box.y0 < _EDGE * height
    index = 0 if at_top else count - 1
    return [index] if len(piece.lines[index]) > 15 else []


def _is_stamp(piece: Piece) -> bool:
    """The stamp that arXiv sets along the margin of the first page."""
    return piece.page == 1 and len(piece.lines) == 1 and piece.lines[0].startswith("arXiv:") and "[" in piece.lines[0]


class _Rows:
    """Puts tables that speak of seeds into rows; the others are not worth a second look at their page."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._page = 0
        self._lines: dict[int, Box] = {}

    def __call__(self, piece: Piece) -> None:
        if piece.page is None or len(piece.lines) < 2 or "seed" not in "\n".join(piece.lines).lower():
            return
        if piece.page != self._page:
            self._page = piece.page
            self._lines = self._pages.lines(piece.page)
        places = [self._lines.get(place) for place in piece.origins]
        cells = [(place, index) for index, place in enumerate(places) if place is not None]
        if len(cells) == len(piece.lines):
            _set_rows(piece, cells)


def _set_rows(piece: Piece, cells: list[tuple[Box, int]]) -> None:
    cells.sort(key=lambda cell: cell[0].y0 + cell[0].y1)
    rows: list[list[tuple[Box, int]]] = []
    for place, index in cells:
        middle = (place.y0 + place.y1) / 2
        if rows and middle < rows[-1][0][0].y1 - 0.2 * (place.y1 - place.y0):
            rows[-1].append((place, index))
        else:
            rows.append([(place, index)])
    order = [index for row in rows for _, index in sorted(row, key=lambda cell: cell[0].x0)]
    ends, at = set(), -1
    for row in rows:
        at += len(row)
        ends.add(at)
    piece.lines = [piece.lines[index] for index in order]
    piece.origins = [piece.origins[index] for index in order]
    piece.row_ends = frozenset(ends)
