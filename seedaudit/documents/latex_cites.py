r"""What citations say in print.

In: the files of a paper. Out: for each key the names and the year, or the number, that stand where it is cited. The one
decision made here: BibTeX's own output (``.bbl``) knows how the paper prints it; the author's database (``.bib``) is
asked for what that does not hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from seedaudit.documents.latex_parser import accented

_ITEM = re.compile(
    r"\\bibitem\s*(?P<label>\[(?:[^\[\]{}]|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})*\])?\s*\{(?P<key>[^{}]+)\}"
)
_NATBIB = re.compile(r"(?P<names>.+?)\s*\((?P<year>\d{4}[a-z]?)\)", re.DOTALL)
_ACL = re.compile(r"\\citename\s*\{(?P<names>.+?)(?:,\s*)?\}\s*(?P<year>\d{4}[a-z]?)", re.DOTALL)
_ENTRY = re.compile(
    r"^[ \t]*@(?!comment|string|preamble)\w+\s*[{(]\s*(?P<key>[^,\s{}]+)\s*,", re.MULTILINE | re.IGNORECASE
)
_FIELD = re.compile(
    r"\b(?P<name>\w+)\s*=\s*(?:\{(?P<braced>(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}|\"(?P<quoted>[^\"]*)\""
    r"|(?P<bare>\d{4}))"
)
_ACCENT = re.compile(r"\{?\\([\"'`^~=.cHkbdruv])\s*\{?\\?([A-Za-z])\}?\}?")
_LETTERS = re.compile(r"\{?\\(ss|ae|oe|aa|o|l|i|AE|OE|AA|O|L)\b\s*\}?")
_SPELT = {
    "ss": "ß",
    "ae": "æ",
    "oe": "œ",
    "aa": "å",
    "o": "ø",
    "l": "ł",
    "i": "i",
    "AE": "Æ",
    "OE": "Œ",
    "AA": "Å",
    "O": "Ø",
    "L": "Ł",
}


class Cited(NamedTuple):
    """How a work is cited: by names and year, or by number."""

    names: str
    year: str
    number: str = ""


def read_cites(files: Mapping[str, str]) -> dict[str, Cited]:
    """The works that the files list, by key."""
    found: dict[str, Cited] = {}
    for name, text in files.items():
        if name.endswith(".bib"):
            found.update(_from_database(text))
    for name, text in files.items():
        if name.endswith(".bbl"):
            found.update(_from_bibliography(text))
    return found


def _from_bibliography(text: str) -> Iterator[tuple[str, Cited]]:
    for number, item in enumerate(_ITEM.finditer(text), 1):
        label = item["label"]
        if label is None:
            yield item["key"].strip(), Cited("", "", str(number))
        elif said := (_NATBIB.match(label[1:-1]) or _ACL.search(label)):
            yield item["key"].strip(), Cited(_plain(said["names"]), said["year"])


def _from_database(text: str) -> Iterator[tuple[str, Cited]]:
    entries = list(_ENTRY.finditer(text))
    ends = [*(entry.start() for entry in entries), len(text)]
    for entry, end in zip(entries, ends[1:], strict=True):
        fields: dict[str, str] = {}
        for one in _FIELD.finditer(text, entry.end(), min(end, entry.end() + 20_000)):
            fields.setdefault(one["name"].lower(), one["braced"] or one["quoted"] or one["bare"] or "")
        names = _short(fields.get("author") or fields.get("editor") or "")
        year = re.search(r"\d{4}", fields.get("year") or fields.get("date") or "")
        if names:
            yield entry["key"], Cited(names, year[0] if year else "")


def _short(authors: str) -> str:
    """``Ann Author and Bob Writer and others`` as it is cited: ``Author et al.``."""
    people = [_family(one) for one in re.split(r"\s+and\s+", " ".join(authors.split()))]
    if len(people) > 2 or people[-1] == "others":
        return f"{people[0]} et al."
    return " and ".join(people)


def _family(name: str) -> str:
    if name.startswith("{") and name.endswith("}"):
        return _plain(name)
    plain = _plain(name)
    return plain.partition(",")[0] if "," in plain else plain.rpartition(" ")[2]


def _plain(text: str) -> str:
    text = _ACCENT.sub(lambda found: accented(found[1], found[2]) or "", text)
    text = _LETTERS.sub(lambda found: _SPELT[found[1]], text)
    text = re.sub(r"\\[a-zA-Z]+\s*|[{}]", "", text.replace("~", " ").replace("\\&", "and"))
    return " ".join(text.split())
