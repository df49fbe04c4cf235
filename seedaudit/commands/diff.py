"""``seedaudit diff``: two studies -> what changed."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import click


@click.command(epilog="\b\nExamples:\n  seedaudit diff old.db new.db\n  seedaudit diff old.db new.db --format json")
@click.argument("old", type=click.Path(path_type=Path), metavar="OLD.db")
@click.argument("new", type=click.Path(path_type=Path), metavar="NEW.db")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
def diff(old: Path, new: Path, form: str) -> None:
    """Compare two studies: papers added and removed, other verdicts, other findings, failures.

    Tells, for example, what another version of the rules changes.
    """
    from seedaudit.batch.comparison import compare
    from seedaudit.batch.store import read_study
    from seedaudit.plain import line

    with read_study(old) as first, read_study(new) as second:
        changes = list(compare(first, second))
        tools = [list(map(asdict, study.tools())) for study in (first, second)]
    if form == "json":
        document = {"old": tools[0], "new": tools[1], "changes": [asdict(change) for change in changes]}
        click.echo(json.dumps(document, indent=1))
        return
    for change in changes:
        between = " -> ".join(filter(None, (change.old, change.new)))
        click.echo(f"{change.kind:<12} {between:<24} {line(change.source)}")
    counts = Counter(change.kind for change in changes)
    click.echo(", ".join(f"{kind}: {number}" for kind, number in counts.items()) or "no difference")
