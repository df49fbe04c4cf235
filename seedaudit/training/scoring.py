"""How good the tool is on labelled papers, end to end.

In: results and labelled papers. Out: figures per passage and per paper. The one decision made here: when a finding
and a labelled passage are the same: on the same page (one page of slack), and the finding's quote covers the judged
words. Doubtful passages count neither way; a failed or missing paper counts as wrong.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path, PurePath
from typing import Any, Literal, get_args

from seedaudit.errors import UsageError
from seedaudit.findings import LEVELS, SEED_USES, USES, Audit, Failure, Finding, Use

_RISKY = frozenset({"red-flag", "caution"})
_RUN = 10  # letters: a shorter run of equal letters is chance
_SHARED = 25  # letters that quote and passage must share
_COVERED = 0.8  # of the judged words, of which ten letters are enough


@dataclass(frozen=True, slots=True)
class Passage:
    """A labelled passage: its letters, where the judged words stand in them, its accepted uses."""

    page: int | None
    letters: str
    start: int
    end: int
    label: str
    accepted: frozenset[str]
    care: bool


@dataclass(frozen=True, slots=True)
class Labelled:
    """A labelled paper; ``name`` is the stem of its file, ``levels`` the verdicts that can be defended, best first.

    ``search`` is the labelled level of hyperparameter search, where it was judged; ``venue`` and ``year`` are empty and
    None where they are not known.
    """

    name: str
    levels: tuple[str, ...]
    passages: tuple[Passage, ...]
    search: str | None = None
    venue: str = ""
    year: int | None = None


Outcome = Literal["right", "false", "doubtful"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding of one of the five uses, held against the labels; ``met`` are the positions of passages it covers."""

    finding: Finding
    outcome: Outcome
    met: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """One paper held against its labels.

    ``missed`` are the positions of passages with one of the five uses that no right finding covers; ``wanted`` and
    ``told`` are levels, ``told`` is ``failed`` where there is no audit.
    """

    paper: Labelled
    result: Audit | Failure | None
    judged: tuple[Judged, ...]
    missed: tuple[int, ...]
    wanted: str
    told: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Right, false and missed findings."""

    right: int
    false: int
    missed: int

    @property
    def precision(self) -> float:
        """The share of findings that are right."""
        return self.right / (self.right + self.false) if self.right + self.false else 0.0

    @property
    def recall(self) -> float:
        """The share of labelled passages that are found."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one evaluation. ``verdicts`` counts (labelled level, told level)."""

    papers: int
    per_use: dict[Use, Counts]
    verdicts: dict[tuple[str, str], int]

    @property
    def overall(self) -> Counts:
        """All five uses together."""
        each = self.per_use.values()
        return Counts(sum(one.right for one in each), sum(one.false for one in each), sum(one.missed for one in each))

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the uses that occur."""
        occurring = [one.f1 for one in self.per_use.values() if one.right + one.missed]
        return sum(occurring) / len(occurring) if occurring else 0.0

    @property
    def accuracy(self) -> float:
        """The share of papers whose verdict is right."""
        return sum(count for (want, got), count in self.verdicts.items() if want == got) / max(self.papers, 1)

    @property
    def kappa(self) -> float:
        """Cohen's kappa of the verdicts."""
        wanted, told = Counter[str](), Counter[str]()
        for (want, got), count in self.verdicts.items():
            wanted[want] += count
            told[got] += count
        chance = sum(wanted[level] * told[level] for level in wanted) / max(self.papers, 1) ** 2
        return (self.accuracy - chance) / (1 - chance) if chance < 1 else 1.0

    @property
    def sensitivity(self) -> tuple[int, int]:
        """How many of how many risky papers are told to be risky."""
        return self._rate(risky=True)

    @property
    def specificity(self) -> tuple[int, int]:
        """How many of how many other papers are told not to be risky; a failure is not."""
        return self._rate(risky=False)

    def _rate(self, *, risky: bool) -> tuple[int, int]:
        of = {pair: count for pair, count in self.verdicts.items() if (pair[0] in _RISKY) == risky}
        hits = sum(count for (_, got), count in of.items() if got != "failed" and (got in _RISKY) == risky)
        return hits, sum(of.values())


def read_labelled(files: Iterable[Path]) -> list[Labelled]:
    """The labelled papers of JSONL files. Raises UsageError, with file and line, for a record that is off."""
    papers = []
    for file in files:
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{file} cannot be read: {error}", hint="Give a JSONL file of labelled papers.") from error
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    papers.append(_labelled(json.loads(line)))
                except (KeyError, TypeError, ValueError) as error:
                    raise UsageError(
                        f"{file}, line {number}: not a labelled paper ({type(error).__name__}: {error})",
                        hint="Each line holds paper, verdict and passages with snippet and label.",
                    ) from error
    return papers


def compare(results: Sequence[Audit | Failure], papers: Sequence[Labelled]) -> list[Compared]:
    """Hold ``results`` against ``papers``, in the order of the papers.

    A result belongs to the paper that its source's stem names.
    """
    told = {PurePath(result.source).stem.lower(): result for result in results}
    return [_compare(told.get(paper.name.lower()), paper) for paper in papers]


def _compare(result: Audit | Failure | None, paper: Labelled) -> Compared:
    judged: list[Judged] = []
    found: set[int] = set()
    for finding in result.seed_findings if isinstance(result, Audit) else ():
        met = covered(finding, paper)
        hits = [at for at in met if finding.use in paper.passages[at].accepted]
        found.update(hits)
        outcome: Outcome = "right" if hits else "false" if all(paper.passages[at].care for at in met) else "doubtful"
        judged.append(Judged(finding, outcome, met))
    missed = tuple(
        at
        for at, passage in enumerate(paper.passages)
        if passage.care and passage.label in SEED_USES and at not in found
    )
    level = result.verdict.level if isinstance(result, Audit) else "failed"
    return Compared(paper, result, tuple(judged), missed, level if level in paper.levels else paper.levels[0], level)


def covered(finding: Finding, paper: Labelled) -> tuple[int, ...]:
    """The positions of the passages of ``paper`` whose judged words the finding quotes."""
    return tuple(at for at, passage in enumerate(paper.passages) if _same(finding, passage))


def score(results: Sequence[Audit | Failure], papers: Sequence[Labelled]) -> Score:
    """The figures of ``results`` against ``papers``."""
    return tally(compare(results, papers))


def tally(compared: Sequence[Compared]) -> Score:
    """The figures of papers that were held against their labels."""
    counts = {outcome: Counter[str]() for outcome in get_args(Outcome)}
    missed, verdicts = Counter[str](), Counter[tuple[str, str]]()
    for one in compared:
        for judged in one.judged:
            counts[judged.outcome][judged.finding.use] += 1
        missed.update(one.paper.passages[at].label for at in one.missed)
        verdicts[one.wanted, one.told] += 1
    per_use = {use: Counts(counts["right"][use], counts["false"][use], missed[use]) for use in USES if use in SEED_USES}
    return Score(len(compared), per_use, dict(verdicts))


def to_record(figures: Score, measured_on: str) -> dict[str, Any]:
    """The figures as plain values; the keys are those that the reports read."""
    return {
        "papers": figures.papers,
        "measured_on": measured_on,
        "passage_micro_f1": round(figures.overall.f1, 4),
        "passage_precision": round(figures.overall.precision, 4),
        "passage_recall": round(figures.overall.recall, 4),
        "passage_macro_f1": round(figures.macro_f1, 4),
        "per_use": {
            use: {"f1": round(one.f1, 4), "right": one.right, "false": one.false, "missed": one.missed}
            for use, one in figures.per_use.items()
        },
        "verdict_accuracy": round(figures.accuracy, 4),
        "verdict_kappa": round(figures.kappa, 4),
        **_rate("risky_sensitivity", figures.sensitivity),
        **_rate("risky_specificity", figures.specificity),
        "confusion": {
            want: {got: figures.verdicts.get((want, got), 0) for got in (*LEVELS, "failed")} for want in LEVELS
        },
    }


def _rate(name: str, counts: tuple[int, int]) -> dict[str, Any]:
    hits, of = counts
    return {name: round(hits / of, 4) if of else None, f"{name}_counts": [hits, of]}


def _labelled(record: Mapping[str, Any]) -> Labelled:
    level = record["verdict"]
    if level not in LEVELS:
        raise ValueError(f"unknown verdict {level!r}")
    return Labelled(
        record["paper"],
        (level, *record.get("verdict_also", [])),
        tuple(_passage(one) for one in record["passages"]),
        record.get("search"),
        str(record.get("venue") or ""),
        record.get("year"),
    )


def _passage(record: Mapping[str, Any]) -> Passage:
    before, rest = record["snippet"].split("\u27e6", 1)
    judged, after = rest.split("\u27e7", 1)
    start = len(_letters(before))
    end = start + len(_letters(judged))
    return Passage(
        record.get("page"),
        _letters(before) + _letters(judged) + _letters(after),
        start,
        end,
        record["label"],
        frozenset({record["label"], *record.get("also", [])}),
        record.get("care", True),
    )


def _same(finding: Finding, passage: Passage) -> bool:
    if finding.page and passage.page and abs(finding.page - passage.page) > 1:
        return False
    quote = _letters(finding.quote)
    if not quote or passage.end <= passage.start:
        return False
    shared = covered = 0
    for at, _, size in SequenceMatcher(None, passage.letters, quote, autojunk=False).get_matching_blocks():
        if size >= min(_RUN, len(quote)):
            shared += size
            covered += max(0, min(passage.end, at + size) - max(passage.start, at))
    return shared >= min(_SHARED, len(quote)) and covered >= _COVERED * min(_RUN, passage.end - passage.start)


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKC", text).lower())
