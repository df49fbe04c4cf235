"""Reference -> Paper, whatever the reference is.

In: a :data:`Reference`. Out: a :class:`Paper`, or a :class:`PaperError`. The one decision made here is which module
gets it; the network modules are imported only for a reference that needs them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from seedaudit.sources import local
from seedaudit.sources.paper import Paper
from seedaudit.sources.reference import ArxivReference, FileReference, Reference, StandardInput


def obtain(reference: Reference, *, offline: bool = False, notify: Callable[[str], None] | None = None) -> Paper:
    """Read or fetch a paper; with ``offline``, hosts are not asked and only the cache is used.

    ``notify`` is told in a short phrase whenever something takes time. Raises a :class:`PaperError`:
    :class:`UnreadablePaperError` for a file, a subclass of :class:`FetchError` for a host; :class:`UsageError` when an
    environment variable names no usable base URL.
    """
    match reference:
        case FileReference():
            return local.load_file(reference)
        case StandardInput():
            return local.load_stdin(sys.stdin.buffer)
        case ArxivReference():
            from seedaudit.sources import arxiv, cache

            with arxiv.open_arxiv(cache.Cache(cache.default_folder()), offline=offline, notify=notify) as source:
                return source.fetch(reference)
