"""Pieces of pages put together to one text.

In: pieces (the lines that a reader found standing together, in reading order). Out: the text, its blocks, and where
each line of the source went. The one decision made here: how lines and pieces become text: lines joined by a space (a
table's rows by a line break), broken words whole again, blocks parted by an empty line.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from seedaudit.documents.cleanup import Words
from seedaudit.documents.document import Block, BlockKind, Box


@dataclass(slots=True)
class Piece:
    """Lines that stand together on one page, with what is known of their place.

    ``lines`` are clean and not empty; ``origins`` says for each where it came from, in the reader's own terms.
    """

    lines: list[str]
    origins: list[int]
    page: int | None
    box: Box | None = None
    kind: BlockKind = "body"
    rows: bool = False


@dataclass(slots=True)
class Assembly:
    """The text with its blocks; ``starts[i]`` is the offset of the line that came from ``origins[i]``."""

    text: str = ""
    blocks: list[Block] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)


def assemble(pieces: list[Piece]) -> Assembly:
    """Join the lines of each piece and the pieces to one text."""
    words = Words("\n".join([line for piece in pieces for line in piece.lines]))
    done = Assembly()
    parts: list[str] = []
    at = 0
    for piece in pieces:
        if parts:
            parts.append("\n\n")
            at += 2
        start = at
        lines = piece.lines
        last = len(lines) - 1
        done.origins += piece.origins
        for index, line in enumerate(lines):
            done.starts.append(at)
            gap: str | None = ""
            text = line
            if index != last:
                gap = "\n" if piece.rows else " "
                if line[-1] == "-" and not piece.rows:
                    gap = words.joiner(line, lines[index + 1])
                    if gap is None:
                        text, gap = line[:-1], ""
            parts.append(text + gap)
            at += len(text) + len(gap)
        done.blocks.append(Block(start, at, piece.page, piece.kind))
    done.text = "".join(parts)
    return done
