"""From pieces in reading order to a text with blocks and sections.

In: the pieces that a reader found. Out: the assembly. The one decision made here: the order of the steps, the same for
every kind of file.
"""

from __future__ import annotations

from collections.abc import Callable

from seedaudit.documents.blocks import Assembly, Piece, assemble, rejoin
from seedaudit.documents.checklist import part_questions
from seedaudit.documents.kinds import classify, line_width, merge_tables
from seedaudit.documents.sections import outline


def compose(pieces: list[Piece], rows: Callable[[Piece], None] | None = None) -> Assembly:
    """Find outline and kinds, mend what pages tore, and join all to one text.

    ``rows`` puts the lines of a table into rows, where the reader can tell them.
    """
    width = line_width(pieces)
    pieces = outline(pieces)
    classify(pieces, width)
    pieces = merge_tables(pieces)
    if rows is not None:
        for piece in pieces:
            if piece.kind == "table":
                rows(piece)
    done = assemble(rejoin(pieces, width))
    done.blocks = part_questions(done)
    return done
