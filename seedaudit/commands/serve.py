"""``seedaudit serve``: a study -> pages in the browser of this machine."""

from __future__ import annotations

import contextlib
import socket
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
    papers become part of the study; their PDFs are kept in the folder STUDY.db.uploads, for the pictures of their
    pages.
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
    listening = _listen(port)
    click.echo(f"{papers} papers of {study} at http://127.0.0.1:{port}/ (Ctrl+C ends it)", err=True)
    server = uvicorn.Server(uvicorn.Config(make_app(study, port, auditor), log_level="warning", access_log=False))
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listening])


def _listen(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError as error:
        listening.close()
        raise UsageError(
            f"Port {port} of this machine cannot be used: {(error.strerror or str(error)).lower()}",
            hint="Choose another one with --port.",
            kind="port",
        ) from error
    return listening
