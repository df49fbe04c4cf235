"""A random part of a study for a person to judge: out as CSV, and back.

In: an open study, how many papers, a random state. Out: CSV text with a row for each verdict and each finding of the
papers drawn; later, from the filled-in text, judgements. The one decision made here: what is drawn are papers, each
as likely as any other, so that what the tool misses is judged as well as what it finds.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator

from seedaudit.batch.store import WHOLE_PAPER, Answer, Judgement, Stored, Study
from seedaudit.errors import StudyError
from seedaudit.findings import LEVELS, USES, Audit, Finding
from seedaudit.plain import line

# A passage with this in its column "drawn" was not drawn at random: it says nothing of how often the tool is right.
CHOSEN = "uncertain"
UNSURE = "unsure"
COLUMNS = ("paper", "sha256", "row", "said", "page", "quote", "judgement", "should_be", "note")
JUDGEMENTS: tuple[Answer, ...] = ("right", "wrong", "other")
_VERDICT = "verdict"
_FORMULA = ("=", "+", "-", "@")


def draw(study: Study, papers: int, random_state: int) -> str:
    """CSV text with ``papers`` audited papers drawn at random, without repetition; the same state draws the same."""
    audited = list(by_hash(study).values())
    drawn = random.Random(random_state).sample(audited, min(papers, len(audited)))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for stored in study.some(drawn):
        writer.writerows([guarded(cell) for cell in row] for row in _rows(stored))
    return out.getvalue()


def by_hash(study: Study) -> dict[str, int]:
    """The audited papers in the order of their keys, of those with the same bytes the first."""
    numbers: dict[str, int] = {}
    for sha256, number in study.query(
        "SELECT sha256, paper FROM results JOIN papers ON papers.id = paper WHERE failed = 0 ORDER BY key"
    )[1]:
        numbers.setdefault(sha256, number)
    return numbers


def _rows(stored: Stored) -> Iterator[list[str]]:
    audit = stored.result
    if not isinstance(audit, Audit):
        return
    yield [stored.entry.source, audit.sha256, _VERDICT, audit.verdict.level, "", line(audit.title), "", "", ""]
    for at, finding in enumerate(audit.findings):
        page = "" if finding.page is None else str(finding.page)
        yield [
            stored.entry.source,
            audit.sha256,
            row_name(at, finding),
            finding.use,
            page,
            line(finding.quote),
            "",
            "",
            "",
        ]


def row_name(position: int, finding: Finding) -> str:
    """Place and hash of a finding: after another audit the row is seen to be about something else."""
    return f"finding {position + 1} {finding.quote_sha256[:12]}"


def guarded(cell: str) -> str:
    """``cell`` as a spreadsheet takes it: not as a formula."""
    text = cell.encode("utf-8", "replace").decode()
    return f"'{text}" if text.startswith(_FORMULA) else text


def take_back(study: Study, text: str) -> tuple[list[Judgement], int]:
    """The judgements in a filled-in sample, and how many rows were left open or are unsure.

    Passages that were chosen rather than drawn at random are passed over: they would bend every share.

    Raises StudyError (kind ``sample``) that names the first line that cannot be used: another study's, a word that is
    no judgement, a ``should_be`` that is no use or level.
    """
    reader = csv.DictReader(io.StringIO(text))
    if reader.fieldnames is None or not set(COLUMNS) <= set(reader.fieldnames):
        raise _unusable(1, f"the columns must be {', '.join(COLUMNS)}", "Keep the header that --sample wrote.")
    numbers = by_hash(study)
    cache: dict[int, Audit] = {}
    taken: list[Judgement] = []
    left_open = 0
    for row in reader:
        at = reader.line_num
        judgement = (row["judgement"] or "").strip().lower()
        if not judgement or judgement == UNSURE:
            left_open += 1
            continue
        if (row.get("drawn") or "").strip() == CHOSEN:
            continue
        number = numbers.get((row["sha256"] or "").strip())
        if number is None:
            raise _unusable(at, f"this study has no paper '{row['paper']}' with these bytes", "Is it another study's?")
        if number not in cache:
            for stored in study.some([number]):
                if isinstance(stored.result, Audit):
                    cache[number] = stored.result
        taken.append(_judgement(at, number, cache[number], row, judgement))
    return taken, left_open


def _judgement(at: int, number: int, audit: Audit, row: dict[str, str], judgement: str) -> Judgement:
    answer = next((one for one in JUDGEMENTS if one == judgement), None)
    if answer is None:
        raise _unusable(
            at, f"'{judgement}' is no judgement", f"Write one of {', '.join((*JUDGEMENTS, UNSURE))}, or nothing."
        )
    said = (row["said"] or "").strip()
    name = (row["row"] or "").strip()
    names = {_VERDICT: (WHOLE_PAPER, str(audit.verdict.level))}
    names |= {row_name(place, finding): (place, str(finding.use)) for place, finding in enumerate(audit.findings)}
    if name not in names or names[name][1] != said:
        raise _unusable(at, f"the study says something else of '{row['paper']}' now", "Draw the sample again.")
    position = names[name][0]
    should_be = (row["should_be"] or "").strip().lower()
    possible: tuple[str, ...] = LEVELS if position == WHOLE_PAPER else USES
    if (answer == "other" and not should_be) or (should_be and should_be not in possible):
        raise _unusable(
            at, f"'{should_be}' is no {'verdict' if position == WHOLE_PAPER else 'use'}",
            f"Write in should_be one of {', '.join(possible)}.",
        )  # fmt: skip
    return Judgement(number, position, said, answer, should_be, (row["note"] or "").strip())


def _unusable(at: int, why: str, hint: str) -> StudyError:
    return StudyError(f"Line {at} of the sample cannot be used: {why}.", hint=hint, kind="sample")
