"""``seedaudit serve``: a study -> pages in the browser of this machine."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from seedaudit.errors import UsageError


@click.command(epilog="\b\nExamples:\n  seedaudit serve study.db\n  seedaudit serve study.db --port 9000")
@click.argument("study", metavar="STUDY.db", type=click.Path(path_type=Path))
@click.option("--port", type=click.IntRange(1024, 65535), default=8765, show_default=True, help="On 127.0.0.1.")
@click.option("--rules", "rule_folders", type=click.Path(path_type=Path), multiple=True, metavar="DIR")
def serve(study: Path, port: int, rule_folders: tuple[Path, ...]) -> None:
    """Show a study in the browser: search it, read its papers, decide about findings, audit further PDFs.

    The server answers this machine only. Decisions (right, wrong, another use, unsure, a note) and uploaded
    papers become part of the study.
    """
    if find_spec("starlette") is None or find_spec("uvicorn") is None:
        raise UsageError(
            "seedaudit serve needs starlette and uvicorn, which are not installed",
            hint="pip install 'seedaudit[server]'",
            kind="missing-extra",
        )
    import uvicorn

    from seedaudit.auditing import Auditor
    from seedaudit.batch.store import read_study
    from seedaudit.reporting.server import make_app

    auditor = Auditor(rule_folders)
    auditor.check()
    with read_study(study) as opened:
        papers = opened.counts().done
    click.echo(f"{papers} papers of {study} at http://127.0.0.1:{port}/ (Ctrl+C ends it)", err=True)
    uvicorn.run(make_app(study, port, auditor), host="127.0.0.1", port=port, log_level="warning", access_log=False)
