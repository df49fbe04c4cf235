"""The characters and lines of a paper, cleaned.

In: lines of text as PyMuPDF or a converter gives them. Out: lines fit for matching, and how two lines join. The one
decision made here: what counts as the same character, and when a hyphen at a line's end belongs to the word.
"""

from __future__ import annotations

import re
import unicodedata

_LIGATURES = {0x0B: "ff", 0x0C: "fi", 0x0E: "ffi", 0x0F: "ffl", 0xF001: "fi", 0xF002: "fl"}
_SMALL_CAPITALS = {0xF700 + code: chr(code) for code in range(0x61, 0x7B)}
_SPACES = dict.fromkeys([*range(0x0B), *range(0x10, 0x20), *range(0x7F, 0xA0), 0x0D, 0xFFFD, 0x2028, 0x2029], " ")
_NOTHING: dict[int, str] = dict.fromkeys(
    [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF, 0xAD], ""
)
_HYPHENS = dict.fromkeys([0x2010, 0x2011, 0x2043], "-")
_TABLE: dict[int, str] = _SPACES | _NOTHING | _LIGATURES | _SMALL_CAPITALS | _HYPHENS

_ODD = re.compile("[\x00-\x1f\x7f-\x9f\xad\u200b-\u2011\u2028-\u202e\u2043\u2060-\u2064\ue000-\uf8ff\ufeff\ufffd"
                  "\U000f0000-\U0010ffff]")  # fmt: skip
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")

# First halves that LaTeX's hyphenation seldom makes: a hyphen after them was written by the author.
_COMPOUND_HEADS = frozenset(
    "self well state cross low high large small long short real zero one two three four five six seven eight nine "
    "ten fine coarse semi data task model domain word sentence token single same fixed random user end top best "
    "worst time open closed non few many out in on off pre post hand world human common general rule graph".split()
)
_COMPOUND_TAILS = frozenset("seed seeds run runs trial trials fold shot step level based of the art tuned tuning".split())


def clean(line: str) -> str:
    """``line`` with characters unified (NFKC, ligatures, controls) and spaces single; may be empty."""
    if not line.isascii() or not line.isprintable():
        if _ODD.search(line) is not None:
            if line.endswith("\xad"):
                line = line[:-1] + "-"
            line = _PRIVATE.sub(" ", line.translate(_TABLE))
        if not unicodedata.is_normalized("NFKC", line):
            line = unicodedata.normalize("NFKC", line)
        return " ".join(line.split())
    if "  " in line:
        return " ".join(line.split())
    return line.strip()


class Words:
    """The paper's own words, asked whether a word broken over two lines has a hyphen of its own."""

    def __init__(self, text: str) -> None:
        self._text = text.lower()
        self._tails = frozenset(re.findall(r"-[a-z]+", self._text))

    def joiner(self, line: str, following: str) -> str | None:
        """What parts ``line`` from ``following``: ``" "``, ``""`` (keep the hyphen) or None (drop the hyphen)."""
        if len(line) < 2 or not line[-2].isalnum():
            return " "
        first = following[0]
        if not first.islower():
            return "" if first.isalnum() and line[-2].isalpha() else " "
        head = line[:-1].rsplit(None, 1)[-1].lower()
        tail = _leading_word(following)
        stem = head.lstrip("([{\"'“‘")
        if "-" in stem or "/" in stem or stem in _COMPOUND_HEADS and (stem + tail) not in self._text:
            return ""
        if stem[-1:].isdigit() or tail in _COMPOUND_TAILS and (stem + tail) not in self._text:
            return ""
        if "-" + tail in self._tails and f"{stem}-{tail}" in self._text and (stem + tail) not in self._text:
            return ""
        return None


def _leading_word(line: str) -> str:
    match = _WORD.match(line)
    return match.group().lower() if match else ""


_WORD = re.compile(r"[^\W\d_]+")
