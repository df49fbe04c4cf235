"""The paper as one text with positions.

In: nothing. Out: the value types that the readers (pdf, text) make and every later stage reads. The one decision made
here: a position is an offset into ``Document.text``, and only the document knows which page and rectangles it means.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

BlockKind = Literal[
    "body", "heading", "caption", "table", "footnote", "list", "reference", "question", "algorithm", "listing"
]
SectionKind = Literal["front", "body", "related", "references", "appendix", "checklist", "acknowledgements"]


class Box(NamedTuple):
    """A rectangle in PDF points of its page, origin at the top left."""

    x0: float
    y0: float
    x1: float
    y1: float


class Block(NamedTuple):
    """A stretch of text that was set as one piece: a paragraph, a caption, a table, a heading.

    ``start`` and ``end`` are offsets into the document's text; ``page`` counts from 1 and is None where there are no
    pages. Sentences never cross a block.
    """

    start: int
    end: int
    page: int | None
    kind: BlockKind


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the paper under one heading; sections follow each other without gaps from 0 to the text's end."""

    start: int
    end: int
    title: str
    kind: SectionKind


@dataclass(frozen=True, slots=True)
class Location:
    """Where a stretch of text stands: page (from 1) and one rectangle per line; None where there are none.

    ``file`` and ``line`` (from 1) say where it stands in LaTeX source.
    """

    page: int | None
    boxes: tuple[Box, ...] | None
    file: str | None = None
    line: int | None = None

    @property
    def place(self) -> str:
        """The file and the line, as a reader is told; empty where there are none."""
        return f"{self.file}, line {self.line}" if self.file is not None and self.line is not None else ""


class Layout(Protocol):
    """What a reader knows about the pages behind the text."""

    def locate(self, start: int, end: int, *, boxes: bool = True) -> Location:
        """Page and, where asked for, rectangles of ``text[start:end]``, on the page where it starts."""

    def picture(self, page: int, boxes: tuple[Box, ...]) -> bytes | None:
        """A PNG of the surroundings of ``boxes`` with them highlighted, or None where there is nothing to show."""

    def close(self) -> None:
        """Let go of the file."""


@dataclass(frozen=True, slots=True)
class Document:
    """One paper's text in reading order, cleaned, with its blocks and sections.

    ``missing`` names the files of LaTeX source that its text asks for and that did not come with it.
    """

    text: str
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...]
    pages: int | None
    title: str = ""
    year: int | None = None
    layout: Layout | None = field(default=None, repr=False, compare=False)
    missing: tuple[str, ...] = ()

    def block_at(self, offset: int) -> Block:
        """The block that holds ``offset`` (or the one before it, between two blocks)."""
        at = bisect_right(self.blocks, offset, key=lambda block: block.start) - 1
        return self.blocks[max(at, 0)]

    def section_at(self, offset: int) -> Section:
        """The section that holds ``offset``."""
        at = bisect_right(self.sections, offset, key=lambda section: section.start) - 1
        return self.sections[max(at, 0)]

    def locate(self, start: int, end: int, *, boxes: bool = True) -> Location:
        """Page and rectangles of ``text[start:end]``; without ``boxes`` the page alone, which costs next to nothing."""
        if self.layout is not None:
            return self.layout.locate(start, end, boxes=boxes)
        return Location(self.block_at(start).page if self.blocks else None, None)

    def close(self) -> None:
        """Let go of the file behind the text; the text stays."""
        if self.layout is not None:
            self.layout.close()
