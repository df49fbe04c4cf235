"""``seedaudit label``: a sample that a person filled in -> the study."""

from __future__ import annotations

from pathlib import Path

import click

from seedaudit.errors import UsageError


@click.command(
    epilog="\b\nExample:\n  seedaudit report study.db --sample 50 --random-state 7 --output sample.csv\n"
    "  (fill in the columns judgement, should_be and note)\n  seedaudit label study.db sample.csv\n"
    "  seedaudit report study.db --output report/"
)
@click.argument("path", type=click.Path(path_type=Path), metavar="STUDY.db")
@click.argument("sample", type=click.Path(path_type=Path), metavar="SAMPLE.csv")
def label(path: Path, sample: Path) -> None:
    """Take a person's judgements into a study.

    SAMPLE.csv is what 'report --sample' wrote, with the column judgement filled in: right, wrong, or other with the use
    or verdict that it should be in should_be. Rows that are left open count for nothing. The report then says how often
    the tool was right in this very study. Judgements that the study had are replaced.
    """
    from seedaudit.batch.sample import take_back
    from seedaudit.batch.store import open_study, read_study

    with read_study(path):
        pass  # says what is wrong with a path that names no study, before one is made there
    try:
        text = sample.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{sample} cannot be read: {reason}.", hint="Save it as CSV in UTF-8.") from error
    with open_study(path) as study:
        judgements, left_open = take_back(study, text)
        study.judge(judgements)
    click.echo(f"{len(judgements)} judgements taken, {left_open} rows open")
