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

# TeX's old fonts set an accent as a sign of its own before its letter.
ACCENTS = {
    "´": "\u0301",
    "¨": "\u0308",
    "ˇ": "\u030c",
    "˘": "\u0306",
    "˝": "\u030b",
    "˚": "\u030a",
    "¸": "\u0327",
    "ˆ": "\u0302",
    "˜": "\u0303",
}
_ACCENTED = re.compile("([" + "".join(ACCENTS) + "])([A-Za-zı])")

# First halves that LaTeX's hyphenation seldom makes: a hyphen after them was written by the author.
_COMPOUND_HEADS = frozenset(
    "self well state cross low high large small long short real zero one two three four five six seven eight nine "
    "ten fine coarse semi data task model domain word sentence token single same fixed random user end top best "
    "worst time open closed non few many out in on off pre post hand world human common general rule graph".split()
)
_COMPOUND_TAILS = frozenset(
    "seed seeds run runs trial trials fold shot step level based of the art tuned tuning".split()
)


def clean(line: str) -> str:
    """``line`` with characters unified (NFKC, ligatures, controls) and spaces single; may be empty."""
    if not line.isascii() or not line.isprintable():
        if _ODD.search(line) is not None:
            if line.endswith("\xad"):
                line = line[:-1] + "-"
            line = _PRIVATE.sub(" ", line.translate(_TABLE))
        if not unicodedata.is_normalized("NFKC", line):
            line = _ACCENTED.sub(lambda found: found[2].replace("ı", "i") + ACCENTS[found[1]], line)
            line = unicodedata.normalize("NFKC", line)
        return " ".join(line.split())
    if "  " in line:
        return " ".join(line.split())
    return line.strip()


def clean_lines(text: str) -> list[tuple[int, str]] | list[str]:
    """The lines of ``text``: as they stand where nothing is to be cleaned, else numbered, without empty ones."""
    flat = text[:-1].replace("\n", " ")
    plain = (
        text[-1:] == "\n"
        and flat[:1] not in ("", " ")
        and flat[-1] != " "
        and "  " not in flat
        and flat.isprintable()
        and (flat.isascii() or (unicodedata.is_normalized("NFKC", text) and not _holds_odd(flat)))
    )
    if plain:
        return text[:-1].split("\n")
    return [(index, line) for index, raw in enumerate(text.split("\n")) if (line := clean(raw))]


def _holds_odd(text: str) -> bool:
    """Whether normalised, printable ``text`` holds an odd character: these are what is left of them."""
    return "\u2010" in text or "\u2043" in text or "\ufffd" in text


class Words:
    """The paper's own words, asked whether a word broken over two lines has a hyphen of its own."""

    def __init__(self, text: str) -> None:
        self._text = text.lower()
        self._tails = frozenset(re.findall(r"-[a-z]+", self._text))

    def join(self, line: str, following: str) -> str:
        """``line``, which ends in a hyphen, as it goes before ``following``, with what parts them."""
        first = following[0]
        if len(line) < 2 or not line[-2].isalnum():
            return line + " "
        if not first.islower():
            return line if first.isalnum() and line[-2].isalpha() else line + " "
        return line if self._is_compound(line, following) else line[:-1]

    def _is_compound(self, line: str, following: str) -> bool:
        head = line[:-1].rsplit(None, 1)[-1].lower().lstrip("([{\"'“‘")
        match = _WORD.match(following)
        tail = match.group().lower() if match else ""
        if "-" in head or "/" in head or head[-1:].isdigit():
            return True
        likely = head in _COMPOUND_HEADS or tail in _COMPOUND_TAILS
        if not likely and "-" + tail in self._tails:
            likely = f"{head}-{tail}" in self._text
        return likely and head + tail not in self._text


_WORD = re.compile(r"[^\W\d_]+")
