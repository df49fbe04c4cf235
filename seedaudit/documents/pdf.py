"""A paper as PDF.

In: bytes. Out: a Document with its layout. The one decision made here: one pass over the pages gives the text; where a
stretch of it stands is worked out only when somebody asks.
"""

from __future__ import annotations

import contextlib
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from seedaudit.documents.blocks import Piece, assemble
from seedaudit.documents.cleanup import clean
from seedaudit.documents.document import Box, Document, Location, Section
from seedaudit.documents.layout import PdfLayout, FLAGS
from seedaudit.documents.mupdf import pymupdf
from seedaudit.errors import PasswordError, UnreadablePaperError


def read_pdf(data: bytes, *, password: str | None = None, name: str = "") -> Document:
    """Read a PDF that has a text layer."""
    named = name or "the file"
    file = _open(data, password, named)
    origins: list[tuple[int, int, int]] = []
    pieces: list[Piece] = []
    for number in range(file.page_count):
        try:
            raw = file[number].get_text("blocks", flags=FLAGS)
        except Exception:
            continue
        for block in raw:
            lines: list[str] = []
            own: list[int] = []
            for index, line in enumerate(block[4].split("\n")):
                text = clean(line)
                if text:
                    lines.append(text)
                    own.append(len(origins))
                    origins.append((number + 1, block[5], index))
            if lines:
                pieces.append(Piece(lines, own, number + 1, Box(*block[:4])))
    if not pieces:
        raise UnreadablePaperError(f"{named} has no text layer", kind="no-text", hint="Run OCR first.")
    done = assemble(pieces)
    layout = PdfLayout(file, done.text, done.starts, [origins[index] for index in done.origins])
    return Document(
        done.text, tuple(done.blocks), (Section(0, len(done.text), "", "body"),), file.page_count, "", None, layout
    )


def _open(data: bytes, password: str | None, named: str) -> Any:
    if not data:
        raise UnreadablePaperError(f"{named} is empty (0 bytes)", kind="empty", hint="Fetch the PDF again.")
    head = data[:2048]
    if b"%PDF" not in head and b"%PDF" not in data[:1 << 16] and b"obj" not in data:
        looks = "an HTML page" if b"<html" in head.lower() or b"<!doctype html" in head.lower() else "something else"
        raise UnreadablePaperError(
            f"{named} is not a PDF but {looks}", kind="not-a-pdf", hint="Check the link: hosts give error pages with status 200."
        )
    try:
        file = pymupdf.open(stream=data, filetype="pdf")
    except Exception as error:
        raise UnreadablePaperError(
            f"{named} is damaged: MuPDF cannot open it", kind="damaged", hint="Fetch the PDF again."
        ) from error
    if file.needs_pass and not file.authenticate(password or ""):
        file.close()
        if password is None:
            raise PasswordError(f"{named} is encrypted", hint="Give the password with --password.")
        raise PasswordError(f"{named} is encrypted and the password does not open it", hint="Check the password.")
    if file.page_count == 0:
        file.close()
        raise UnreadablePaperError(f"{named} has no pages", kind="no-pages", hint="The file is damaged; fetch it again.")
    return file
