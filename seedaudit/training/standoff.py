"""Labels of papers, kept apart from their text.

In: a paper's text and a label on a stretch of it, or records made so and the paper again. Out: records without a word
of the paper (id, page, offsets, hashes, label), and places. The one decision made here: what names a passage. Its
letters do (small letters and digits, accents and ligatures resolved), since line breaks, hyphens, spaces and
typography differ between readers and versions of a paper. Hashes of short windows of letters before, on and behind the
passage vote for where it stands, so that a window which was torn (a footnote, a line number, a running head) does not
lose it.

A file of records is JSONL, one paper a line:

    {"paper": "pmlr:v97/picard21a", "sha256": null, "split": "train", "set": "train-natural",
     "labels": [{"page": 4, "start": null, "end": null, "letters": 5, "hash": "0f3a…", "windows": ["a1b2…", …],
                 "label": "fixed-seed", "also": [], "care": true}]}

``start`` and ``end`` are offsets into the text that this release reads from the file with that ``sha256``; they and
``sha256`` are null where the file was not at hand when the record was made. ``hash`` covers the passage's letters, and
each window 24 of them; a window that goes beyond what was known of the paper is null.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from seedaudit.detection.search_evidence import LABELS as SEARCH_LABELS
from seedaudit.documents.document import Document
from seedaudit.errors import UsageError
from seedaudit.findings import USES, Use, use_named

WIDTH = 24
"""Letters of a window."""
PLACES = (-60, -36, -12, 12, 36, 60)
"""Where the windows of a passage begin, in letters from its first one."""
_CENTRE = 2  # the window that holds the passage's first letters
_SLIP = 4  # letters by which windows of one place may disagree: a footnote's mark, a citation's number
_DIGITS = 10  # of a window's hash, in hex
_HASH = 16  # of a passage's hash, in hex

Split = Literal["train", "dev", "review"]
SPLITS: tuple[Split, ...] = get_args(Split)
Kind = Literal["uses", "search"]
Decision = Literal["", "right", "other", "wrong", "unsure"]
DECISIONS: tuple[Decision, ...] = get_args(Decision)


@dataclass(frozen=True, slots=True)
class Mark:
    """What names a passage: how many letters it has, their hash, and the hashes of the windows at ``PLACES``."""

    letters: int
    hash: str
    windows: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """A label on a passage; ``care`` is False where two labels can be defended.

    ``decision`` is what a reader said of a finding: ``label`` is right or the other use that it should be; or the
    reader was unsure of it, or called it wrong and nothing else. The last two say nothing that can be learned.
    ``confidence`` is the labeller's, where it was kept.
    """

    page: int | None
    start: int | None
    end: int | None
    mark: Mark
    label: str
    also: tuple[Use, ...] = ()
    care: bool = True
    confidence: float | None = None
    decision: Decision = ""
    note: str = ""

    @property
    def teaches(self) -> bool:
        """Whether the passage is known to be of ``label``."""
        return self.decision not in {"wrong", "unsure"}


@dataclass(frozen=True, slots=True)
class LabelledPaper:
    """The labels of one paper.

    ``paper`` is its id as sources give it (``arxiv:…``, ``acl:…``, ``pmlr:…``), ``sha256`` the hash of the file that
    was read; one of them may be None. ``volumes`` and ``title`` (a hash, see :func:`title_hash`) say where an id can be
    looked up. ``search`` and ``verdict`` are labels of the whole paper, where there are any. ``of`` says what its
    labels are: uses of seeds, or what a passage tells of a hyperparameter search.
    """

    paper: str | None
    sha256: str | None
    split: Split
    set: str
    labels: tuple[Label, ...]
    title: str | None = None
    volumes: tuple[str, ...] = ()
    search: str | None = None
    verdict: str | None = None
    verdict_also: tuple[str, ...] = ()
    of: Kind = "uses"

    @property
    def name(self) -> str:
        """What a reader is told of which paper it is."""
        return self.paper or (f"sha256:{self.sha256[:12]}" if self.sha256 else f"title:{self.title}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage stands in a text; ``exact`` where all of its letters are the same."""

    start: int
    end: int
    exact: bool


class Letters:
    """The letters of a text, and where each stands in it."""

    def __init__(self, text: str) -> None:
        letters: list[str] = []
        at: list[int] = []
        for offset, sign in enumerate(text):
            found = _letters_of(sign)
            if found:
                letters.append(found)
                at.extend([offset] * len(found))
        self.text = "".join(letters)
        self.at = at
        self._windows: dict[str, list[int]] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the text -> positions of letters."""
        return bisect_left(self.at, start), bisect_left(self.at, end)

    def offsets(self, start: int, end: int) -> tuple[int, int]:
        """Positions of letters -> offsets in the text."""
        return self.at[start], self.at[end - 1] + 1

    @property
    def windows(self) -> dict[str, list[int]]:
        """Where each window begins, by its hash."""
        if self._windows is None:
            self._windows = defaultdict(list)
            for at in range(len(self.text) - WIDTH + 1):
                self._windows[_digest(self.text[at : at + WIDTH], _DIGITS)].append(at)
        return self._windows


def mark(letters: Letters, start: int, end: int) -> Mark:
    """What names ``text[start:end]``, offsets into the text behind ``letters``."""
    first, last = letters.span(start, end)
    windows = tuple(
        _digest(letters.text[first + place : first + place + WIDTH], _DIGITS)
        if first + place >= 0 and first + place + WIDTH <= len(letters.text)
        else None
        for place in PLACES
    )
    return Mark(last - first, _digest(letters.text[first:last], _HASH), windows)


def place(mark: Mark, letters: Letters, pages: Sequence[tuple[int, int]] = (), page: int | None = None) -> Place | None:
    """Where the marked passage stands, or None where too few of its windows do, or several places are as good.

    ``pages`` are (offset, page) where pages begin; of places with as many windows, those on ``page`` or one beside it
    are taken. One window is enough where the passage's own letters follow; else two are needed, of which one holds its
    beginning or both sides are there as far from each other as they were: what was rewritten is not found.
    """
    votes: dict[int, set[int]] = defaultdict(set)
    for number, window in enumerate(mark.windows):
        for at in letters.windows.get(window, ()) if window is not None else ():
            votes[at - PLACES[number]].add(number)
    best: list[tuple[tuple[int, bool, bool, bool], int]] = []
    for first, windows in votes.items():
        if first < 0 or first + mark.letters > len(letters.text) or not mark.letters:
            continue
        together = set().union(*(of for near, of in votes.items() if abs(near - first) <= _SLIP))
        exact = _digest(letters.text[first : first + mark.letters], _HASH) == mark.hash
        whole = _CENTRE in together or min(together) < _CENTRE < max(together)
        if not exact and (len(together) < 2 or not whole):
            continue
        there = page is None or not pages or abs(_page_at(pages, letters.at[first]) - page) <= 1
        best.append(((len(together), there, exact, _CENTRE in windows), first))
    if not best:
        return None
    most = max(score for score, _ in best)
    first, *others = sorted(first for score, first in best if score == most)
    if any(other - first > _SLIP for other in others):
        return None
    return Place(*letters.offsets(first, first + mark.letters), most[2])


def place_label(label: Label, document: Document, letters: Letters, *, same_file: bool) -> Place | None:
    """Where a label's passage stands in ``document``, or None.

    ``same_file``: the document was read from the very bytes that the label was made on, so that its offsets count.
    """
    if same_file and label.start is not None and label.end is not None and label.end <= len(document.text):
        first, last = letters.span(label.start, label.end)
        if _digest(letters.text[first:last], _HASH) == label.mark.hash:
            return Place(label.start, label.end, exact=True)
    return place(label.mark, letters, page_starts(document), label.page)


def page_starts(document: Document) -> list[tuple[int, int]]:
    """(offset, page) of each block that begins another page than the one before; empty without pages."""
    starts: list[tuple[int, int]] = []
    for block in document.blocks:
        if block.page is not None and (not starts or starts[-1][1] != block.page):
            starts.append((block.start, block.page))
    return starts


def title_hash(title: str) -> str:
    """The hash of a title's first 40 letters: enough to know it again where it is cut short."""
    return _digest(Letters(title).text[:40], _HASH)


def excerpt(text: str, start: int, end: int, reach: int = 350) -> str:
    """``text[start:end]`` between the brackets of labelled passages, with ``reach`` characters on both sides."""
    before, after = text[max(0, start - reach) : start], text[end : end + reach]
    return " ".join(f"{before}\u27e6{text[start:end]}\u27e7{after}".split())


def read_records(files: Iterable[Path]) -> list[LabelledPaper]:
    """The records of ``files``, in order. Raises UsageError, with file and line, for one that is off."""
    papers = []
    for file in files:
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise UsageError(f"{file} cannot be read: {reason}.", hint="Name a JSONL file of label records.") from error
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    papers.append(_paper(json.loads(line)))
                except (KeyError, TypeError, ValueError, AttributeError) as error:
                    raise UsageError(
                        f"{file}, line {number}: not a record of labels ({type(error).__name__}: {error})",
                        hint="Each line is a paper with paper, sha256, split, set and labels.",
                    ) from error
    return papers


def to_lines(papers: Iterable[LabelledPaper]) -> str:
    """The records as JSONL; what is empty is left out."""
    return "".join(json.dumps(_record(paper), ensure_ascii=False, separators=(",", ":")) + "\n" for paper in papers)


def merge(old: Iterable[LabelledPaper], new: Iterable[LabelledPaper]) -> list[LabelledPaper]:
    """``old`` with ``new``: a newer label on the same passage of the same paper replaces the one before."""
    papers: dict[tuple[str | None, str | None, str, str], LabelledPaper] = {}
    for paper in (*old, *new):
        key = (paper.paper, paper.sha256, paper.split, paper.set)
        before = papers.get(key)
        labels = {_passage(label): label for label in (*(before.labels if before else ()), *paper.labels)}
        papers[key] = replace(paper, labels=tuple(labels.values()))
    return list(papers.values())


def _passage(label: Label) -> tuple[object, ...]:
    return label.page, label.start, label.end, label.mark


@cache
def _letters_of(sign: str) -> str:
    if sign.isascii():
        return sign.lower() if sign.isalnum() else ""
    return "".join(one for one in unicodedata.normalize("NFKD", sign).lower() if one.isascii() and one.isalnum())


def _digest(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:digits]


def _page_at(pages: Sequence[tuple[int, int]], offset: int) -> int:
    at = bisect_left(pages, (offset + 1, 0)) - 1
    return pages[max(at, 0)][1]


def _record(paper: LabelledPaper) -> dict[str, Any]:
    whole = {
        "paper": paper.paper,
        "sha256": paper.sha256,
        "split": paper.split,
        "set": paper.set,
    }
    beside = {
        "title": paper.title,
        "volumes": list(paper.volumes),
        "search": paper.search,
        "verdict": paper.verdict,
        "verdict_also": list(paper.verdict_also),
        "of": "" if paper.of == "uses" else paper.of,
    }
    return (
        whole
        | {key: value for key, value in beside.items() if value}
        | {"labels": [_label_record(label) for label in paper.labels]}
    )


def _label_record(label: Label) -> dict[str, Any]:
    made: dict[str, Any] = {"page": label.page, "start": label.start, "end": label.end}
    made |= {"letters": label.mark.letters, "hash": label.mark.hash, "windows": list(label.mark.windows)}
    made["label"] = label.label
    beside = {
        "also": list(label.also) or None,
        "confidence": label.confidence,
        "decision": label.decision or None,
        "note": label.note or None,
    }
    return (
        made
        | {key: value for key, value in beside.items() if value is not None}
        | ({} if label.care else {"care": False})
    )


def _paper(record: Any) -> LabelledPaper:
    if record["split"] not in SPLITS:
        raise ValueError(f"unknown split {record['split']!r}")
    of: Kind = "search" if record.get("of") == "search" else "uses"
    labels = tuple(_label(one, SEARCH_LABELS if of == "search" else USES) for one in record["labels"])
    return LabelledPaper(
        _text_or_none(record["paper"]),
        _text_or_none(record["sha256"]),
        record["split"],
        str(record["set"]),
        labels,
        _text_or_none(record.get("title")),
        tuple(str(one) for one in record.get("volumes", ())),
        _text_or_none(record.get("search")),
        _text_or_none(record.get("verdict")),
        tuple(str(one) for one in record.get("verdict_also", ())),
        of,
    )


def _label(record: Any, possible: Sequence[str]) -> Label:
    windows = tuple(_text_or_none(one) for one in record["windows"])
    if len(windows) != len(PLACES):
        raise ValueError(f"{len(windows)} windows in place of {len(PLACES)}")
    if record["label"] not in possible:
        raise ValueError(f"unknown label {record['label']!r}")
    decision = record.get("decision", "")
    if decision not in DECISIONS:
        raise ValueError(f"unknown decision {decision!r}")
    return Label(
        page=_number_or_none(record["page"]),
        start=_number_or_none(record["start"]),
        end=_number_or_none(record["end"]),
        mark=Mark(int(record["letters"]), str(record["hash"]), windows),
        label=record["label"],
        also=tuple(use_named(one) for one in record.get("also", ())),
        care=bool(record.get("care", True)),
        confidence=float(record["confidence"]) if "confidence" in record else None,
        decision=decision,
        note=str(record.get("note", "")),
    )


def _text_or_none(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _number_or_none(value: Any) -> int | None:
    if value is not None and (type(value) is not int or value < 0):
        raise ValueError(f"{value!r} is no number")
    return value
