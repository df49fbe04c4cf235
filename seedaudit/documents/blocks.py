"""Pieces of pages put together to one text.

In: pieces (the lines that a reader found standing together, in reading order). Out: the text, its blocks and sections,
and where each line of the source went. The one decision made here: how lines and pieces become text: lines joined by a
space (a table's rows by a line break), broken words whole again, torn paragraphs whole again, blocks parted by an empty
line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

from seedaudit.documents.cleanup import Words
from seedaudit.documents.document import Block, BlockKind, Box, Section, SectionKind

_FINISHED = re.compile(r"(?:[.?!:;][)\]\"'”’]*(?:\s?\[[\d, –-]+\])?|[^\W\d][.?!][)\]\"'”’]*\d{1,2})$")
_ABBREVIATED = re.compile(r"(?:\bal|\bFigs?|\bEqs?|\bSecs?|\bTabs?|\bvs|\be\.g|\bi\.e|\bcf|\bApp)\.$")
_FUNCTION_WORDS = frozenset(
    "a an the of and or in on at to for from by with without that which as is are was were be than our we their its "
    "this these those between over under into using via per both each all not where when if while but et".split()
)


class Opening(NamedTuple):
    """The section that begins with a piece."""

    title: str
    kind: SectionKind


@dataclass(slots=True)
class Piece:
    """Lines that stand together on one page, with what is known of their place.

    ``lines`` are clean and not empty; ``origins`` says for each where it came from, in the reader's own terms;
    ``row_ends`` are the lines after which a table's row ends.
    """

    lines: list[str]
    origins: list[int]
    page: int | None
    box: Box | None = None
    kind: BlockKind = "body"
    opens: Opening | None = None
    row_ends: frozenset[int] = frozenset()

    def cut(self, count: int) -> tuple[Piece, Piece | None]:
        """The first ``count`` lines, and the rest if there is one."""
        if count >= len(self.lines):
            return self, None
        head = Piece(self.lines[:count], self.origins[:count], self.page, self.box, self.kind)
        return head, Piece(self.lines[count:], self.origins[count:], self.page, self.box, self.kind)

    def without(self, dropped: set[int]) -> Piece:
        """The piece without some of its lines."""
        kept = [index for index in range(len(self.lines)) if index not in dropped]
        lines = [self.lines[index] for index in kept]
        return Piece(lines, [self.origins[index] for index in kept], self.page, self.box, self.kind)

    def take(self, other: Piece) -> None:
        """Append the lines of ``other``."""
        count = len(self.lines)
        self.row_ends = self.row_ends.union(count + index for index in other.row_ends)
        self.lines = self.lines + other.lines
        self.origins = self.origins + other.origins


@dataclass(slots=True)
class Assembly:
    """The text with its blocks; ``starts[i]`` is the offset of the line that came from ``origins[i]``."""

    text: str = ""
    blocks: list[Block] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)


def rejoin(pieces: list[Piece], width: float) -> list[Piece]:
    """Put paragraphs together that a page, a column, a float or a footnote has torn.

    What stood between the halves comes after the whole. ``width`` is the usual length of a full line.
    """
    done: list[Piece] = []
    pending: Piece | None = None
    for piece in pieces:
        if piece.kind in ("heading", "reference") or piece.opens is not None:
            pending = None
            done.append(piece)
            if piece.kind == "body" and not _FINISHED.search(piece.lines[-1]):
                pending = piece
        elif piece.kind == "footnote" and done and done[-1].kind == "footnote" and not _finished(done[-1].lines[-1]):
            done[-1].take(piece)
        elif piece.kind not in ("body", "list"):
            done.append(piece)
        elif pending is not None and piece.kind == "body" and _continues(pending, piece, width):
            pending.take(piece)
            if _finished(piece.lines[-1]):
                pending = None
        else:
            done.append(piece)
            pending = None if _finished(piece.lines[-1]) else piece
    return done


def _finished(line: str) -> bool:
    return _FINISHED.search(line) is not None and _ABBREVIATED.search(line) is None


def _continues(before: Piece, after: Piece, width: float) -> bool:
    first = after.lines[0]
    last = before.lines[-1]
    if first[0].islower() or first[0] in "([":
        return True
    if last[-1] in "-," or last.rsplit(None, 1)[-1].lower() in _FUNCTION_WORDS or _ABBREVIATED.search(last):
        return True
    return len(last) > 0.8 * width and len(first) > 0.8 * width and before.page != after.page


def _joined(piece: Piece, words: Words, at: int, starts: list[int]) -> str:
    lines, ends = piece.lines, piece.row_ends
    parts = [line + " " for line in lines]
    parts[-1] = lines[-1]
    for index, line in enumerate(lines[:-1]):
        if index in ends:
            parts[index] = line + "\n"
        elif line[-1] == "-":
            parts[index] = words.join(line, lines[index + 1])
    starts += accumulate(map(len, parts[:-1]), initial=at)
    return "".join(parts)


def assemble(pieces: list[Piece]) -> Assembly:
    """Join the lines of each piece and the pieces to one text."""
    words = Words("\n".join([line for piece in pieces for line in piece.lines]))
    done = Assembly()
    starts = done.starts
    parts: list[str] = []
    at = 0
    openings: list[tuple[int, Opening]] = []
    for piece in pieces:
        if parts:
            parts.append("\n\n")
            at += 2
        start = at
        if piece.opens is not None:
            openings.append((start, piece.opens))
        lines = piece.lines
        done.origins += piece.origins
        joined = " ".join(lines) if len(lines) > 1 else lines[0]
        if len(lines) > 1 and (piece.row_ends or "- " in joined):
            joined = _joined(piece, words, at, starts)
        else:
            starts += accumulate([len(line) + 1 for line in lines[:-1]], initial=at)
        parts.append(joined)
        at = start + len(joined)
        done.blocks.append(Block(start, at, piece.page, piece.kind))
    done.text = "".join(parts)
    if not openings or openings[0][0] > 0:
        openings.insert(0, (0, Opening("", "front" if openings else "body")))
    ends = [start for start, _ in openings[1:]] + [at]
    done.sections = [
        Section(start, end, opening.title, opening.kind) for (start, opening), end in zip(openings, ends, strict=True)
    ]
    return done
