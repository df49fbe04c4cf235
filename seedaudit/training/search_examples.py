"""Files of labelled passages -> examples of what tells of a hyperparameter search.

In: JSONL files of papers with labelled snippets, of papers with other labelled passages, and of single passages. Out:
papers with the level of their search, and examples. The one decision made here: what each kind of record teaches, and
how much it counts. A passage whose text may not stand in the project is known by a hash (``read_told``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from seedaudit.detection.search_evidence import LABELS, Keys, Label, features_of, find_passages
from seedaudit.findings import SearchLevel
from seedaudit.training.datasets import digest, marked

_NEAR = 60
"""A passage that the detector finds within so many characters of the labelled words is the labelled one."""
_UNLABELLED = 0.3
"""The weight of what is found beside the labelled words, in papers without a search."""


@dataclass(frozen=True, slots=True)
class Example:
    """One passage that the detector finds.

    ``weight`` 0 keeps it out of training. ``shown`` is True where the readers of the paper's level saw it. ``hash``
    names it in a file of labels without text.
    """

    features: Keys
    label: Label
    weight: float
    paper: str
    shown: bool
    hash: str


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper and the level that its readers saw; ``judged`` where its passages were all labelled."""

    id: str
    level: SearchLevel
    judged: bool


class Told(NamedTuple):
    """What a reader said of a passage that is known by its hash; ``confidence`` is its weight in training."""

    label: Label
    confidence: float


def hash_of(text: str, start: int, end: int) -> str:
    """What names the passage ``text[start:end]`` in a file of labels without text."""
    return digest(text, start, end).hex()


def read_told(path: Path) -> dict[str, Told]:
    """Labels of passages by their hash. Raises OSError, or ValueError with file and line for a record that is off."""
    told = {}
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                record = json.loads(line)
                told[record["hash"]] = Told(_known(record["label"]), float(record["confidence"]))
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path}, line {number}: not a label of a passage ({error})") from error
    return told


def read(files: Iterable[Path], told: Mapping[str, Told] | None = None) -> tuple[list[Paper], list[Example]]:
    """The papers and examples of ``files`` but for records that are of another split than ``train``.

    ``told`` has labels of passages beside those that a file labels itself. Raises ValueError, with file and line, for
    a record that is off.
    """
    papers: dict[str, Paper] = {}
    examples: list[Example] = []
    for file in files:
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    record = json.loads(line)
                    if record.get("split", "train") != "train":
                        continue
                    known = record.get("paper") in papers
                    if "search" in record and not known:
                        paper = Paper(record["paper"], record["search"], "snippets" in record)
                        papers[paper.id] = paper
                    if "snippets" not in record or not known:
                        examples += _examples(record, told or {}, known=known)
                except (KeyError, TypeError, ValueError) as error:
                    raise ValueError(
                        f"{file}, line {number}: not a passage or paper to learn from ({error})"
                    ) from error
    return list(papers.values()), examples


def _examples(record: dict[str, Any], told: Mapping[str, Told], *, known: bool) -> Iterator[Example]:
    if "snippets" in record:
        beside = Told("other", _UNLABELLED if record["search"] == "none" else 0.0)
        for snippet in record["snippets"]:
            label = Told(_known(snippet["label"]), snippet["confidence"])
            yield from _of(snippet["snippet"], record["paper"], told, label, beside, shown=True)
    elif "passages" in record:
        beside = Told("other", _UNLABELLED if record.get("search") == "none" and not known else 0.0)
        for passage in record["passages"]:
            yield from _of(passage["snippet"], record["paper"], told, None, beside)
    else:
        written = Told(record["label"], 1.0) if record["label"] in LABELS else None
        yield from _of(record["snippet"], record.get("source") or record["id"], told, written, Told("other", 0.0))


def _of(
    snippet: str, paper: str, told: Mapping[str, Told], labelled: Told | None, beside: Told, *, shown: bool = False
) -> Iterator[Example]:
    """The passages of one snippet.

    ``labelled`` is what its marked words tell, None where they were marked for something else; ``beside`` what is held
    of the others, unless their hash is in ``told``.
    """
    text, start, end = marked(snippet)
    spans = find_passages(text)
    main = max(spans, key=lambda span: min(span[1], end) - max(span[0], start), default=None)
    for span in spans:
        named = hash_of(text, *span)
        if labelled is None or span[0] >= end + _NEAR or span[1] <= start - _NEAR:
            label, weight = told.get(named, beside)
        else:
            label, weight = labelled.label, labelled.confidence / (1 if span == main else 2)
        if weight > 0 or shown:
            yield Example(features_of(text, *span), label, weight, paper, shown, named)


def _known(label: str) -> Label:
    if label not in LABELS:
        raise ValueError(f"unknown label {label!r}")
    return label
