r"""Markdown of papers, as converters write it.

In: the markdown of a page. Out: pieces with plain lines. The one decision made here: what of the markup a reader would
see: words, cells and formulas stay ("$5$ seeds" reads "5 seeds"), signs and targets of links go.
"""

from __future__ import annotations

import html
import re

from seedaudit.documents.blocks import Piece
from seedaudit.documents.cleanup import clean

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TABLE = re.compile(r"<table\b[^>]*>(.*?)</table\s*>", re.DOTALL | re.IGNORECASE)
_ROW = re.compile(r"</tr\s*>", re.IGNORECASE)
_CELL = re.compile(r"</t[dh]\s*>", re.IGNORECASE)
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_RULE = re.compile(r"[-*_=\s]{3,}$|\|?[\s:|-]*-[\s:|-]*$")
_ITEM = re.compile(r"(?:[-*+•]|\d{1,3}[.)]|\([a-z0-9]{1,3}\))\s+(?=\S)")
_IMAGE = re.compile(r"!\[[^\]]{0,2000}\]\([^()]{0,2000}\)")
_LINK = re.compile(r"\[((?:[^\[\]\\]|\\.){0,2000})\]\([^()\s]{0,2000}(?:\s\"[^\"]{0,300}\")?\)")
_SUPERSCRIPT = re.compile(r"(.?)<sup>([^<]{0,200})</sup>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]{0,500})?/?>")
_AUTOLINK = re.compile(r"<(https?://[^<>\s]{1,2000})>")
_STRONG = re.compile(
    r"(\*{1,3}|(?<!\w)_{1,3})(?=\S)([^*\n]{1,2000}?)(?<=\S)\1(?![\w])|(\*{1,3})(?=\S)([^*\n]{1,2000}?)(?<=\S)\3"
)
_MATH = re.compile(r"\$\$?([^$]{1,2000})\$\$?")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!|<>~&%$\"'-])")
_FONT = re.compile(
    r"\\(?:text|mathrm|mathbf|mathit|mathcal|mathbb|mathsf|operatorname|boldsymbol|bm|textbf|textit|hat|bar|tilde)\s*\{([^{}]*)\}"
)
_COMMAND = re.compile(r"\\([a-zA-Z]+)")
_SIGNS = {
    "pm": "±", "times": "×", "in": "∈", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "approx": "≈", "sim": "~",
    "cdot": "·", "ldots": "...", "dots": "...", "cdots": "...", "to": "→", "rightarrow": "→", "left": "", "right": "",
    "quad": " ", "qquad": " ", "displaystyle": "", "big": "", "Big": "", "infty": "∞", "neq": "≠",
}  # fmt: skip


def markdown_pieces(page: str, number: int | None) -> list[Piece]:
    """The pieces of a page: headings and tables marked as such."""
    page = _TABLE.sub(_table_lines, _COMMENT.sub(" ", page))
    pieces: list[Piece] = []
    open_piece: Piece | None = None
    fenced = False
    for raw in page.split("\n"):
        line = raw.strip()
        if line.startswith(("```", "~~~")):
            fenced = not fenced
            open_piece = None
            continue
        row = fenced or line.startswith("|")
        if not line or (not fenced and _RULE.match(line)):
            if not (line and row):
                open_piece = None
            continue
        if not fenced and (heading := _HEADING.match(line)):
            open_piece = None
            if text := plain(heading[2]):
                pieces.append(Piece([text], [0], number, kind="heading"))
            continue
        text = clean(line) if fenced else plain(" ".join(_cells(line)) if row else line)
        if not text:
            continue
        if open_piece is None or (open_piece.kind == "table") != row or (not row and _ITEM.match(line)):
            open_piece = Piece([], [], number, kind="table" if row else "body")
            pieces.append(open_piece)
        open_piece.lines.append(text)
        open_piece.origins.append(0)
        if row:
            open_piece.row_ends = open_piece.row_ends.union([len(open_piece.lines) - 1])
    return pieces


def plain(line: str) -> str:
    """A line of markdown as its reader sees it."""
    line = _IMAGE.sub("", line)
    line = _AUTOLINK.sub(r"\1", line)
    line = _SUPERSCRIPT.sub(_raised, line)
    line = _TAG.sub("", _BREAK.sub(" ", line))
    line = _MATH.sub(lambda found: _formula(found[1]), line)
    for _ in range(2):  # a link's text may hold a link, emphasis emphasis
        line = _LINK.sub(r"\1", line)
        line = _STRONG.sub(lambda found: found[2] or found[4] or "", line)
    line = _ESCAPE.sub(r"\1", line.replace("`", ""))
    return clean(html.unescape(line))


def _cells(line: str) -> list[str]:
    return [cell for part in re.split(r"(?<!\\)\|", line.strip("|")) if (cell := part.strip())]


def _table_lines(found: re.Match[str]) -> str:
    rows = _ROW.split(found[1].replace("\n", " "))
    lines = ["| " + _CELL.sub(" | ", row) for row in rows]
    return "\n\n" + "\n".join(lines) + "\n\n"


def _raised(found: re.Match[str]) -> str:
    """Powers stay; the number of a footnote, glued to its word, goes."""
    before, mark = found[1], found[2].strip()
    if before.isdecimal() and mark.lstrip("-−").isalnum():
        return f"{before}{mark if mark.isalpha() else '^' + mark}"
    return before if not mark.isalpha() else f"{before}{mark}"


def _formula(text: str) -> str:
    for _ in range(2):
        text = _FONT.sub(r"\1", text)
    text = re.sub(r"\\[,;:!> ]|~", " ", text)
    text = _COMMAND.sub(lambda found: _SIGNS.get(found[1], found[1]), text)
    text = re.sub(r"\\([{}%$&#_])", r"\1", re.sub(r"(?<!\\)[{}]", "", text))
    return text.strip()
