"""``seedaudit label``: passages for a person to decide, and the decisions back into a study and into label records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from seedaudit.errors import StudyError, UsageError

if TYPE_CHECKING:
    from seedaudit.training.labelling import Decided, Passage

_SQLITE = b"SQLite format 3\0"


@click.command(
    epilog="\b\nExamples:\n  seedaudit report study.db --sample 50 --random-state 7 --output sample.csv\n"
    "  (fill in the columns judgement, should_be and note)\n  seedaudit label study.db sample.csv\n"
    "  seedaudit label study.db --next 100 --output next.csv        # the most uncertain passages\n"
    "  seedaudit label study.db next.csv --records mine.jsonl       # decided, and kept\n"
    "  seedaudit label paper.pdf decisions.json --records mine.jsonl\n"
    "  python -m seedaudit.training train.jsonl --records mine.jsonl --papers pdfs/"
)
@click.argument("source", metavar="STUDY.db|AUDIT.json|PAPER")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[DECISIONS...]")
@click.option(
    "--next", "number", type=click.IntRange(min=1), metavar="N",
    help="Write the N most uncertain passages that are not decided yet [default: 50].",
)  # fmt: skip
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Where to write them [default: standard output].")
@click.option(
    "--records", type=click.Path(path_type=Path), metavar="FILE",
    help="Keep decisions as label records: paper, page, offsets, hashes, label; no text.",
)  # fmt: skip
def label(source: str, files: tuple[Path, ...], number: int | None, output: Path | None, records: Path | None) -> None:
    """Choose passages to decide, or take a person's decisions back.

    Without DECISIONS, the passages of which the model is least sure are written as CSV. DECISIONS are such a file with
    the column judgement filled in: right, wrong, unsure, or other with the use (or verdict) that it should be in
    should_be; or the sample that 'report --sample' drew; or the file that a report exports. Rows that are left open
    count for nothing.

    A study takes judgements on what was drawn at random, in the place of those that it had: its report then says how
    often the tool was right in it. Passages that were chosen for being uncertain would bend that; they go to --records
    only. Decisions that a report exported are added to those that the study has.
    """
    if files and (number is not None or output is not None):
        raise UsageError(
            "Choosing passages and taking decisions are two steps.", hint="Leave out --next and --output, or DECISIONS."
        )
    study = Path(source) if _is_study(Path(source)) else None
    if study is None and files and records is None:
        raise UsageError(
            f"{source} is no study that could take decisions.", hint="Name a file for them: --records FILE."
        )
    passages = _of_study(study) if study is not None else _of_paper(source)
    if not files:
        _choose(study, passages, number or 50, output, records)
        return
    taken = [_take(file, passages) for file in files]
    if records is None and any(one.chosen for decided, _ in taken for one in decided):
        raise UsageError(
            "Decisions on passages that were chosen for being uncertain are not taken into a study.",
            hint="Name a file for them: --records FILE.",
        )
    if study is not None:
        _into_study(study, files, [one for decided, exported in taken if exported for one in decided])
    if records is not None:
        from seedaudit.training.labelling import add_records, to_records

        decided = [one for part, _ in taken for one in part]
        total = add_records(records, to_records(decided))
        click.echo(f"{len(decided)} decisions kept, {total} labels in {records}")


def _is_study(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(len(_SQLITE)) == _SQLITE
    except OSError as error:
        if path.suffix != ".db":
            return False  # what is no file may be a paper on a host
        raise StudyError(
            f"{path} cannot be read: {error.strerror or error}.",
            hint="'seedaudit batch LIST --into STUDY.db' makes a study.",
            kind="no-study",
        ) from error


def _of_study(path: Path) -> list[Passage]:
    from seedaudit.batch.store import read_study
    from seedaudit.findings import Audit
    from seedaudit.training.labelling import of_audit

    passages: dict[tuple[str, str], Passage] = {}
    with read_study(path) as study:
        for stored in study.results():
            if isinstance(stored.result, Audit):
                for one in of_audit(stored.result):
                    passages.setdefault((one.sha256, one.row), one)
    return list(passages.values())


def _of_paper(source: str) -> list[Passage]:
    from seedaudit.training.labelling import of_audit, of_json

    path = Path(source)
    if path.is_file() and path.read_bytes()[:64].lstrip().startswith(b"{"):
        return of_json(_text(path), source)
    from seedaudit.auditing import audit

    return of_audit(audit(source))


def _choose(
    study: Path | None, passages: list[Passage], number: int, output: Path | None, records: Path | None
) -> None:
    from seedaudit.training.labelling import known_passages, most_uncertain, to_csv
    from seedaudit.training.standoff import read_records

    decided: set[tuple[str, str]] = set()
    if records is not None and records.exists():
        decided |= known_passages(passages, read_records([records]))
    if study is not None:
        decided |= _judged(study)
    chosen = to_csv(most_uncertain(passages, number, decided))
    if output is None:
        click.echo(chosen, nl=False)
    else:
        from seedaudit.reporting.output import write

        write(chosen, output)


def _judged(path: Path) -> set[tuple[str, str]]:
    from seedaudit.batch.sample import row_name
    from seedaudit.batch.store import WHOLE_PAPER, read_study
    from seedaudit.findings import Audit

    with read_study(path) as study:
        positions: dict[int, list[int]] = {}
        for one in study.judgements():
            if one.position != WHOLE_PAPER:
                positions.setdefault(one.number, []).append(one.position)
        return {
            (stored.result.sha256, row_name(at, stored.result.findings[at]))
            for stored in study.some(positions)
            if isinstance(stored.result, Audit)
            for at in positions[stored.number]
        }


def _take(file: Path, passages: list[Passage]) -> tuple[list[Decided], bool]:
    """The decisions in a file, and whether a report exported it."""
    from seedaudit.training.labelling import from_csv, from_report

    text = _text(file)
    if not text.lstrip().startswith("{"):
        return from_csv(text, passages, str(file))[0], False
    from seedaudit.reporting.decisions import read_decisions

    decided, lost = from_report(read_decisions(file), passages)
    for one in lost:
        page = f", page {one.page}" if one.page is not None else ""
        click.echo(f"{file}: {one.source}{page}, {one.use}: there is no such passage now; left out", err=True)
    return decided, True


def _into_study(path: Path, files: tuple[Path, ...], exported: list[Decided]) -> None:
    """Judgements from samples replace those that the study had; those from reports are put over them."""
    from seedaudit.batch.sample import by_hash, take_back
    from seedaudit.batch.store import Judgement, open_study

    with open_study(path) as study:
        left_open = 0
        sampled: dict[tuple[int, int], Judgement] = {}
        for text in map(_text, files):
            if not text.lstrip().startswith("{"):
                judgements, still_open = take_back(study, text)
                left_open += still_open
                sampled |= {(one.number, one.position): one for one in judgements}
        numbers = by_hash(study)
        added: dict[tuple[int, int], Judgement] = {}
        for one in exported:
            if one.decision in {"right", "wrong", "other"}:
                place = numbers[one.passage.sha256], one.passage.position
                should_be = one.label if one.decision == "other" else ""
                added[place] = Judgement(*place, one.passage.use, one.decision, should_be, one.note)
        before = {(one.number, one.position): one for one in study.judgements()}
        study.judge(((sampled or before) | added).values())
    click.echo(f"{len(sampled) + len(added)} judgements taken, {left_open} rows open")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{path} cannot be read: {reason}.", hint="Save it as CSV or JSON in UTF-8.") from error
