"""What the user named -> the papers that are meant.

In: arguments of the command: papers, folders, files that list papers. Out: one entry per paper, in order. The one
decision made here: what an argument is. A folder means the papers below it; a text file whose lines name papers is a
list; everything else is a paper. A line that names no paper is an entry too, and becomes a Failure.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from seedaudit.batch.store import Entry
from seedaudit.errors import UnknownReferenceError, UsageError
from seedaudit.sources.reference import FORMS, FileReference, Reference, StandardInput, parse

FILE = "file"
"""The host of an entry that is a file."""
UNKNOWN = "unknown"
"""The host of an entry that names no paper."""

_LISTS = (".txt", ".list", ".lst")
_LOOK = 20  # lines that show whether a text is a list of papers


def entries(arguments: Iterable[str]) -> Iterator[Entry]:
    """The papers that ``arguments`` mean; ``-`` reads a list from standard input.

    Raises UsageError for an argument that is nothing of all that, before any paper is given for it.
    """
    for argument in arguments:
        path = Path(argument)
        if argument.strip() == "-":
            yield from _lines(sys.stdin)
        elif path.is_dir():
            yield from _folder(path)
        elif _is_list(path):
            with path.open(encoding="utf-8-sig", errors="surrogateescape") as lines:
                yield from _lines(lines, beside=path.parent)
        else:
            yield entry(argument, parse(argument))


def entry(source: str, reference: Reference) -> Entry:
    """The entry of a paper that was typed as ``source``."""
    if isinstance(reference, FileReference):
        return Entry(os.path.abspath(reference.path), source, FILE)  # noqa: PTH100 - links keep their names
    host = type(reference).__name__.removesuffix("Reference").lower()
    return Entry(f"{host}:{reference}", source, host)


def _folder(folder: Path) -> Iterator[Entry]:
    found = False
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            if path.suffix.lower() in FORMS and not name.startswith("."):
                found = True
                yield Entry(os.path.abspath(path), str(path), FILE)  # noqa: PTH100
    if not found:
        endings = ", ".join(FORMS)
        raise UsageError(f"The folder {folder} holds no papers.", hint=f"Papers are files with the endings {endings}.")


def _is_list(path: Path) -> bool:
    """Whether a text file names papers: most of its first lines do."""
    if path.suffix.lower() not in _LISTS or not path.is_file():
        return False
    with path.open(encoding="utf-8-sig", errors="surrogateescape") as lines:
        first = [line.strip() for line, _ in zip(_named(lines), range(_LOOK), strict=False)]
    return 2 * sum(_means(line, path.parent) is not None for line in first) > len(first)


def _means(line: str, beside: Path | None) -> tuple[str, Reference] | None:
    """What a line of a list names, relative to where the user stands or to where the list lies."""
    names = [line] if beside is None else [line, str(beside / line)]
    for name in names:
        try:
            reference = parse(name)
        except UnknownReferenceError:
            continue
        if not isinstance(reference, StandardInput):
            return name, reference
    return None


def _named(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        text = line.strip()
        if text and not text.startswith("#"):
            yield text


def _lines(lines: Iterable[str], beside: Path | None = None) -> Iterator[Entry]:
    for line in _named(lines):
        meant = _means(line, beside)
        yield Entry(f"{UNKNOWN}:{line}", line, UNKNOWN) if meant is None else entry(*meant)
