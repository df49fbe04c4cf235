"""The order in which a page's pieces are read.

In: the pieces of one page as the file gives them. Out: the same in reading order. The one decision made here: the
file's own order stands (TeX writes pages as they are read) unless the boxes of its paragraphs contradict it.
"""

from __future__ import annotations

from seedaudit.documents.blocks import Piece
from seedaudit.documents.document import Box
from seedaudit.documents.kinds import starts_caption


def reading_order(pieces: list[Piece]) -> list[Piece]:
    """Sort by columns and height where the order of the file cannot be right."""
    prose = [box for piece in pieces if (box := piece.box) is not None and _is_prose(piece)]
    if len(prose) < 2:
        return pieces
    left = min(box.x0 for box in prose)
    right = max(box.x1 for box in prose)
    middle = (left + right) / 2
    slack = 0.04 * (right - left)
    columns = [_column(box, middle, slack) for box in prose]
    if not _contradicts(prose, columns):
        return pieces
    bars = sorted(box.y0 for box, column in zip(prose, columns, strict=True) if column == 0)
    if 1 not in columns or 2 not in columns:
        return sorted(pieces, key=lambda piece: piece.box.y0 if piece.box else 0.0)

    def place(piece: Piece) -> tuple[int, int, float]:
        box = piece.box or Box(0, 0, 0, 0)
        wide = _column(box, middle, slack) == 0
        band = sum(1 for bar in bars if bar <= box.y0 + 1)
        column = 0 if wide else 1 if (box.x0 + box.x1) / 2 < middle else 2
        return band, column, box.y0

    return sorted(pieces, key=place)


def _is_prose(piece: Piece) -> bool:
    lines = piece.lines
    return len(lines) > 2 and sum(map(len, lines)) > 30 * len(lines) and not starts_caption(lines[0])


def _column(box: Box, middle: float, slack: float) -> int:
    """0 for full width, 1 left, 2 right."""
    if box.x1 < middle + slack:
        return 1
    return 2 if box.x0 > middle - slack else 0


def _contradicts(boxes: list[Box], columns: list[int]) -> bool:
    lowest = {0: 0.0, 1: 0.0, 2: 0.0}
    right_from = None
    for box, column in zip(boxes, columns, strict=True):
        if box.y0 < lowest[column] - 20:
            return True
        lowest[column] = max(lowest[column], box.y0)
        if column == 2:
            right_from = box.y0 if right_from is None else right_from
        elif column == 0:
            right_from = None
        elif right_from is not None:
            return True
    return False
