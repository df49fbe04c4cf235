"""A paper as plain text or markdown.

In: bytes. Out: a Document without layout. The one decision made here: where paragraphs end, in text whose lines are
wrapped and whose pages, if it has any, are parted by form feeds.
"""

from __future__ import annotations

import re
from statistics import median

from seedaudit.documents import furniture
from seedaudit.documents.blocks import Piece
from seedaudit.documents.cleanup import clean
from seedaudit.documents.document import Document
from seedaudit.documents.frontmatter import find_year
from seedaudit.documents.kinds import starts_caption, starts_item
from seedaudit.documents.sections import find_heading
from seedaudit.documents.structure import compose
from seedaudit.errors import UnreadablePaperError

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")
_ENDS = re.compile(r"(?:[.?!:;][)\]\"'”’]*(?:\s?\[[\d, –-]+\])?|[^\W\d][.?!][)\]\"'”’]*\d{1,2})$")
_UNWRAPPED = 200  # a usual line longer than this is a whole paragraph


def read_text(data: bytes, *, markdown: bool, name: str = "") -> Document:
    """Read a text; raise UnreadablePaperError where the bytes are none."""
    named = name or "the text"
    text = _decode(data, named)
    pages = text.replace("\r\n", "\n").replace("\r", "\n").split("\f")
    if len(pages) > 1 and not pages[-1].strip():
        pages.pop()
    paged = len(pages) > 1
    if markdown:
        from seedaudit.documents.markdown import markdown_pieces

        pieces = [
            piece for number, page in enumerate(pages, 1) for piece in markdown_pieces(page, number if paged else None)
        ]
    else:
        pieces = _plain_pieces(pages, paged=paged)
    if not any(any(map(str.isalpha, line)) for piece in pieces for line in piece.lines):
        raise UnreadablePaperError(f"{named} holds no words", kind="no-text", hint="Give the text of a paper.")
    title = _title(pieces)
    year = find_year([piece for piece in pieces if piece.page in (None, 1)][:30], {})
    done = compose(pieces)
    return Document(done.text, tuple(done.blocks), tuple(done.sections), len(pages) if paged else None, title, year)


def _decode(data: bytes, named: str) -> str:
    if not data.strip():
        raise UnreadablePaperError(f"{named} is empty", kind="empty", hint="Give the text of a paper.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            try:
                text = data.decode("cp1252")
            except UnicodeDecodeError:
                text = data.decode("latin-1")
    if data.startswith(b"%PDF-") or len(_CONTROL.findall(text)) > 0.01 * len(text) + 3:
        raise UnreadablePaperError(
            f"{named} is not text but binary data",
            kind="not-text",
            hint="A PDF is read as such when its name ends in .pdf.",
        )
    return text


def _plain_pieces(pages: list[str], *, paged: bool) -> list[Piece]:
    lines = [[clean(line) for line in page.split("\n")] for page in pages]
    if paged:
        lines = _without_furniture(lines)
    lengths = [len(line) for page in lines for line in page if len(line) > 25]
    width = median(lengths) if lengths else 60.0
    pieces: list[Piece] = []
    for number, page in enumerate(lines, 1):
        pieces += [Piece(group, [0] * len(group), number if paged else None) for group in _paragraphs(page, width)]
    return pieces


def _without_furniture(pages: list[list[str]]) -> list[list[str]]:
    numbered = furniture.line_numbers(pages)
    pages = [
        [line for line in page if line not in numbers] if numbers else page
        for page, numbers in zip(pages, numbered, strict=True)
    ]
    edges = [_edge(page) for page in pages]
    heads = furniture.repeated(
        [[furniture.edge_key(page[at]) for at in edge] for page, edge in zip(pages, edges, strict=True)]
    )
    kept = []
    for page, edge in zip(pages, edges, strict=True):
        drop = {
            at
            for at in edge
            if furniture.edge_key(page[at]) in heads
            or (at in (edge[0], edge[-1]) and furniture.is_page_number(page[at]))
        }
        if (
            edge[0] in drop
            and len(edge) > 1
            and page[edge[0]].isdecimal()
            and find_heading(page[edge[0] : edge[0] + 2])
        ):
            drop.discard(edge[0])  # "3", "Experiments" at the top of a page
        kept.append([line for at, line in enumerate(page) if at not in drop])
    return kept


def _edge(page: list[str]) -> list[int]:
    """Which lines stand at the page's top and bottom."""
    filled = [at for at, line in enumerate(page) if line]
    return sorted({*filled[:2], *filled[-2:]}) or [0]


def _paragraphs(lines: list[str], width: float) -> list[list[str]]:
    """The page's lines in groups: paragraphs, headings, captions, items, runs of cells."""
    groups: list[list[str]] = []
    current: list[str] = []
    cells = False  # whether ``current`` is a run of short lines that are no sentences
    skip = 0
    for at, line in enumerate(lines):
        if skip:
            skip -= 1
            continue
        before = current[-1] if current else ""
        closed = not before or len(before) < 0.75 * width or _ENDS.search(before) is not None
        heading = (
            find_heading([following for following in lines[at : at + 2] if following]) if line and closed else None
        )
        short = _is_cell(line, lines[at + 1] if at + 1 < len(lines) else "", width)
        if (
            line
            and heading is None
            and current
            and not (
                width > _UNWRAPPED
                or (_ENDS.search(before) is not None and len(before) < 0.85 * width)
                or (closed and (starts_caption(line) or starts_item(line)))
                or (short != cells and (cells or len(before) > 0.45 * width) and not (short and line[0].islower()))
            )
        ):
            current.append(line)
            continue
        if current:
            groups.append(current)
        current = []
        if heading is not None:
            groups.append([following for following in lines[at : at + 2] if following][: heading.size])
            skip = heading.size - 1
        elif line:
            current, cells = [line], short
    if current:
        groups.append(current)
    return groups


def _is_cell(line: str, following: str, width: float) -> bool:
    """Whether a line is too short for a sentence's, and no sentence goes on from it."""
    if len(line) >= 0.45 * width or _ENDS.search(line) is not None or line.endswith("-"):
        return False
    return not (following[:1].islower() and len(following) > 0.6 * width)


def _title(pieces: list[Piece]) -> str:
    for piece in pieces[:8]:
        if piece.kind == "heading":
            return " ".join(piece.lines)[:300]
    for piece in pieces[:8]:
        line = piece.lines[0]
        if len(line) > 10 and " " in line and "@" not in line and not line.startswith("Proceedings of "):
            return line[:300]
    return ""
