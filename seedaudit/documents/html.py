"""A paper as a web page: arXiv's and ar5iv's HTML, publishers' pages, or a page saved to a file.

In: bytes. Out: a Document without layout. The one decision made here: what of a page is the paper: the element that
holds most of the running text, less what navigates, advertises or is hidden; formulas as the LaTeX that their markup
carries, made readable; captions, tables, footnotes, listings and the bibliography by their markup, not by their looks.

selectolax reads the page (see :mod:`seedaudit.sources.citation`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from seedaudit.documents.blocks import Opening, Piece, assemble
from seedaudit.documents.checklist import part_questions
from seedaudit.documents.cleanup import clean
from seedaudit.documents.document import BlockKind, Document, SectionKind
from seedaudit.documents.frontmatter import find_year
from seedaudit.documents.sections import kind_of_title
from seedaudit.errors import UnreadablePaperError
from seedaudit.sources.citation import decode, read_citation

_DROPPED = frozenset(
    "style noscript template svg iframe form button select input textarea nav footer object canvas audio video head "
    "dialog map".split()
)
_BLOCKS = frozenset(
    "address article aside blockquote center dd details div dl dt fieldset figure header hgroup hr main ol p section "
    "summary ul li tr body".split()
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_ROLES = frozenset("navigation banner contentinfo search complementary menu menubar toolbar doc-toc alert".split())
_ASIDE = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|breadcrumbs?|sidebar|cookies?|share|sharing|social|toolbar|toc|"
    r"pagination|skip-?link|banner|adverts?|ads?|promo|newsletter|subscribe|related-(?:articles|content|posts)|"
    r"recommend(?:ed|ations)|metrics|altmetric|citation-tools|sr-only|visually-hidden)(?:$|[\s_-])",
    re.I,
)
_PAINTED = re.compile(
    r"(?:^|\s)(?:ltx_tag_item|katex-html|MathJax(?:_Preview|_SVG|_CHTML|_Display)?|mjx-chtml|ltx_ERROR)(?:\s|$)"
)
_BIBLIOGRAPHY = re.compile(
    r"(?:^|\s)(?:ltx_bib(?:liography|list)|references?(?:-?list|-section)?|ref-?list|bibliography|citation-list|"
    r"c-article-references)(?:\s|$)",
    re.I,
)
_FOOTNOTES = re.compile(r"(?:^|[\s_-])(?:foot-?notes?|fn-?group)(?:$|[\s_-])", re.I)
_LAYOUT_TABLE = re.compile(r"ltx_eqn?_|ltx_equation|disp-formula|\bequation\b")
_LISTING = re.compile(r"(?:^|\s)(ltx_listing|ltx_lstlisting|ltx_float_algorithm|ltx_algorithm|algorithm)(?:\s|$)")
_RAW_MATH = re.compile(
    r"\\\((.{1,2000}?)\\\)|\\\[(.{1,5000}?)\\\]|\$\$([^$]{1,5000})\$\$|\$((?:\d[\d.,]*|[^$\n]*[\\^_{}=][^$\n]*))\$",
    re.S,
)
_NOT_NUMBER = re.compile(r"[^\W\d_]")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_CONTAINERS = (".ltx_document", "[itemprop=articleBody]", "article", "main", "[role=main]")
_DEEPEST = 120  # elements in each other; what is deeper is text, whatever its markup
_SHARE = 0.5  # of the page's running text; a container that has less is not the paper's


class _Place(NamedTuple):
    """Where in the page a block stands."""

    bibliography: bool = False
    footnotes: bool = False
    appendix: bool = False
    item: bool = False
    depth: int = 0


def read_html(data: bytes, *, name: str = "") -> Document:
    """Read a page; raise UnreadablePaperError where it holds no words."""
    named = name or "the page"
    if not data.strip():
        raise UnreadablePaperError(f"{named} is empty", kind="empty", hint="Save the page of the paper again.")
    tree = LexborHTMLParser(decode(data))
    root = _main(tree)
    reader = _Reader(len(root.text()) if root else 0)
    if root is not None:
        reader.walk(root, _Place())
        reader.flush()
    pieces = reader.pieces
    if not any(any(map(str.isalpha, line)) for piece in pieces for line in piece.lines):
        raise UnreadablePaperError(
            f"{named} holds no words", kind="no-text", hint="The page may be made by scripts: save it from a browser."
        )
    told = read_citation(data, "").metadata
    first = next((piece for piece in pieces[:8] if piece.kind == "heading"), None)
    title = told.title or " ".join(first.lines if first else []) or _page_title(tree)
    if first is not None and pieces.index(first) < 3 and reader.levels[:1] == [1]:
        first.opens = None  # the paper's own title opens no section
    done = assemble(pieces)
    blocks = part_questions(done)
    year = told.year or find_year(pieces[:30], {})
    return Document(done.text, tuple(blocks), tuple(done.sections), None, title[:300], year)


def _main(tree: LexborHTMLParser) -> LexborNode | None:
    """The element that holds the paper."""
    whole = _prose(tree.body) if tree.body else 0
    for selector in _CONTAINERS:
        found = max(tree.css(selector), key=_prose, default=None)
        if found is not None and _prose(found) > _SHARE * whole:
            return found
    return tree.body


def _prose(node: LexborNode) -> int:
    """How much running text an element holds."""
    return sum(len(paragraph.text()) for paragraph in node.css("p"))


def _page_title(tree: LexborHTMLParser) -> str:
    node = tree.css_first("title")
    return clean(node.text()) if node is not None else ""


@dataclass(slots=True)
class _Reader:
    """Walks through a page and collects its blocks; ``size`` is the length of all its text."""

    size: int
    pieces: list[Piece] = field(default_factory=list)
    levels: list[int] = field(default_factory=list)
    _words: list[str] = field(default_factory=list)
    _kind: BlockKind = "body"
    _notes: list[str] = field(default_factory=list)
    _section: SectionKind = "front"
    _parents: dict[int, SectionKind] = field(default_factory=dict)
    _referenced: bool = False

    def walk(self, node: LexborNode, place: _Place) -> None:
        """Read ``node``: its own part of the paper, then its children's."""
        if place.depth > _DEEPEST:
            self._words.append(f" {node.text(separator=' ')} ")
            return
        tag = node.tag or ""
        if tag == "-text":
            self._words.append(node.text_content or "")
            return
        classes = node.attributes.get("class") or ""
        if tag == "script":
            if (node.attributes.get("type") or "").startswith("math/"):
                self._words.append(f" {readable(node.text())} ")
            return
        if tag.startswith("-") or self._is_dropped(node, tag, classes):
            return
        place = _place(node, classes, place)
        if tag == "math":
            self._words.append(_math(node))
        elif tag in _HEADINGS:
            self._heading(node, _HEADINGS[tag], place)
        elif tag in {"figcaption", "caption"} or "ltx_caption" in classes.split():
            self._block(node, "caption", place)
        elif "ltx_note" in classes.split():
            self._note(node)
        elif tag == "sup":
            self._raised(node)
        elif tag == "img":
            self._picture(node, classes)
        elif tag == "br":
            self._words.append(" ")
        elif tag == "table" or "ltx_tabular" in classes.split():
            self._table(node, classes, place)
        elif tag == "pre" or "ltx_listing" in classes.split():
            self._listing(node, place)
        elif tag in _BLOCKS:
            self._block(node, _kind_of(place), place)
        else:
            self._children(node, place)

    def flush(self) -> None:
        """End the block that is being read."""
        text = clean(_RAW_MATH.sub(_raw_formula, "".join(self._words)))
        self._words = []
        if text:
            self.pieces.append(Piece([text], [0], None, kind=self._kind))
        if self._notes:
            self.pieces += [Piece([note], [0], None, kind="footnote") for note in self._notes]
            self._notes = []

    def _children(self, node: LexborNode, place: _Place) -> None:
        for child in node.iter(include_text=True):
            self.walk(child, place)

    def _block(self, node: LexborNode, kind: BlockKind, place: _Place) -> None:
        self.flush()
        before, self._kind = self._kind, kind
        self._children(node, place)
        self.flush()
        self._kind = before

    def _is_dropped(self, node: LexborNode, tag: str, classes: str) -> bool:
        told = node.attributes
        if tag in _DROPPED or "hidden" in told or (told.get("role") or "") in _ROLES or _PAINTED.search(classes):
            return True
        if told.get("aria-hidden") == "true" and tag != "math":
            return True
        if tag == "aside" and told.get("role") != "doc-footnote" and not _FOOTNOTES.search(classes):
            return True
        if re.search(r"display:\s*none", told.get("style") or ""):
            return True
        return bool(_ASIDE.search(f"{classes} {told.get('id') or ''}")) and len(node.text()) < 0.3 * self.size

    def _heading(self, node: LexborNode, level: int, place: _Place) -> None:
        self._block(node, "heading", place)
        if not self.pieces or self.pieces[-1].kind != "heading":
            return
        piece = self.pieces[-1]
        title = piece.lines[0]
        kind = kind_of_title(title)
        above = [self._parents[lower] for lower in sorted(self._parents) if lower < level and self.levels]
        if kind == "body":
            parent = above[-1] if above else "body"
            if place.appendix or (self._referenced and parent == "body"):
                kind = "appendix"
            elif parent not in {"front", "references"}:
                kind = parent
        self._parents = {lower: old for lower, old in self._parents.items() if lower < level}
        self._parents[level] = kind if self.levels or level > 1 else "body"
        self._referenced = self._referenced or kind == "references"
        self.levels.append(level)
        piece.opens = Opening(title, kind)

    def _note(self, node: LexborNode) -> None:
        """A footnote that stands in the sentence it belongs to: a block of its own, after the paragraph."""
        content = node.css_first(".ltx_note_content") or node
        inner = _Reader(self.size)
        for child in content.iter(include_text=True):
            if not set((child.attributes.get("class") or "").split()) & {"ltx_note_mark", "ltx_tag", "ltx_note_type"}:
                inner.walk(child, _Place())
        inner.flush()
        self._notes += [" ".join(piece.lines) for piece in inner.pieces]

    def _raised(self, node: LexborNode) -> None:
        """Powers stay; the mark of a footnote or a citation, which is a link or follows a word, goes."""
        inner = clean(node.text())
        before = "".join(self._words[-2:]).rstrip()
        if node.css_first("a, math") is not None and node.css_first("math") is None:
            return
        if node.css_first("math") is not None:
            self._children(node, _Place())
        elif before[-1:].isdecimal() and inner.lstrip("-−–").isalnum():
            self._words.append(inner if inner.isalpha() else f"^{inner}")
        elif _NOT_NUMBER.search(inner):
            self._words.append(inner)

    def _picture(self, node: LexborNode, classes: str) -> None:
        alternative = node.attributes.get("alt") or ""
        if re.search(r"\b(?:math|latex|tex|equation)\b", classes, re.I) or alternative.startswith(("$", "\\(")):
            self._words.append(f" {readable(alternative.strip('$'))} ")

    def _table(self, node: LexborNode, classes: str, place: _Place) -> None:
        if _LAYOUT_TABLE.search(classes) or node.attributes.get("role") == "presentation":
            for cell in node.css("td, th"):
                if cell.css_first("td, th") is None or cell.css_first("table") is None:
                    self._words.append(" ")
                    self._children(cell, place)
            return
        self.flush()
        if caption := node.css_first("caption"):
            self._block(caption, "caption", place)
        lines = []
        rows = {row.mem_id: row for row in node.css("tr, .ltx_tr")}  # one that both selectors fit comes twice
        for row in rows.values():
            # The rows of a table in a cell come by themselves.
            own = {
                cell.mem_id: cell
                for cell in row.css("td, th, .ltx_td")
                if _row_of(cell) == row.mem_id and cell.css_first("tr, .ltx_tr") is None
            }
            cells = [self._inline(cell) for cell in own.values()]
            if line := " ".join(cell for cell in cells if cell):
                lines.append(line)
        self._lines(lines, "reference" if place.bibliography else "table")

    def _listing(self, node: LexborNode, place: _Place) -> None:
        self.flush()
        rows = node.css(".ltx_listingline")
        lines = [self._inline(row) for row in rows] if rows else node.text().splitlines()
        algorithm = any("algorithm" in (up.attributes.get("class") or "") for up in _ancestors(node))
        self._lines([clean(line) for line in lines], "algorithm" if algorithm else "listing")

    def _inline(self, node: LexborNode) -> str:
        """All the text in ``node``, on one line; its footnotes come after the block."""
        inner = _Reader(self.size)
        for child in node.iter(include_text=True):
            inner.walk(child, _Place())
        inner.flush()
        self._notes += [line for piece in inner.pieces if piece.kind == "footnote" for line in piece.lines]
        return " ".join(line for piece in inner.pieces if piece.kind != "footnote" for line in piece.lines)

    def _lines(self, lines: list[str], kind: BlockKind) -> None:
        kept = [line for line in lines if line]
        if kept:
            self.pieces.append(Piece(kept, [0] * len(kept), None, kind=kind, row_ends=frozenset(range(len(kept)))))
        self.flush()


def _place(node: LexborNode, classes: str, place: _Place) -> _Place:
    told = f"{classes} {node.attributes.get('id') or ''}"
    role = node.attributes.get("role") or ""
    return _Place(
        place.bibliography or role == "doc-bibliography" or _BIBLIOGRAPHY.search(told) is not None,
        place.footnotes or role in {"doc-footnote", "doc-endnotes"} or _FOOTNOTES.search(told) is not None,
        place.appendix or role == "doc-appendix" or "ltx_appendix" in classes.split(),
        place.item or node.tag in {"li", "dd", "dt"},
        place.depth + 1,
    )


def _kind_of(place: _Place) -> BlockKind:
    if place.bibliography:
        return "reference"
    if place.footnotes:
        return "footnote"
    return "list" if place.item else "body"


def _row_of(cell: LexborNode) -> int | None:
    return next(
        (
            up.mem_id
            for up in _ancestors(cell)
            if up.tag == "tr" or "ltx_tr" in (up.attributes.get("class") or "").split()
        ),
        None,
    )


def _ancestors(node: LexborNode) -> list[LexborNode]:
    found = []
    up: LexborNode | None = node
    while up is not None:
        found.append(up)
        up = up.parent
    return found


def readable(latex: str) -> str:
    """A formula in LaTeX as text."""
    from seedaudit.documents.latex_math import formula
    from seedaudit.documents.latex_parser import parse

    return formula(parse(latex))


def _raw_formula(found: re.Match[str]) -> str:
    return readable(next(part for part in found.groups() if part is not None))


def _math(node: LexborNode) -> str:
    """A formula in MathML: by the LaTeX it was made from, or else by its signs."""
    for annotation in node.css("annotation"):
        if "tex" in (annotation.attributes.get("encoding") or "").lower():
            return readable(annotation.text())
    if alternative := node.attributes.get("alttext"):
        return readable(alternative)
    return clean(_signs(node))


def _signs(node: LexborNode) -> str:
    tag = node.tag or ""
    if tag == "-text":
        return (node.text_content or "").strip()
    parts = [_signs(child) for child in node.iter(include_text=tag in {"mi", "mn", "mo", "mtext", "ms"})]
    if tag in {"annotation", "annotation-xml"} or tag.startswith("-"):
        return ""
    if tag == "msup" and len(parts) == 2:
        return f"{parts[0]}^{parts[1]}"
    if tag == "msub" and len(parts) == 2:
        return f"{parts[0]}_{parts[1]}"
    if tag == "mfrac" and len(parts) == 2:
        return f"{parts[0]}/{parts[1]}"
    if tag == "msqrt":
        return f"√({''.join(parts)})"
    if tag in {"mtr"}:
        return " ".join(parts) + " "
    text = "".join(parts)
    return f" {text} " if tag == "mo" and re.fullmatch(r"[=<>≤≥≈∼±×∈→+]", text) else text
