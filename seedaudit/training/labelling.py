"""What a tool said of passages -> what a person says of them -> label records.

In: passages that were found (of audits, of a study, of the JSON of an audit), and a person's decisions: a filled-in
CSV, or the file that a report exports. Out: the passages to decide next, and label records. The one decision made here:
the next passages are those of which the model is least sure (least-confidence sampling; Lewis and Gale 1994).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path

from seedaudit.batch.sample import CHOSEN, COLUMNS, guarded
from seedaudit.errors import UsageError
from seedaudit.findings import USES, Audit, Use, use_named
from seedaudit.plain import line
from seedaudit.reporting.decisions import Decision as Exported
from seedaudit.training import standoff
from seedaudit.training.standoff import Decision, Label, LabelledPaper, Letters, mark

SET = "review"
"""The set that a person's labels are in."""
_WORDS: tuple[Decision, ...] = ("right", "wrong", "other", "unsure")


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage as the tool read it.

    ``start`` and ``end`` are the quote's offsets, None where they are not known; ``marks`` are offsets within the quote
    of the words that made it a candidate.
    """

    source: str
    sha256: str
    paper: str | None
    position: int
    use: Use
    confidence: float
    page: int | None
    start: int | None
    end: int | None
    quote: str
    marks: tuple[tuple[int, int], ...] = ()
    before: str = ""
    after: str = ""

    @property
    def quote_sha256(self) -> str:
        """What names the words of the quote."""
        return hashlib.sha256(self.quote.encode("utf-8", "replace")).hexdigest()

    @property
    def row(self) -> str:
        """What names the passage in a labelling file, as in a study's sample."""
        return f"finding {self.position + 1} {self.quote_sha256[:12]}"


@dataclass(frozen=True, slots=True)
class Decided:
    """A passage with what a person decided; ``label`` is the use that it is, or that it is not or may be."""

    passage: Passage
    decision: Decision
    label: Use
    note: str
    chosen: bool = False
    """Whether the passage was chosen for being uncertain, rather than drawn at random or met by a reader."""


def of_audit(audit: Audit) -> list[Passage]:
    """The passages of an audit, neutral ones included."""
    return [
        Passage(
            audit.source, audit.sha256, audit.id, at, one.use, one.confidence, one.page, one.start, one.end, one.quote,
            one.marks, one.before, one.after,
        )
        for at, one in enumerate(audit.findings)
    ]  # fmt: skip


def of_json(text: str, name: str) -> list[Passage]:
    """The passages in what ``audit --format json`` printed, without offsets. Raises UsageError for other text."""
    try:
        record = json.loads(text)
        return [
            Passage(
                paper["source"], paper["sha256"], paper["id"], at, use_named(one["use"]), float(one["confidence"]),
                one["page"], None, None, one["quote"],
            )
            for paper in record["papers"] if paper["status"] == "audited"
            for at, one in enumerate(paper["findings"])
        ]  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f"{name} is no audit ({type(error).__name__}: {error}).",
            hint="Name a study, a paper, or what 'seedaudit audit --format json --all' printed.",
        ) from error


def most_uncertain(passages: Iterable[Passage], number: int, decided: AbstractSet[tuple[str, str]]) -> list[Passage]:
    """The ``number`` passages with the lowest confidence, without those ``decided`` (hash of the paper, row)."""
    still = [one for one in passages if (one.sha256, one.row) not in decided]
    return sorted(still, key=lambda one: (one.confidence, one.sha256, one.position))[:number]


def known_passages(passages: Iterable[Passage], papers: Iterable[LabelledPaper]) -> set[tuple[str, str]]:
    """Those of ``passages`` that have a record already."""
    there = {(paper.sha256, label.mark) for paper in papers for label in paper.labels}
    return {(one.sha256, one.row) for one in passages if (one.sha256, _place(one)[2]) in there}


def to_csv(passages: Sequence[Passage]) -> str:
    """A labelling file: a row for each passage, with empty columns for the decision."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*COLUMNS, "drawn"])
    for one in passages:
        page = "" if one.page is None else str(one.page)
        cells = [one.source, one.sha256, one.row, one.use, page, line(one.quote), "", "", "", CHOSEN]
        writer.writerow([guarded(cell) for cell in cells])
    return out.getvalue()


def from_csv(text: str, passages: Iterable[Passage], name: str) -> tuple[list[Decided], int]:
    """The decisions in a filled-in labelling file or sample, and how many rows were left open.

    Rows on a whole paper are passed over. Raises UsageError (kind ``sample``) that names the first line that cannot be
    used.
    """
    known = {(one.sha256, one.row): one for one in passages}
    reader = csv.DictReader(io.StringIO(text))
    if reader.fieldnames is None or not set(COLUMNS) <= set(reader.fieldnames):
        raise _unusable(name, 1, f"the columns must be {', '.join(COLUMNS)}", "Keep the header as it was written.")
    decided: list[Decided] = []
    left_open = 0
    for row in reader:
        if (row["row"] or "").strip() == "verdict":
            continue
        word = (row["judgement"] or "").strip().lower()
        if not word:
            left_open += 1
            continue
        answer = next((one for one in _WORDS if one == word), None)
        if answer is None:
            raise _unusable(
                name, reader.line_num, f"'{word}' is no judgement", f"Write one of {', '.join(_WORDS)}, or nothing."
            )
        passage = known.get(((row["sha256"] or "").strip(), (row["row"] or "").strip()))
        if passage is None or passage.use != (row["said"] or "").strip():
            raise _unusable(
                name, reader.line_num, f"'{row['paper']}' has no such passage now", "Make the labelling file again."
            )
        should_be = (row["should_be"] or "").strip().lower()
        if (answer == "other" and not should_be) or (should_be and should_be not in USES):
            raise _unusable(
                name, reader.line_num, f"'{should_be}' is no use", f"Write in should_be one of {', '.join(USES)}."
            )
        one = _decided(passage, answer, should_be, (row["note"] or "").strip())
        decided.append(replace(one, chosen=(row.get("drawn") or "").strip() == CHOSEN))
    return decided, left_open


def from_report(exported: Iterable[Exported], passages: Iterable[Passage]) -> tuple[list[Decided], list[Exported]]:
    """The decisions that a report exported, and those whose passage is not among ``passages`` (now).

    Where a passage has no offsets, it takes those of the decision.
    """
    known: dict[tuple[str, str, str], list[Passage]] = {}
    for passage in passages:
        known.setdefault((passage.sha256, passage.use, passage.quote_sha256), []).append(passage)
    decided: list[Decided] = []
    lost: list[Exported] = []
    for one in exported:
        if one.decision == "open":
            continue
        same = known.get((one.sha256, one.use, one.quote_sha256), [])
        found = min(same, key=lambda passage: abs((passage.start or 0) - one.start), default=None)
        if found is None:
            lost.append(one)
            continue
        if found.start is None:
            found = replace(found, start=one.start, end=one.end)
        decided.append(_decided(found, one.decision, one.should_be or "", one.note))
    return decided, lost


def to_records(decided: Iterable[Decided]) -> list[LabelledPaper]:
    """The decisions as label records, one for each paper, without a word of the papers."""
    papers: dict[str, LabelledPaper] = {}
    for one in decided:
        start, end, named = _place(one.passage)
        label = Label(one.passage.page, start, end, named, one.label, decision=one.decision, note=one.note)
        paper = papers.setdefault(
            one.passage.sha256, LabelledPaper(one.passage.paper, one.passage.sha256, "review", SET, ())
        )
        papers[one.passage.sha256] = replace(paper, labels=(*paper.labels, label))
    return list(papers.values())


def add_records(file: Path, new: Iterable[LabelledPaper]) -> int:
    """Put ``new`` records into ``file``, over those on the same passages; tells how many labels are in it then.

    Raises UsageError for a file that holds something else, or cannot be written.
    """
    papers = standoff.merge(standoff.read_records([file]) if file.exists() else [], new)
    try:
        file.write_text(standoff.to_lines(papers), encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{file} cannot be written: {error.strerror or error}.", hint="Choose a place that you may write to."
        ) from error
    return sum(len(paper.labels) for paper in papers)


def _decided(passage: Passage, answer: Decision, should_be: str, note: str) -> Decided:
    use = next((use for use in USES if use == should_be), None)
    if answer in {"wrong", "other"} and use is not None and use != passage.use:
        return Decided(passage, "other", use, note)
    return Decided(passage, answer, passage.use, note)


def _place(passage: Passage) -> tuple[int | None, int | None, standoff.Mark]:
    """Offsets of the words that made a passage a candidate, or of its quote; and what names them."""
    first, last = 0, len(passage.quote)
    if passage.marks:
        first, last = min(start for start, _ in passage.marks), max(end for _, end in passage.marks)
    shift = len(passage.before) + 1
    named = mark(Letters(f"{passage.before} {passage.quote} {passage.after}"), shift + first, shift + last)
    if passage.start is None:
        return None, None, named
    return passage.start + first, passage.start + last, named


def _unusable(name: str, at: int, why: str, hint: str) -> UsageError:
    return UsageError(f"{name}, line {at} cannot be used: {why}.", hint=hint, kind="sample")
