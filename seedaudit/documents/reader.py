"""One door to all readers.

In: a paper's bytes with their form. Out: a Document. The one decision made here: which reader fits; a reader is
imported only when it is needed.
"""

from __future__ import annotations

from dataclasses import replace

from seedaudit.documents.document import Document
from seedaudit.errors import UnreadablePaperError
from seedaudit.sources.paper import Paper

_WHOLE = 0.4  # of the PDF's length; source that is shorter only wraps a PDF, or came without some of its files


def read(paper: Paper, *, password: str | None = None) -> Document:
    """Read ``paper``; what its source knows of title and year goes before what the pages say."""
    if paper.form == "pdf":
        from seedaudit.documents.pdf import read_pdf

        document = read_pdf(paper.data, password=password, name=paper.source)
        if paper.latex is not None:
            document = _with_source(document, paper.latex)
    elif paper.form == "latex":
        from seedaudit.documents.latex import read_latex

        document = read_latex(paper.data, main=paper.main, name=paper.source)
    elif paper.form == "html":
        from seedaudit.documents.html import read_html

        document = read_html(paper.data, name=paper.source)
    else:
        from seedaudit.documents.text import read_text

        document = read_text(paper.data, markdown=paper.form == "markdown", name=paper.source)
    if paper.title or paper.year is not None:
        return replace(document, title=paper.title or document.title, year=paper.year or document.year)
    return document


def _with_source(pdf: Document, source: bytes) -> Document:
    """The text of the source on the PDF's pages; the PDF alone where the source cannot be read or is not all of it."""
    from seedaudit.documents.aligned import align
    from seedaudit.documents.latex import read_latex

    try:
        document = read_latex(source)
    except UnreadablePaperError:
        return pdf
    return align(document, pdf) if len(document.text) > _WHOLE * len(pdf.text) else pdf
