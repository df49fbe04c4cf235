"""A paper as plain text or markdown.

In: bytes. Out: a Document. The one decision made here: where paragraphs end in text whose lines are wrapped.
"""

from __future__ import annotations

from seedaudit.documents.blocks import Piece, assemble
from seedaudit.documents.cleanup import clean
from seedaudit.documents.document import Document, Section
from seedaudit.errors import UnreadablePaperError


def read_text(data: bytes, *, markdown: bool, name: str = "") -> Document:
    """Read text in UTF-8 (or Windows-1252); form feeds part pages."""
    text = data.decode("utf-8", "replace")
    pages = text.split("\f")
    pieces = []
    for number, page in enumerate(pages, 1):
        for paragraph in page.split("\n\n"):
            lines = [line for line in map(clean, paragraph.split("\n")) if line]
            if lines:
                pieces.append(Piece(lines, [0] * len(lines), number if len(pages) > 1 else None))
    if not pieces:
        raise UnreadablePaperError(f"{name or 'the text'} is empty", kind="empty", hint="Give a paper with text.")
    done = assemble(pieces)
    sections = (Section(0, len(done.text), "", "body"),)
    return Document(done.text, tuple(done.blocks), sections, len(pages) if len(pages) > 1 else None)
