"""Words -> blocks of text that know which line each word came from.

In: words with their origins, and where blocks begin and end. Out: an assembly. The one decision made here: how words
are parted, and that a footnote or a float comes after the paragraph that it stands in.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from seedaudit.documents.blocks import Assembly, Opening
from seedaudit.documents.cleanup import clean
from seedaudit.documents.document import Block, BlockKind, Location, Section
from seedaudit.documents.latex_text import parts

_SPACES = re.compile(r"(\s+)")
_NO_SPACE_BEFORE = frozenset(".,;:!?)]}’'-/”")


@dataclass(slots=True)
class _Buffer:
    kind: BlockKind
    opens: Opening | None = None
    words: list[str] = field(default_factory=list)
    length: int = 0
    starts: list[int] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)

    def add(self, text: str, place: int) -> None:
        if not self.origins or self.origins[-1] != place:
            self.starts.append(self.length)
            self.origins.append(place)
        self.words.append(text)
        self.length += len(text)


class Writer:
    """Collects the blocks of a paper."""

    def __init__(self) -> None:
        self._done: list[_Buffer] = []
        self._later: list[_Buffer] = []
        self._buffer = _Buffer("body")
        self._gap = ""
        self._if_word = False  # \xspace: a space, where a word follows
        self._one_block = 0

    def write(self, text: str, place: int) -> None:
        """Append text; spaces of any kind and number are one space."""
        for part in _SPACES.split(text):
            if not part:
                continue
            if part.isspace():
                self.space()
                continue
            word = part if part.isascii() else clean(part)
            if not word:
                continue
            if self._if_word and not self._gap and word[0] not in _NO_SPACE_BEFORE:
                self._gap = " "
            self._if_word = False
            if self._gap and self._buffer.length:
                self._buffer.add(self._gap, self._buffer.origins[-1])
            self._gap = ""
            self._buffer.add(word, place)

    def space(self) -> None:
        """Part what comes from what was."""
        self._gap = self._gap or " "

    def space_before_word(self) -> None:
        """Part what comes if it is a word, not where it is a full stop."""
        self._if_word = True

    def nothing(self) -> None:
        """Nothing is written between two spaces, or between a space and a full stop."""
        if self._gap == " ":
            self._gap = ""
            self._if_word = True

    def row(self) -> None:
        """End a line of a table, an algorithm or a listing."""
        self._gap = "\n"

    def last(self) -> str:
        """The sign that was written last; empty at a block's beginning or behind a space."""
        return self._buffer.words[-1][-1] if self._buffer.words and not self._gap else ""

    def paragraph(self, kind: BlockKind = "body") -> None:
        """End the block, if it has any words; what follows is of ``kind``."""
        if self._one_block:
            self.space()
            return
        self._end()
        self._buffer.kind = kind

    def heading(self, opening: Opening) -> None:
        """What follows, up to the next block's end, is a heading that opens a section."""
        self._end()
        self._buffer = _Buffer("heading", opening)

    @contextmanager
    def aside(self, kind: BlockKind, *, one_block: bool = False) -> Iterator[None]:
        """What is written meanwhile comes after the paragraph; ``one_block`` keeps it together."""
        outer = self._done, self._later, self._buffer, self._gap, self._if_word, self._one_block
        self._done, self._later, self._buffer, self._gap, self._if_word = [], [], _Buffer(kind), "", False
        self._one_block = int(one_block)
        try:
            yield
        finally:
            self._one_block = 0
            self._end()
            inner = self._done
            self._done, self._later, self._buffer, self._gap, self._if_word, self._one_block = outer
            self._later += inner

    def _end(self) -> None:
        if self._buffer.length:
            self._done.append(self._buffer)
            kind: BlockKind = "body" if self._buffer.kind == "heading" else self._buffer.kind
            self._buffer = _Buffer(kind)
        self._gap, self._if_word = "", False
        self._done += self._later
        self._later = []

    def assembly(self) -> Assembly:
        """All blocks as one text."""
        self._end()
        done, texts, at = Assembly(), [], 0
        openings: list[tuple[int, Opening]] = []
        for buffer in self._done:
            if buffer.opens is not None:
                openings.append((at, buffer.opens))
            texts.append("".join(buffer.words))
            done.starts += [at + start for start in buffer.starts]
            done.origins += buffer.origins
            done.blocks.append(Block(at, at + buffer.length, None, buffer.kind))
            at += buffer.length + 2
        done.text = "\n\n".join(texts)
        if not openings or openings[0][0] > 0:
            openings.insert(0, (0, Opening("", "front" if openings else "body")))
        ends = [start for start, _ in openings[1:]] + [len(done.text)]
        done.sections = [
            Section(start, end, opening.title, opening.kind)
            for (start, opening), end in zip(openings, ends, strict=True)
        ]
        return done


class LatexLayout:
    """The files and lines behind a document's text."""

    def __init__(self, starts: list[int], origins: list[int], files: list[str]) -> None:
        self._starts = starts
        self._origins = origins
        self._files = files

    def locate(self, start: int, end: int, *, boxes: bool = True) -> Location:
        """File and line of ``text[start]``."""
        if not self._starts:
            return Location(None, None)
        file, line = parts(self._origins[max(bisect_right(self._starts, start) - 1, 0)])
        if line == 0:
            return Location(None, None)
        return Location(None, None, self._files[file], line)

    def picture(self, page: int, boxes: tuple[object, ...]) -> None:
        """None: source has no pages."""
        return

    def close(self) -> None:
        """Nothing is open."""
