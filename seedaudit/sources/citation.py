"""What a web page says about the paper that it shows.

In: a page's bytes. Out: a :class:`Citation`. The one decision made here: only the ``citation_`` metadata that hosts
write for search engines are believed, not what the page shows to people; and how much text makes a page a paper itself.

selectolax reads the page: it follows the HTML standard as browsers do, in C, with no dependency of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from seedaudit.sources.paper import Metadata

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_PARAGRAPH = 120  # characters; a shorter one is a label or a teaser
_PARAGRAPHS = 6
_PAPER = 3000  # characters in paragraphs: an abstract has about 1,500


@dataclass(frozen=True, slots=True)
class Citation:
    """The metadata in a page, where it says the PDF is, and whether the page is the whole paper."""

    metadata: Metadata
    pdf_url: str = ""
    is_paper: bool = False


def read_citation(page: bytes, url: str) -> Citation:
    """Read the page that came from ``url``."""
    tree = LexborHTMLParser(decode(page))
    told: dict[str, list[str]] = {}
    for node in tree.css("meta[content]"):
        name = (node.attributes.get("name") or node.attributes.get("property") or "").lower()
        if name.startswith("citation_") and (content := " ".join((node.attributes["content"] or "").split())):
            told.setdefault(name, []).append(content)

    def first(*names: str) -> str:
        return next((told[f"citation_{name}"][0] for name in names if f"citation_{name}" in told), "")

    date = _YEAR.search(first("publication_date", "date", "year", "cover_date", "online_date"))
    doi = _DOI.search(first("doi"))
    arxiv = first("arxiv_id")
    authors = told.get("citation_author") or [
        name for names in told.get("citation_authors", []) for name in names.split(";")
    ]
    metadata = Metadata(
        title=first("title"),
        authors=tuple(_in_order(author.strip()) for author in authors if author.strip()),
        year=int(date[0]) if date else None,
        venue=first("conference_title", "journal_title", "inbook_title", "book_title", "technical_report_institution"),
        ids=(*((f"doi:{doi[0].lower()}",) if doi else ()), *((f"arxiv:{arxiv}",) if arxiv else ())),
    )
    base = tree.css_first("base[href]")
    pdf = first("pdf_url")
    if pdf:
        pdf = urljoin(urljoin(url, (base.attributes["href"] or "") if base else ""), pdf)
        pdf = pdf if urlsplit(pdf).scheme in {"http", "https"} else ""
    return Citation(metadata, pdf, _is_paper(tree))


def decode(page: bytes) -> str:
    """The text of a page, in the encoding that its bytes or its head name; UTF-8 where they hold."""
    if page.startswith((b"\xff\xfe", b"\xfe\xff")):
        return page.decode("utf-16", "replace")
    try:
        return page.decode("utf-8-sig")
    except UnicodeDecodeError:
        named = re.search(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", page[:4096], re.I)
        try:
            return page.decode(named[1].decode() if named else "cp1252", "replace")
        except LookupError:
            return page.decode("cp1252", "replace")


def _is_paper(tree: LexborHTMLParser) -> bool:
    if tree.css_first(".ltx_document section"):  # LaTeXML: arXiv, ar5iv
        return True
    lengths = [len(" ".join(node.text().split())) for node in tree.css("p, [role=paragraph]")]
    whole = [length for length in lengths if length > _PARAGRAPH]
    return len(whole) >= _PARAGRAPHS and sum(whole) >= _PAPER and len(tree.css("h2, h3, h4")) > 2


def _in_order(name: str) -> str:
    """``Müller, Jürgen`` as ``Jürgen Müller``."""
    family, comma, given = name.partition(", ")
    return f"{given} {family}" if comma and "," not in given else name
