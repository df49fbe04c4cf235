"""What sort of block a piece is: caption, table, footnote, list, or body.

In: pieces with headings and references already marked. Out: the same pieces, each with its kind, tables whole. The one
decision made here: which shape of lines means which kind.
"""

from __future__ import annotations

import re
from statistics import median

from seedaudit.documents.blocks import Piece

_CAPTION = re.compile(
    r"(?:Supplementa(?:ry|l)\s+|Extended Data\s+)?(?:Figure|Fig\.?|FIGURE|FIG\.?|Table|TABLE|Tab\.|"
    r"Algorithm|ALGORITHM|Listing)"
    r"\s*(?:[A-Z]\.?|S)?(?:\d+|[IVX]+\b)(?:[.-]\d+)*[a-z]?\s*(?:[:.|]|$|[-–—]\s|(?=[A-Z(]))"
)
_BULLET = re.compile(r"[•▪▫◦●○■□∙·‣⁃✓✗➢]\s*\S|[–—*-]\s+\S|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})\)\s+\S|\d{1,2}\.\s+\S")
_DIGITS = "0123456789"
_LOWER_WORD = re.compile(r"[a-z]{3,}")
_FOOTNOTE = re.compile(r"(?:\d{1,2}|[*†‡§¶∗⋆♠♣]+)\s?[A-Za-z“(]\S*")
_ENDS = re.compile(r"(?:[.?!:;,][)\]\"'”’]*(?:\s?\[[\d, –-]+\])?|[^\W\d][.?!][)\]\"'”’]*\d{1,2}|[a-z]-)$")


def line_width(pieces: list[Piece]) -> float:
    """The usual length of a full line of the paper's text."""
    lengths = [len(line) for piece in pieces if len(piece.lines) > 2 for line in piece.lines if len(line) > 25]
    return min(median(lengths), 100.0) if lengths else 60.0


def classify(pieces: list[Piece], width: float) -> None:
    """Give every piece that is still "body" its kind; a bibliography keeps its floats as what they are."""
    pitch = _pitch(pieces)
    lowest: dict[int | None, float] = {}
    for piece in pieces:
        if piece.box is not None:
            lowest[piece.page] = max(lowest.get(piece.page, 0.0), piece.box.y1)
    before: Piece | None = None
    for piece in pieces:
        if piece.kind == "reference":
            if _CAPTION.match(piece.lines[0]):
                piece.kind = "caption"
        elif piece.kind == "body":
            first = piece.lines[0]
            if first[0] in "FTALSE" and _CAPTION.match(first):
                piece.kind = "caption"
            elif first[0].isupper() and first[1:2].isalpha():
                if is_tabular(piece.lines, width):
                    piece.kind = "table"
            elif piece.box is not None and (
                _is_footnote(piece, pitch, lowest[piece.page])
                or (before is not None and _goes_on_below(before, piece, pitch))
            ):
                piece.kind = "footnote"
            elif _BULLET.match(first):
                piece.kind = "list"
            elif is_tabular(piece.lines, width) and not (before is not None and _last_line(before, piece)):
                piece.kind = "table"
        before = piece


def is_tabular(lines: list[str], width: float) -> bool:
    """Whether lines are cells or labels rather than sentences."""
    count = len(lines)
    length = sum(map(len, lines))
    if count == 1:
        return length < 0.5 * width and _ENDS.search(lines[0]) is None
    if length >= 0.6 * width * count:
        return count > 2 and sum(map("".join(lines).count, _DIGITS)) > 0.35 * length
    if count < 4 and len(lines[0]) > 0.7 * width:
        return False
    return length < 0.3 * width * count or (_ENDS.search(lines[-1]) is None and length < 0.5 * width * count)


def starts_caption(line: str) -> bool:
    """Whether a line has the shape of a caption's beginning."""
    return _CAPTION.match(line) is not None


def starts_item(line: str) -> bool:
    """Whether a line begins with a bullet or an item's number."""
    return _BULLET.match(line) is not None


def _pitch(pieces: list[Piece]) -> float:
    pitches = [
        (piece.box.y1 - piece.box.y0) / len(piece.lines) for piece in pieces if piece.box and len(piece.lines) > 3
    ]
    return median(pitches) if pitches else 12.0


def _is_footnote(piece: Piece, pitch: float, lowest: float) -> bool:
    box = piece.box
    if box is None or _FOOTNOTE.match(piece.lines[0]) is None or len(piece.lines) > 8:
        return False
    small = (box.y1 - box.y0) / len(piece.lines) < 0.96 * pitch or len(piece.lines) == 1
    return small and box.y1 > lowest - 90


def _goes_on_below(before: Piece, piece: Piece, pitch: float) -> bool:
    """Whether the piece is the second half of a footnote."""
    upper, lower = before.box, piece.box
    if before.kind != "footnote" or upper is None or lower is None or before.page != piece.page:
        return False
    small = (lower.y1 - lower.y0) / len(piece.lines) < 0.96 * pitch or len(piece.lines) == 1
    return small and upper.y0 < lower.y0 and lower.x0 < upper.x1 and _ENDS.search(before.lines[-1]) is None


def _last_line(before: Piece, piece: Piece) -> bool:
    """Whether a short line is the end of the paragraph above it."""
    upper, lower = before.box, piece.box
    if before.kind not in ("body", "list") or upper is None or lower is None or before.page != piece.page:
        return False
    close = -5 < lower.y0 - upper.y1 < 12 and lower.x0 > upper.x0 - 15 and lower.x1 < upper.x1 + 5
    return close and _LOWER_WORD.match(piece.lines[0]) is not None and _ENDS.search(before.lines[-1]) is None


def merge_tables(pieces: list[Piece]) -> list[Piece]:
    """Neighbouring tabular pieces of a page as one table."""
    done: list[Piece] = []
    for piece in pieces:
        before = done[-1] if done else None
        if before is not None and piece.kind == before.kind == "table" and piece.page == before.page:
            before.row_ends = before.row_ends.union([len(before.lines) - 1])
            before.take(piece)
        else:
            done.append(piece)
    return done
