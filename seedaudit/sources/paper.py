"""The values that every source gives: a paper's bytes, and what is known about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal

Form = Literal["pdf", "text", "markdown", "html", "latex"]
TextFrom = Literal["auto", "pdf", "latex"]
"""What the text of a paper on arXiv is taken from: its PDF; its LaTeX source; the source where there is one, and the
PDF for the pages."""


@dataclass(frozen=True, slots=True)
class Paper:
    """Bytes of one paper and its metadata.

    ``source`` is what the user typed; ``id`` is ``arxiv:2210.13393v1``, ``acl:P18-1023``, ``openreview:<id>``,
    ``pmlr:v97/<slug>`` or ``doi:10.1000/1`` for a paper from a host, else None; ``ids`` are further names of the same
    paper, in the same form. ``main`` is the file to begin with in LaTeX source, where the user named it; ``latex`` is
    the source of a PDF, from which its text is to be taken.
    """

    source: str
    form: Form
    data: bytes = field(repr=False)
    id: str | None = None
    title: str = ""
    year: int | None = None
    authors: tuple[str, ...] = ()
    venue: str = ""
    ids: tuple[str, ...] = ()
    main: str = ""
    latex: bytes | None = field(default=None, repr=False)

    @property
    def sha256(self) -> str:
        """The hash of the bytes, in hex."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a host says about a paper; whatever it does not say is empty."""

    title: str = ""
    authors: tuple[str, ...] = ()
    year: int | None = None
    venue: str = ""
    ids: tuple[str, ...] = ()


def is_pdf(data: bytes) -> bool:
    """Whether bytes are a PDF: readers accept the header anywhere in the first 1024 bytes."""
    return b"%PDF-" in data[:1024]
