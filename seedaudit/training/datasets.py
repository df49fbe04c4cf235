"""Labelled passages -> examples as the detector sees them.

In: JSONL files of labelled passages (papers with passages, or single passages), with the judged words between the
brackets U+27E6 and U+27E7. Out: examples. The one decision made here: the trigger of an example is the candidate that
the detector itself would find there, so that training and audit see the same thing.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seedaudit.detection.candidates import find_candidates
from seedaudit.findings import Use, use_named

_OPEN, _CLOSE = "\u27e6", "\u27e7"


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled passage: ``text[start:end]`` are the trigger words; ``group`` names the paper it is from.

    ``care`` is False where two labels can be defended. ``origin`` is the stem of the file.
    """

    text: str
    start: int
    end: int
    label: Use
    also: tuple[Use, ...]
    care: bool
    group: str
    origin: str

    @property
    def weight(self) -> float:
        """How much it counts in training: half where two labels can be defended."""
        return 1.0 if self.care else 0.5


def read_examples(files: Iterable[Path], *, split: str = "train") -> list[Example]:
    """The examples of ``files`` that are of ``split``, in order; what names no split is for training.

    Raises ValueError, with file and line, for a record that is off.
    """
    return [example for file in files for example in _read(file, split)]


def examples_of(record: dict[str, Any], origin: str) -> list[Example]:
    """The labelled passages of one paper, and candidates around them that no label covers.

    Raises KeyError, TypeError or ValueError for a record that is off.
    """
    labelled = [_example(passage, record["paper"], origin) for passage in record["passages"]]
    return labelled + list(_unlisted(labelled))


def _read(file: Path, split: str) -> Iterator[Example]:
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
                if record.get("split", "train") != split:
                    continue
                if "passages" in record:
                    yield from examples_of(record, file.stem)
                else:
                    group = record.get("set") or record.get("source") or record["id"]
                    yield _example(record, f"{file.stem}:{group}", file.stem)
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{file}, line {number}: not a labelled passage ({error})") from error


def _example(passage: dict[str, Any], group: str, origin: str) -> Example:
    text, start, end = marked(passage["snippet"])
    for candidate in find_candidates(text):
        if candidate.start < end and candidate.end > start:
            start, end = candidate.start, candidate.end
            break
    return Example(
        text=text,
        start=start,
        end=end,
        label=use_named(passage["label"]),
        also=tuple(use_named(use) for use in passage.get("also", [])),
        care=passage.get("care", True),
        group=group,
        origin=origin,
    )


def _unlisted(labelled: list[Example]) -> Iterator[Example]:
    """Candidates around the labelled passages of one paper that no label covers.

    The labellers' net was narrower than the detector's; what it left out tells of no use of a training seed.
    """
    seen: set[str] = set()
    known = [_squash(one.text[max(0, one.start - 12) : one.end + 12]) for one in labelled]
    marks = [_squash(one.text[one.start : one.end]) for one in labelled]
    for example in labelled:
        for candidate in find_candidates(example.text):
            start, end = candidate.start, candidate.end
            if start < _EDGE or end > len(example.text) - _EDGE or (start < example.end and end > example.start):
                continue
            around = _squash(example.text[start - 12 : end + 12])
            own = _squash(example.text[start:end])
            if (
                _TELLING.search(example.text, start, end)
                or around in seen
                or any(
                    one in around or around in one or mark in own or own in mark
                    for one, mark in zip(known, marks, strict=True)
                )
            ):
                continue
            seen.add(around)
            yield replace(
                example, start=start, end=end, label="other-randomness", also=(), care=True, origin=f"{example.origin}+"
            )


_EDGE = 120
_TELLING = re.compile(
    r"(?i)seed|\d|mean|averag|std|deviation|variance|times|different|two|three|four|five|ten|several|multiple"
)


def _squash(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def marked(snippet: str) -> tuple[str, int, int]:
    """The cleaned text of ``snippet`` and where its marked words stand; ValueError where none are marked."""
    shown = clean(snippet)
    start, end = shown.index(_OPEN), shown.index(_CLOSE) - 1
    return shown.replace(_OPEN, "").replace(_CLOSE, ""), start, end


def digest(text: str, start: int, end: int) -> bytes:
    """Eight bytes that name the passage ``text[start:end]`` in a file without text."""
    return hashlib.blake2b(f"{text}\0{start}\0{end}".encode(), digest_size=8).digest()


def clean(text: str) -> str:
    """Raw text of a PDF as the readers would clean it: NFKC, no line breaks, no hyphenation."""
    text = re.sub(r"[\s\x00-\x1f\x7f]+", " ", unicodedata.normalize("NFKC", text))
    return re.sub(r"(?<=[a-z])[-\u00ad] (?=[a-z])", "", text)
