"""``seedaudit merge``: studies -> one study."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(epilog="\b\nExample:\n  seedaudit merge monday.db tuesday.db --into week.db")
@click.argument("studies", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="A.db B.db...")
@click.option(
    "--into", "path", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="C.db",
    help="The study to make; it must not exist yet.",
)  # fmt: skip
def merge(studies: tuple[Path, ...], path: Path) -> None:
    """Join studies into one.

    Where several have the same paper, an audit goes before a failure, and a later study before an earlier one.
    """
    from seedaudit.batch.store import open_study, read_study

    for study in studies:
        with read_study(study):
            pass  # says what is wrong with any of them before the new one is made
    with open_study(path, new=True) as target:
        for study in studies:
            with read_study(study) as source:
                target.absorb(source)
        counts = target.counts()
        tools = len(target.tools())
    click.echo(f"{path}: {counts.papers} papers, {counts.failed} failed")
    if tools > 1:
        click.echo(f"made by {tools} versions: run its batch again to audit all papers with one")
