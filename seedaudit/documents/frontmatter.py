"""Title and year, as the first page and the file's metadata tell them.

In: the pieces of the first page. Out: a title and a year, or nothing. The one decision made here: metadata is believed
only where the page bears it out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from seedaudit.documents.blocks import Piece

_STAMP_YEAR = re.compile(r"arXiv:\S+\s+\[[\w.-]+\]\s+\d{1,2}\s+\w+\s+((?:19|20)\d\d)")
_IMPRINT = re.compile(
    r"©|\(c\) ?(?:19|20)|Copyright|Proceedings|Conference|Workshop|Published|Under review|Accepted|PMLR|Transactions|"
    r"Association for|NeurIPS|ICLR|ICML|AAAI|Journal|Preprint",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19[89]|20[0-4])\d\b")
_DATE = re.compile(r"D:((?:19|20)\d\d)")
_TYPESETTERS = ("tex", "dvips", "word")
_NOT_LETTERS = re.compile(r"[\W_]+")


def find_title(pieces: list[Piece], metadata: Mapping[str, str | None], height: float) -> str:
    """The paper's title, or ""."""
    told = " ".join((metadata.get("title") or "").split())
    squashed = _squash(told)
    if len(squashed) > 8 and squashed[:40] in _squash(" ".join(line for piece in pieces for line in piece.lines)):
        return told
    tops = [
        (piece, (piece.box.y1 - piece.box.y0) / len(piece.lines))
        for piece in pieces
        if piece.box is not None
        and piece.box.y0 < 0.45 * height
        and len(piece.lines) <= 4
        and piece.box.x1 - piece.box.x0 > piece.box.y1 - piece.box.y0
        and sum(map(str.isalpha, "".join(piece.lines))) > 8
        and "@" not in piece.lines[-1]
    ]
    if not tops:
        return ""
    tops.sort(key=lambda top: top[0].box.y0 if top[0].box else 0.0)
    largest = max(size for _, size in tops)
    at = next(index for index, (_, size) in enumerate(tops) if size >= 0.7 * largest)
    lines = list(tops[at][0].lines)
    for (above, size), (piece, other) in zip(tops[at:], tops[at + 1 :], strict=False):
        if not (
            above.box and piece.box and piece.box.y0 - above.box.y1 < 0.4 * size and abs(other - size) < 0.06 * size
        ):
            break
        lines += piece.lines
    return " ".join(lines)[:300]


def find_year(pieces: list[Piece], metadata: Mapping[str, str | None]) -> int | None:
    """The year of publication, or None where neither an imprint nor a typesetter's date tells it."""
    lines = [line for piece in pieces for line in piece.lines]
    for line in lines:
        if line.startswith("arXiv:") and (stamp := _STAMP_YEAR.match(line)):
            return int(stamp[1])
    for piece in pieces:
        if len(piece.lines) <= 6:
            text = " ".join(piece.lines)
            if _IMPRINT.search(text) and (year := _YEAR.search(text)):
                return int(year.group())
    made_by = f"{metadata.get('creator')} {metadata.get('producer')}".lower()
    date = _DATE.match(metadata.get("creationDate") or "")
    return int(date[1]) if date and any(word in made_by for word in _TYPESETTERS) else None


def _squash(text: str) -> str:
    return _NOT_LETTERS.sub("", text).lower()
