"""The outline of a paper: headings, the bibliography, what follows it.

In: pieces in reading order. Out: the same with headings cut out and marked, bibliography entries marked, and each
section's opening piece carrying its title and kind. The one decision made here: what is a heading, and which kind of
section it opens.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from seedaudit.documents.blocks import Opening, Piece
from seedaudit.documents.document import SectionKind
from seedaudit.documents.kinds import starts_caption

_BARE = re.compile(
    r"(?:(?:Appendix|APPENDIX)\s+)?(?:\d{1,2}(?:\.\d{1,2}){0,3}|[A-Z](?:\.\d{1,2}){0,3}|[IVX]{1,5})[.:]?"
)
_NUMBERED = re.compile(
    r"(?P<word>(?:Appendix|APPENDIX)\s+)?"
    r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,3}|[IVX]{2,5}(?=\.)|[A-Z](?:\.\d{1,2}){0,3}|[IVX])(?P<dot>[.:]?)\s+(?P<title>\S.*)"
)
_LETTERED = re.compile(r"(?:Appendix|APPENDIX) [A-Z]\.?")
_LETTERS = re.compile(r"[^a-z]+")
_SMALL_CAPITALS = re.compile(r"\b([A-Z]) (?=[A-Z]{2,})")
_LONG_WORD = re.compile(r"[^\W\d_]{3,}|\b[A-Z]{2}\b")
_FORMULA = re.compile(r"[=←→∇+<>|∈{}\\∑∏√]")
_INITIAL = re.compile(r"\b[A-Z]\.(?:\s|,|-|$)")
_YEAR = re.compile(r"\b(?:19[5-9]|20[0-4])\d[a-z]?\b")
_VENUE = re.compile(
    r"(?-i:\bIn:? [A-Z\d])|proceedings|arXiv|conference|journal|transactions|\bpages? \d|\bpp?\. ?\d|\bvol\b|press\b|"
    r"association for|linguistics|https?://|doi",
    re.IGNORECASE,
)
_ENTRY_START = re.compile(r"\[[\w+]{1,9}\]|\d{1,3}\.\s|[A-ZÀ-Þ][\w'’´-]+,? (?:[A-Z]\.|[A-Z][\w'-]+)")

_NAMES = frozenset(
    "abstract introduction relatedwork relatedworks background preliminaries preliminary method methods methodology "
    "approach model models experiment experiments experimentalsetup experimentalsetups experimentalsettings "
    "experimentalsetting experimentalresults experimentaldetails experimentsandresults results resultsanddiscussion "
    "resultsandanalysis discussion discussions analysis evaluation ablationstudy ablationstudies conclusion "
    "conclusions conclusionandfuturework conclusionsandfuturework conclusionanddiscussion futurework limitation "
    "limitations limitationsandfuturework ethicsstatement ethicalconsiderations ethicalstatement ethics "
    "ethicsconsiderations broaderimpact broaderimpacts broaderimpactstatement impactstatement "
    "reproducibilitystatement reproducibility references bibliography referencescited literaturecited workscited "
    "appendix appendices supplementarymaterial supplementarymaterials supplementaryinformation supplementalmaterial "
    "supplement checklist authorcontributions contributions funding dataavailability codeavailability "
    "dataandcodeavailability trainingdetails implementationdetails hyperparameters datasets dataset data setup "
    "baselines keywords contents tableofcontents problemstatement problemformulation problemsetting motivation "
    "overview implementation materialsandmethods acknowledgments acknowledgements acknowledgment acknowledgement "
    "summary theory ourapproach ourmethod proposedmethod trainingsetup trainingprocedure mainresults casestudy "
    "erroranalysis notation".split()
)
# These open a section wherever they stand; the other names are also heads of columns and labels of figures.
_STRONG = frozenset(
    "abstract introduction conclusion conclusions limitation limitations ethicsstatement ethicalconsiderations "
    "ethicalstatement ethicsconsiderations broaderimpact broaderimpacts broaderimpactstatement impactstatement "
    "reproducibilitystatement references bibliography referencescited literaturecited workscited appendix appendices "
    "supplementarymaterial supplementarymaterials supplementaryinformation supplementalmaterial checklist "
    "acknowledgments acknowledgements acknowledgment acknowledgement authorcontributions relatedwork relatedworks "
    "conclusionandfuturework conclusionsandfuturework dataavailability codeavailability".split()
)
_REFERENCES = ("references", "bibliography", "referencescited", "literaturecited", "workscited", "referencesandnotes")
_MISSPELT = ("references", "bibliography", "acknowledgements", "acknowledgments")
_RELATED = ("relatedwork", "priorwork", "previouswork", "literaturereview", "relatedliterature", "relatedresearch")
_APPENDIX = ("appendix", "appendices", "supplement", "supportinginformation", "technicalappendix", "onlineappendix")


class _Heading(NamedTuple):
    size: int  # lines of the piece that it takes
    number: str
    title: str
    marked: bool  # "Appendix" stands before the number
    dotted: bool
    split: bool  # the number stands on a line of its own


@dataclass(slots=True)
class _State:
    top: int = 0
    unnumbered: bool = False  # "Introduction" had no number: neither has any other heading of the main part
    letter: str = ""
    roman: int = 0
    kind: SectionKind = "front"
    parent: SectionKind = "body"
    referenced: bool = False


def outline(pieces: list[Piece]) -> list[Piece]:
    """``pieces`` with headings, openings of sections and bibliography entries marked."""
    state = _State()
    done: list[Piece] = []
    for index, piece in enumerate(pieces):
        heading = find_heading(piece.lines) if piece.kind in ("body", "heading") else None
        kind = _accept(heading, piece, state, late=index * 2 > len(pieces)) if heading else None
        if kind is not None and state.kind == "references" and not _stands_out(heading, pieces, index):
            kind = None
        if kind == "references" and heading is not None and not _followed_by_entries(heading, pieces, index):
            kind = None
        if kind is None and piece.kind == "heading" and not starts_caption(piece.lines[0]):  # the markup says so
            heading, kind = (
                _Heading(len(piece.lines), "", " ".join(piece.lines), False, False, False),
                _marked(piece, state),
            )
        if heading is None or kind is None:
            piece.kind = "body" if piece.kind == "heading" else piece.kind
            done.append(piece)
            if state.kind == "references" and piece.kind == "body":
                piece.kind = "reference"
            continue
        if state.kind == "front" and kind != "front" and done:
            _open_front(done)
        state.kind = kind
        state.referenced = state.referenced or kind == "references"
        title = f"{heading.number} {heading.title}".strip()
        head, rest = piece.cut(heading.size)
        head.kind = "heading"
        head.opens = Opening(title, kind)
        done.append(head)
        if rest is not None:
            if kind == "references":
                rest.kind = "reference"
            done.append(rest)
    if not state.referenced:
        _mark_entries(done)
    _end_bibliography(done)
    return done


def _stands_out(heading: _Heading | None, pieces: list[Piece], index: int) -> bool:
    """Inside a bibliography: whether what looks like a heading is not a title's line in an entry."""
    if heading is None or not heading.number or heading.split:
        return True
    after = " ".join(pieces[index + 1].lines)[:250] if index + 1 < len(pieces) else ""
    return not (_YEAR.search(after) and _VENUE.search(after))


def _followed_by_entries(heading: _Heading, pieces: list[Piece], index: int) -> bool:
    """Whether a year stands soon after a bibliography's heading: a label in a figure has none."""
    after = [
        *pieces[index].lines[heading.size :],
        *(line for piece in pieces[index + 1 : index + 6] for line in piece.lines),
    ]
    return _YEAR.search(" ".join(after)) is not None


def _marked(piece: Piece, state: _State) -> SectionKind:
    kind = kind_of_title(" ".join(piece.lines))
    if kind != "body":
        state.parent = kind
        return kind
    if state.kind == "references":
        return "appendix"
    return state.kind


def find_heading(lines: list[str]) -> _Heading | None:
    """The heading that ``lines`` begin with, by its shape alone."""
    first = lines[0]
    if len(first) > (100 if len(lines) < 4 else 65) or not (first[0].isupper() or first[0].isdecimal()):
        return None
    numbered = not first[1:2].islower() or first.startswith("Appendix")  # most lines begin with a word like "The"
    split = numbered and len(lines) > 1 and _BARE.fullmatch(first) is not None
    count = 2 if split else 1
    text = f"{first} {lines[1]}" if split else first
    if split and len(lines) == count + 1 and len(text) + len(lines[count]) < 110 and lines[count][-1] not in ".,;:":
        text, count = f"{text} {lines[count]}", count + 1  # a heading on two lines, alone in its piece
    name = _squash(text) if len(text) < 45 else ""
    if name in _NAMES and not any(map(str.isdecimal, text)):
        return _Heading(count, "", _spell(text), False, False, False)
    match = _NUMBERED.fullmatch(text) if numbered else None
    if match is not None:
        title = _spell(match["title"])
        if not _title_like(title):
            return None
        return _Heading(count, match["number"], title, match["word"] is not None, match["dot"] != "", split)
    if len(text) < 70 and (name.startswith(_APPENDIX) or "checklist" in text.lower() or _misspelt(name)):
        return _Heading(count, "", _spell(text), False, False, False) if text[-1] not in ".,;?" else None
    if numbered and _LETTERED.fullmatch(text):
        return _Heading(count, text.split()[1].rstrip("."), text, True, False, False)
    return None


def _accept(heading: _Heading, piece: Piece, state: _State, *, late: bool) -> SectionKind | None:
    """The kind of section that the heading opens here, or None: a number out of sequence is no heading."""
    alone = heading.size == len(piece.lines)
    kind = kind_of_title(heading.title)
    number = heading.number
    if not number:
        if _squash(heading.title) not in _STRONG and kind == "body" and (state.top or state.roman or not alone):
            return None
        if state.kind == "checklist" and kind in ("body", "related"):
            return None
        if _squash(heading.title) == "introduction" and not state.referenced:
            state.unnumbered = True
        if _squash(heading.title) in ("abstract", "keywords", "contents", "tableofcontents") and state.kind == "front":
            return "body"
        if kind == "body" and state.referenced:
            kind = "appendix"
        if kind == "appendix":
            state.letter = state.letter or "@"
        state.parent = kind
        return kind
    if not alone and (len(heading.title) > 60 or piece.lines[heading.size][0].islower()):
        return None
    parts = number.split(".")
    if parts[0].isdecimal():
        value = int(parts[0])
        if (
            state.kind == "checklist"
            or value == 0
            or parts[-1][0] == "0"
            or int(parts[-1]) > 25
            or (state.unnumbered and not state.referenced)
        ):
            return None
        if state.kind == "front" and _squash(heading.title) not in _NAMES:
            return None
        known = _squash(heading.title) in _NAMES
        if len(parts) == 1:
            skipped = value == state.top + 2 and known  # the heading between was missed
            restarted = value == 1 and known and state.referenced and state.kind != "references"
            if not (value == state.top + 1 or skipped or restarted):
                return None
            state.top = value
        else:
            if not state.top <= value <= state.top + 1:
                return None
            if kind == "body" and value == state.top and state.kind != "references":
                return state.parent if state.parent != "references" else "appendix"
            state.top = value
    elif len(parts[0]) > 1 or (
        parts[0] in "IVX" and heading.dotted and _roman(parts[0]) == state.roman + 1 and not state.referenced
    ):
        value = _roman(parts[0])
        if not state.roman < value <= state.roman + 2:
            return None
        state.roman = value
    elif (verdict := _accept_letter(heading, parts, state, late=late, alone=alone)) is not None:
        return verdict
    else:
        return None
    if kind == "body" and state.referenced:
        kind = "appendix"
    state.parent = kind
    return kind


def _accept_letter(
    heading: _Heading, parts: list[str], state: _State, *, late: bool, alone: bool
) -> SectionKind | None:
    letter = parts[0]
    expected = letter == "A" or (state.letter != "" and ord(letter) - ord(state.letter) in (0, 1, 2))
    if not (expected or heading.marked):
        return None
    if not (state.referenced or heading.marked or state.letter):
        if heading.dotted and alone and state.roman:  # IEEE: "A. Data" under "II. METHOD"
            return state.parent
        if not late or (len(parts) == 1 and not alone):
            return None
    if state.kind == "references":
        if _INITIAL.search(heading.title) or _YEAR.search(heading.title) or "," in heading.title:
            return None
        if not alone and not heading.split:
            return None
    if state.kind == "checklist" and (heading.title[-1] in "?:" or heading.title.startswith(("Did ", "If ", "For "))):
        return None
    if heading.dotted and state.roman and not state.referenced:
        return state.parent
    state.letter = letter
    state.parent = "appendix"
    return "appendix"


def kind_of_title(title: str) -> SectionKind:
    """The kind of section that a heading says it opens; "body" where it says nothing."""
    name = _squash(title)
    if name in _REFERENCES:
        return "references"
    if name.startswith("acknowledg"):
        return "acknowledgements"
    if "checklist" in name:
        return "checklist"
    if name.startswith(_APPENDIX):
        return "appendix"
    if any(word in name for word in _RELATED):
        return "related"
    near = _misspelt(name)
    if near:
        return "acknowledgements" if near.startswith("ack") else "references"
    return "body"


@lru_cache(1024)  # papers share their headings
def _misspelt(name: str) -> str:
    if not 8 <= len(name) <= 18 or name[0] not in "rba":
        return ""
    import difflib

    return next(iter(difflib.get_close_matches(name, _MISSPELT, n=1, cutoff=0.88)), "")


def _title_like(title: str) -> bool:
    if not 2 < len(title) <= 100 or title[-1] in ".,;:" or _LONG_WORD.search(title) is None:
        return False
    if not (title[0].isupper() or title[0].isdecimal() or title[0] in "“\"'‘(") or title.count(" ") > 13:
        return False
    if _FORMULA.search(title) is not None:
        return False
    plain = sum(map(str.isalpha, title)) + title.count(" ")
    return plain >= 0.7 * len(title)


def _spell(title: str) -> str:
    return _SMALL_CAPITALS.sub(r"\1", title)


def _squash(title: str) -> str:
    return _LETTERS.sub("", title.lower())


def _roman(text: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10}.get(letter, 0) for letter in text]
    return sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))


def _open_front(done: list[Piece]) -> None:
    if done[0].opens is None:
        done[0].opens = Opening("", "front")


def _entry_like(text: str) -> bool:
    """Whether a stretch of text may belong to a bibliography: a year, a venue, or a list of names."""
    return _YEAR.search(text) is not None or _VENUE.search(text) is not None or text.count(", ") * 28 > len(text)


def _mark_entries(pieces: list[Piece]) -> None:
    """Find a bibliography without a heading: several entries in a row in the paper's later half."""
    run: list[int] = []
    for index in range(len(pieces) // 2, len(pieces)):
        piece = pieces[index]
        text = " ".join(piece.lines)
        years = len(_YEAR.findall(text))
        strong = years and _VENUE.search(text) and _ENTRY_START.match(text) and years * 400 > len(text)
        if strong:
            run.append(index)
        elif len(text) > 60:
            run = []
        if len(run) == 4:
            pieces[run[0]].opens = Opening("References", "references")
            for later in pieces[run[0] :]:
                if later.opens is not None and later is not pieces[run[0]]:
                    break
                if later.kind == "body":
                    later.kind = "reference"
            return


def _end_bibliography(pieces: list[Piece]) -> None:
    """Where two paragraphs in a row are no entries, the bibliography has ended without a heading."""
    prose: list[int] = []
    for index, piece in enumerate(pieces):
        if piece.kind != "reference":
            prose = []
            continue
        text = " ".join(piece.lines)
        if len(text) < 200:
            continue
        if _entry_like(text):
            prose = []
            continue
        prose.append(index)
        if len(prose) == 2:
            pieces[prose[0]].opens = Opening("", "appendix")
            for later in pieces[prose[0] :]:
                if later.kind != "reference":
                    break
                later.kind = "body"
            prose = []
