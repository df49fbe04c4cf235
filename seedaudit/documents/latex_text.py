"""TeX source that remembers where every character stood.

In: the lines of a file. Out: stretches that can be cut and put together. The one decision made here: an origin is one
number, file and line, and a stretch keeps it whatever it is spliced into.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

_COMMAND = re.compile(r"\\[a-zA-Z@]+$")
_LINES = 24  # bits for a line's number in its file


def origin(file: int, line: int) -> int:
    """File (by its place in the list of files) and line (from 1) in one number."""
    return (file << _LINES) + line


def parts(place: int) -> tuple[int, int]:
    """The file and the line of an origin."""
    return place >> _LINES, place & ((1 << _LINES) - 1)


@dataclass(frozen=True, slots=True)
class Tex:
    """A stretch of source; from ``starts[i]`` to the next start, its characters come from ``origins[i]``."""

    text: str
    starts: tuple[int, ...] = (0,)
    origins: tuple[int, ...] = (0,)

    def at(self, offset: int) -> int:
        """The origin of the character at ``offset``."""
        return self.origins[max(bisect_right(self.starts, offset) - 1, 0)]

    def cut(self, start: int, end: int) -> Tex:
        """The stretch from ``start`` to ``end``."""
        if end <= start:
            return Tex("", (0,), (self.at(start),))
        first = max(bisect_right(self.starts, start) - 1, 0)
        last = bisect_right(self.starts, end - 1)
        starts = (0, *(at - start for at in self.starts[first + 1 : last]))
        return Tex(self.text[start:end], starts, self.origins[first:last])

    def runs(self, start: int, end: int) -> Iterator[tuple[str, int]]:
        """The stretches between ``start`` and ``end`` that come from one place each, and that place."""
        at = bisect_right(self.starts, start)
        while start < end:
            stop = min(self.starts[at], end) if at < len(self.starts) else end
            yield self.text[start:stop], self.origins[max(at - 1, 0)]
            start, at = stop, at + 1

    def moved(self, place: int) -> Tex:
        """The same characters, all from one place."""
        return Tex(self.text, (0,), (place,))


def read_lines(text: str, file: int) -> Tex:
    """A file's text, line by line."""
    starts, at = [], 0
    for line in text.split("\n"):
        starts.append(at)
        at += len(line) + 1
    return Tex(text, tuple(starts), tuple(origin(file, number) for number in range(1, len(starts) + 1)))


@dataclass(slots=True)
class TexBuilder:
    """Stretches put together.

    What stood between them is gone, and leaves neither an empty line nor one command's name where there were two words.
    """

    length: int = 0
    _tail: str = ""
    _parts: list[str] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)
    _origins: list[int] = field(default_factory=list)

    def add(self, tex: Tex) -> None:
        """Append a stretch."""
        if self._tail.endswith("\n") and tex.text.startswith("\n") and not tex.text.startswith("\n\n"):
            tex = tex.cut(1, len(tex.text))
        if not tex.text:
            return
        if tex.text[0].isalpha() and _COMMAND.search(self._tail):
            self._parts.append(" ")
            self._starts.append(self.length)
            self._origins.append(tex.origins[0])
            self.length += 1
        self._tail = (self._tail + tex.text)[-40:]
        self._parts.append(tex.text)
        self._starts += [at + self.length for at in tex.starts]
        self._origins += tex.origins
        self.length += len(tex.text)

    def say(self, text: str, place: int) -> None:
        """Append characters that come from one place."""
        self.add(Tex(text, (0,), (place,)))

    def done(self) -> Tex:
        """All of it."""
        return Tex("".join(self._parts), tuple(self._starts) or (0,), tuple(self._origins) or (0,))
