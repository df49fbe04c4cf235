"""Reference -> Paper, whatever the reference is.

In: a :data:`Reference`. Out: a :class:`Paper`, or a :class:`PaperError`. The one decision made here is which module
gets it; the network modules are imported only for a reference that needs them.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from seedaudit.errors import FetchError
from seedaudit.sources import local
from seedaudit.sources.paper import Paper, TextFrom
from seedaudit.sources.reference import (
    AnthologyReference,
    ArxivReference,
    FileReference,
    OpenReviewReference,
    PmlrReference,
    Reference,
    StandardInput,
)

if TYPE_CHECKING:
    from seedaudit.sources.http import Client


def obtain(
    reference: Reference,
    *,
    offline: bool = False,
    notify: Callable[[str], None] | None = None,
    text_from: TextFrom = "pdf",
) -> Paper:
    """Read or fetch a paper; with ``offline``, hosts are not asked and only the cache is used.

    ``text_from`` says what the text of a paper on arXiv is taken from. ``notify`` is told in a short phrase whenever
    something takes time. Raises a :class:`PaperError`: :class:`UnreadablePaperError` for a file, a subclass of
    :class:`FetchError` for a host; :class:`UsageError` when an environment variable names no usable base URL.
    """
    match reference:
        case FileReference():
            return local.load_file(reference)
        case StandardInput(data=data):
            return local.load_stdin(sys.stdin.buffer if data is None else io.BytesIO(data))
        case ArxivReference():
            from seedaudit.sources import arxiv, cache

            with arxiv.open_arxiv(cache.Cache(cache.default_folder()), offline=offline, notify=notify) as source:
                return source.fetch(reference, text_from)
        case AnthologyReference():
            from seedaudit.sources.anthology import Anthology

            with open_client(notify) as client:
                return Anthology(client, offline=offline).fetch(reference)
        case OpenReviewReference():
            from seedaudit.sources.openreview import OpenReview

            with open_client(notify) as client:
                return OpenReview(client, offline=offline).fetch(reference)
        case PmlrReference():
            from seedaudit.sources.pmlr import Pmlr

            with open_client(notify) as client:
                return Pmlr(client, offline=offline).fetch(reference)
        case _:
            from seedaudit.sources.web import Web

            with open_client(notify) as client:
                found = Web(client, offline=offline).fetch(reference)
            # A page or a DOI may lead to a host that is known; from there nothing leads on.
            return (
                found
                if isinstance(found, Paper)
                else obtain(found, offline=offline, notify=notify, text_from=text_from)
            )


def prepare(
    references: Sequence[Reference], *, offline: bool = False, notify: Callable[[str], None] | None = None
) -> None:
    """Ask for what many papers need in common, before they are obtained: the metadata of those on arXiv, at once."""
    wanted = [reference for reference in references if isinstance(reference, ArxivReference)]
    if len(wanted) < 2 or offline:
        return
    from seedaudit.sources import arxiv, cache

    # What is wrong with all of them is told by the first paper that is obtained.
    kept = cache.Cache(cache.default_folder())
    with contextlib.suppress(FetchError), arxiv.open_arxiv(kept, notify=notify) as source:
        source.metadata(wanted)


@contextlib.contextmanager
def open_client(notify: Callable[[str], None] | None) -> Iterator[Client]:
    """A client on the user's cache that may ask the hosts which the environment names."""
    from seedaudit.sources import bases, cache, http

    client = http.Client(cache.Cache(cache.default_folder()), trusted=bases.all_base_urls(), notify=notify)
    try:
        yield client
    finally:
        client.close()
