"""What the user named -> the papers that are meant, as a study keeps them.

In: what was typed: papers, lists, folders, globs, searches. Out: one entry per paper, in order, with what it names. The
one decision made here: what makes two of them the same paper of a study. A file is known by its path, so that it stays
the same paper when its bytes change; a paper of a host by its id.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

from seedaudit.batch.store import Entry
from seedaudit.errors import SeedauditError
from seedaudit.sources.reading_list import expand
from seedaudit.sources.reference import AnthologyReference, FileReference, PmlrReference, Reference, identity

FILE = "file"
"""The host of an entry that is a file."""
UNKNOWN = "unknown"
"""The host of an entry that names no paper; it becomes a Failure."""

Named = tuple[Entry, Reference | SeedauditError]
"""An entry, and what it names or why it names nothing."""


def entries(
    sources: Iterable[str],
    *,
    column: str | None = None,
    offline: bool = False,
    notify: Callable[[str], None] | None = None,
) -> Iterator[Named]:
    """The papers that ``sources`` mean, each once; see :func:`seedaudit.sources.reading_list.expand`."""
    for found in expand(sources, column=column, offline=offline, notify=notify).all:
        if found.same_as:
            continue
        told = found.title, found.year, found.venue
        if found.reference is None:
            error = found.error or SeedauditError(f"{found.place} names no paper.")
            yield Entry(f"{UNKNOWN}:{found.place}:{found.source}", found.source, UNKNOWN, *told), error
            continue
        reference = found.reference
        if isinstance(reference, AnthologyReference | PmlrReference):
            told = found.title, found.year, ""  # the id tells the venue, the same for each paper of it
        source = reference.source or found.source
        if isinstance(reference, FileReference):
            path = os.path.abspath(reference.path)  # noqa: PTH100 - a link stays a link
            yield Entry(path, source, FILE, *told), reference
        else:
            host = type(reference).__name__.removesuffix("Reference").lower()
            yield Entry(identity(reference), source, host, *told), reference
