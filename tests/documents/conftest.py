"""PDFs set line by line, so that a test knows where every word stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from seedaudit.documents.document import Document
from seedaudit.documents.mupdf import pymupdf
from seedaudit.documents.pdf import read_pdf

LEADING = 12.0


class Press:
    """Sets lines on pages of a PDF."""

    def __init__(self) -> None:
        self.file = pymupdf.open()
        self.page = None

    def new_page(self) -> Press:
        self.page = self.file.new_page(width=595, height=842)
        return self

    def lines(self, x: float, y: float, *lines: str, size: float = 10, font: str = "tiro") -> float:
        """Set lines from (x, y) downwards; gives the y of the next line."""
        for line in lines:
            self.page.insert_text((x, y), line, fontsize=size, fontname=font)
            y += LEADING * size / 10
        return y

    def paragraphs(self, x: float, y: float, *paragraphs: tuple[str, ...], gap: float = 10) -> float:
        for paragraph in paragraphs:
            y = self.lines(x, y, *paragraph) + gap
        return y

    def bytes(self, **options: object) -> bytes:
        return bytes(self.file.tobytes(**options))


@pytest.fixture
def press() -> Press:
    return Press().new_page()


@pytest.fixture
def read() -> Iterator[Callable[[Press], Document]]:
    """Reads what a press has set, and closes it after the test."""
    documents: list[Document] = []

    def reading(press: Press) -> Document:
        documents.append(read_pdf(press.bytes()))
        return documents[-1]

    yield reading
    for document in documents:
        document.close()
