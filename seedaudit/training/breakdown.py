"""Where an evaluation's figures come from: calibration, groups of papers, confusions, errors.

In: papers held against their labels. Out: plain values, without a word of the papers: an error is named by its paper,
page and offsets. The one decision made here: what kind of error it is. A passage is missed because its text is torn or
absent in what was read, because no candidate was seen there, or because the candidate was taken for another use; a
finding is false because it is another use, or because nothing was labelled there; a verdict is wrong because of the
search that was read, or of the findings.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from seedaudit.batch.statistics import wilson
from seedaudit.documents.document import Document
from seedaudit.errors import UsageError
from seedaudit.findings import SEED_USES, USES, Audit, Failure, Finding
from seedaudit.training.evaluation import calibration_error
from seedaudit.training.scoring import Compared, Labelled, covered, tally, to_record
from seedaudit.training.standoff import PLACES, Letters, Place, mark, page_starts, place

ErrorKind = Literal["not-audited", "text-torn", "candidate-missed", "label-confused", "not-labelled", "verdict"]
NOT_FOUND, NOT_LABELLED = "not found", "not labelled"
_BINS = 10
_BIN = 10  # findings that a bin should have: with fewer, chance alone makes an error


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One error. ``labelled`` and ``told`` are uses, or levels of a verdict; empty where there is none.

    ``start`` and ``end`` are offsets into the paper's text; None where the passage was not found in it.
    ``counts`` says how it counts: ``false``, ``missed``, ``both`` or ``verdict``.
    """

    kind: ErrorKind
    paper: str
    page: int | None
    start: int | None
    end: int | None
    labelled: str
    told: str
    confidence: float | None
    counts: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Bin:
    """Findings of about the same confidence, and how many of them are right."""

    confidence: float
    right: int
    of: int


@dataclass(slots=True)
class Places:
    """Where labelled passages stand in the papers that were read, by (paper, position); None where they are torn."""

    found: dict[tuple[str, int], Place | None]

    def look(self, paper: Labelled, document: Document) -> None:
        """Find the passages of ``paper`` in its document."""
        letters = Letters(document.text)
        pages = page_starts(document)
        for at, passage in enumerate(paper.passages):
            if passage.label in SEED_USES and passage.end > passage.start:
                named = mark(Letters(passage.letters), passage.start, passage.end)
                found = place(named, letters, pages, passage.page)
                if found is None:  # in several places, or torn: which of them, the window on the passage tells
                    windows = [named.windows[PLACES.index(near)] for near in (-12, 12)]
                    known = next((letters.windows[one][0] for one in windows if one and one in letters.windows), None)
                    found = None if known is None else Place(*letters.offsets(known, known + 1), exact=False)
                self.found[paper.name, at] = found


def with_manifests(papers: Iterable[Labelled], folders: Iterable[Path]) -> list[Labelled]:
    """``papers`` with venue and year from the files ``manifest.csv`` in ``folders``, where their own record has none.

    Columns: ``slug``, ``paper`` or ``file`` (its stem), ``year``, and ``venue``, ``template`` or ``venue_or_template``
    (up to its first ``|``). Raises UsageError for a file that cannot be read.
    """
    rows: dict[str, Mapping[str, str]] = {}
    for folder in folders:
        file = folder / "manifest.csv"
        if not file.is_file():
            continue
        try:
            with file.open(encoding="utf-8-sig", newline="") as lines:
                for row in csv.DictReader(lines):
                    name = row.get("slug") or row.get("paper") or Path(row.get("file") or "").stem
                    rows[name.lower()] = row
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise UsageError(f"{file} cannot be read: {error}.", hint="Save it as CSV in UTF-8.") from error
    return [_with_row(paper, rows.get(paper.name.lower(), {})) for paper in papers]


def _with_row(paper: Labelled, row: Mapping[str, str]) -> Labelled:
    venue = row.get("venue") or row.get("template") or row.get("venue_or_template") or ""
    year = (row.get("year") or "").strip()
    return replace(
        paper,
        venue=paper.venue or venue.partition(" |")[0].strip(),
        year=paper.year if paper.year is not None else int(year) if year.isdecimal() else None,
    )


def breakdown(compared: Sequence[Compared], places: Places, measured_on: str) -> dict[str, Any]:
    """Everything that an evaluation tells, as plain values; the figures of :func:`to_record` are among them."""
    figures = tally(compared)
    record = to_record(figures, measured_on)
    for use, counts in figures.per_use.items():
        record["per_use"][use] |= {
            "precision": _share(counts.right, counts.right + counts.false),
            "recall": _share(counts.right, counts.right + counts.missed),
        }
    whole = figures.overall
    right_verdicts = sum(count for (want, got), count in figures.verdicts.items() if want == got)
    record["intervals"] = {
        "passage_precision": _interval(whole.right, whole.right + whole.false),
        "passage_recall": _interval(whole.right, whole.right + whole.missed),
        "verdict_accuracy": _interval(right_verdicts, figures.papers),
        "risky_sensitivity": _interval(*figures.sensitivity),
        "risky_specificity": _interval(*figures.specificity),
    }
    record["passage_confusion"] = passage_confusion(compared)
    record["calibration"] = _calibration_record(compared)
    record["by_venue"] = [_group(name, of) for name, of in _grouped(compared, lambda one: one.paper.venue)]
    record["by_year"] = [_group(name, of) for name, of in _grouped(compared, _year)]
    errors = error_rows(compared, places)
    record["error_kinds"] = dict(Counter(one.kind for one in errors).most_common())
    record["errors"] = [asdict(one) for one in errors]
    return record


def reliability(compared: Iterable[Compared]) -> tuple[list[Bin], float | None]:
    """Findings of the five uses in up to ten bins of equal numbers by confidence, and the calibration error.

    Doubtful ones count neither way; the error is None where there is no finding.
    """
    judged = [
        (one.finding.confidence, one.outcome == "right")
        for paper in compared
        for one in paper.judged
        if one.outcome != "doubtful"
    ]
    if not judged:
        return [], None
    judged.sort()
    confidence = np.array([one for one, _ in judged])
    right = np.array([one for _, one in judged])
    number = max(1, min(_BINS, len(judged) // _BIN))
    bins = [
        Bin(float(confidence[part].mean()), int(right[part].sum()), len(part))
        for part in np.array_split(np.arange(len(judged)), number)
    ]
    return bins, calibration_error(right, confidence, number)


def passage_confusion(compared: Iterable[Compared]) -> dict[str, dict[str, int]]:
    """How often a passage labelled so was told so, over all labels; a second label that was told counts as the first.

    Doubtful passages are left out. Findings of the five uses without a labelled passage are in a row of their own,
    ``not labelled``.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for one in compared:
        told: dict[int, list[Finding]] = {}
        for finding in one.result.findings if isinstance(one.result, Audit) else ():
            for at in covered(finding, one.paper):
                told.setdefault(at, []).append(finding)
        for at, passage in enumerate(one.paper.passages):
            if passage.care:
                uses = [finding.use for finding in told.get(at, [])]
                seeds = [use for use in uses if use in SEED_USES]
                best = passage.label if set(uses) & passage.accepted else next(iter(seeds or uses), NOT_FOUND)
                counts[passage.label, best] += 1
        counts.update((NOT_LABELLED, judged.finding.use) for judged in one.judged if not judged.met)
    rows = [*USES, NOT_LABELLED]
    return {
        row: {column: counts[row, column] for column in (*USES, NOT_FOUND) if counts[row, column]}
        for row in rows
        if any(counts[row, column] for column in (*USES, NOT_FOUND))
    }


def error_rows(compared: Iterable[Compared], places: Places) -> list[ErrorRow]:
    """Every finding that is false, passage that is missed and verdict that is wrong, in the order of the papers."""
    return [row for one in compared for row in (*_passage_errors(one, places), *_verdict_error(one))]


def _passage_errors(one: Compared, places: Places) -> list[ErrorRow]:
    rows: list[ErrorRow] = []
    missed = set(one.missed)
    for judged in one.judged:
        if judged.outcome != "false":
            continue
        finding = judged.finding
        both = missed & set(judged.met)
        missed -= both
        labels = sorted({one.paper.passages[at].label for at in (both or judged.met)})
        rows.append(
            ErrorRow(
                "label-confused" if judged.met else "not-labelled", one.paper.name, finding.page, finding.start,
                finding.end, " or ".join(labels), finding.use, finding.confidence, "both" if both else "false",
            )
        )  # fmt: skip
    findings = one.result.findings if isinstance(one.result, Audit) else ()
    neutral = {at: finding for finding in findings for at in covered(finding, one.paper)} if missed else {}
    for at in sorted(missed):
        passage = one.paper.passages[at]
        met = neutral.get(at)
        found = places.found.get((one.paper.name, at))
        kind: ErrorKind = (
            "not-audited" if not isinstance(one.result, Audit)
            else "label-confused" if met
            else "candidate-missed" if found
            else "text-torn"
        )  # fmt: skip
        start, end = (found.start, found.end) if found else (met.start, met.end) if met else (None, None)
        rows.append(
            ErrorRow(
                kind, one.paper.name, passage.page, start, end, passage.label, met.use if met else "",
                met.confidence if met else None, "missed",
            )
        )  # fmt: skip
    return rows


def _verdict_error(one: Compared) -> list[ErrorRow]:
    if one.wanted == one.told:
        return []
    if not isinstance(one.result, Audit):
        why = f"not audited: {one.result.kind}" if isinstance(one.result, Failure) else "not audited: no file"
    elif one.paper.search is not None and one.result.search.level != one.paper.search:
        passages = any(judged.outcome == "false" for judged in one.judged) or one.missed
        why = f"search told {one.result.search.level}, labelled {one.paper.search}"
        why += "; findings too" if passages else ""
    else:
        why = "findings"
    return [ErrorRow("verdict", one.paper.name, None, None, None, one.wanted, one.told, None, "verdict", why)]


def _calibration_record(compared: Sequence[Compared]) -> dict[str, Any]:
    bins, error = reliability(compared)
    return {
        "error": None if error is None else round(error, 4),
        "findings": sum(one.of for one in bins),
        "bins": [
            {"confidence": round(one.confidence, 4), "right": one.right, "of": one.of}
            | {"interval": _interval(one.right, one.of)}
            for one in bins
        ],
    }


def _grouped(compared: Sequence[Compared], key: Any) -> list[tuple[str, list[Compared]]]:
    groups: dict[str, list[Compared]] = {}
    for one in compared:
        groups.setdefault(key(one), []).append(one)
    return sorted(groups.items(), key=lambda group: (not group[0], group[0]))


def _year(one: Compared) -> str:
    year = one.paper.year or (one.result.year if isinstance(one.result, Audit) else None)
    return "" if year is None else str(year)


def _group(name: str, compared: Sequence[Compared]) -> dict[str, Any]:
    figures = tally(compared)
    right = sum(count for (want, got), count in figures.verdicts.items() if want == got)
    return {
        "name": name,
        "papers": figures.papers,
        "passages": figures.overall.right + figures.overall.missed,
        "passage_f1": round(figures.overall.f1, 4),
        "verdict": _share(right, figures.papers),
        "sensitivity": _share(*figures.sensitivity),
        "specificity": _share(*figures.specificity),
    }


def _share(hits: int, of: int) -> dict[str, Any]:
    return {"hits": hits, "of": of, "value": round(hits / of, 4) if of else None, "interval": _interval(hits, of)}


def _interval(hits: int, of: int) -> list[float] | None:
    return [round(bound, 4) for bound in wilson(hits, of)] if of else None
