"""The value that every source gives: a paper's bytes with what is known about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal

Form = Literal["pdf", "text", "markdown"]


@dataclass(frozen=True, slots=True)
class Paper:
    """Bytes of one paper and its metadata.

    ``source`` is what the user typed; ``id`` is ``arxiv:2210.13393v1`` for a paper from arXiv, else None.
    """

    source: str
    form: Form
    data: bytes = field(repr=False)
    id: str | None = None
    title: str = ""
    year: int | None = None

    @property
    def sha256(self) -> str:
        """The hash of the bytes, in hex."""
        return hashlib.sha256(self.data).hexdigest()


def is_pdf(data: bytes) -> bool:
    """Whether bytes are a PDF: readers accept the header anywhere in the first 1024 bytes."""
    return b"%PDF-" in data[:1024]
