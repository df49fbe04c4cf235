"""``seedaudit batch``: lists of papers -> a study."""

from __future__ import annotations

import shlex
import signal
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import click

from seedaudit.errors import SeedauditError, UsageError

if TYPE_CHECKING:
    from seedaudit.auditing import Auditor
    from seedaudit.batch.listing import Named
    from seedaudit.batch.local import Limits
    from seedaudit.batch.runner import Inbox, Summary, Workers
    from seedaudit.batch.store import Entry, Retry
    from seedaudit.sources.reference import Reference

_STATUS = """
\b
Exit status:
  0    every paper has been audited
  1    a verdict reached --fail-on
  2    wrong usage (nothing was audited), or a cluster that is not there
  3    some paper could not be audited (the others were)
  130  interrupted; the same command goes on
"""


class _Jobs(click.ParamType):  # type: ignore[type-arg]
    name = "N|auto"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """A number of workers, 0 for auto."""
        if value in {"auto", 0}:
            return 0
        if not str(value).isdecimal() or not 1 <= int(str(value)) <= 1024:
            self.fail(f"{value!r} is neither auto nor a number from 1 to 1024.", param, ctx)
        return int(str(value))


@click.command(
    epilog=_STATUS + "\n\b\nExamples:\n  seedaudit batch papers/ --into study.db\n"
    "  seedaudit batch reading-list.txt --into study.db --jobs 4\n"
    "  seedaudit batch papers/ --into study.db --retry failed --timeout 300\n"
    "  seedaudit report study.db --output report/"
)
@click.argument("lists", nargs=-1, required=True, metavar="LIST...")
@click.option(
    "--into", "path", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="STUDY.db",
    help="The study: made if it is not there, gone on with if it is.",
)  # fmt: skip
@click.option(
    "--jobs", "-j", type=_Jobs(), default="auto", show_default=True, help="Worker processes; auto: one per CPU."
)
@click.option("--cluster", metavar="ADDRESS", help="Audit on a Dask cluster: tcp://scheduler:8786.")
@click.option(
    "--send",
    type=click.Choice(("bytes", "paths")),
    default="bytes",
    show_default=True,
    help="How files reach a cluster: paths only where its workers see the same disk.",
)
@click.option(
    "--timeout", type=click.FloatRange(min=0.1), default=60.0, show_default=True, metavar="SECONDS",
    help="The time that one paper may take.",
)  # fmt: skip
@click.option(
    "--memory", type=click.IntRange(min=256), default=2048, show_default=True, metavar="MB",
    help="The memory that one paper may use.",
)  # fmt: skip
@click.option("--retry", type=click.Choice(("failed", "all")), help="Audit again what failed before, or everything.")
@click.option(
    "--fail-on", type=click.Choice(("never", "caution", "red-flag")), default="never", show_default=True,
    help="Exit with status 1 when a verdict is this bad or worse.",
)  # fmt: skip
@click.option(
    "--rules", "rule_folders", type=click.Path(path_type=Path), multiple=True, metavar="DIR",
    help="A folder of further rule packs; may be given again.",
)  # fmt: skip
@click.option("--column", metavar="NAME", help="The column of a CSV list that names the papers.")
@click.option("--password", metavar="PW", help="Opens encrypted PDFs.")
@click.option("--offline", is_flag=True, help="Ask no host; use papers that were fetched before.")
@click.option("--json-log", is_flag=True, help="Tell how it goes as JSON lines on standard error.")
@click.option("--quiet", "-q", is_flag=True, help="No messages but errors.")
def batch(
    lists: tuple[str, ...],
    path: Path,
    jobs: int,
    cluster: str | None,
    send: str,
    timeout: float,
    memory: int,
    retry: Retry | None,
    fail_on: str,
    rule_folders: tuple[Path, ...],
    column: str | None,
    password: str | None,
    offline: bool,
    json_log: bool,
    quiet: bool,
) -> None:
    """Audit many papers into a study.

    LIST is a folder (the papers below it), a reading list (a paper per line, .bib, .ris, .csv, .json, .rdf), a glob, a
    search on arXiv, - for lines on standard input, or a paper. Each paper is stored when it is done: after an
    interruption the same command goes on. A paper is audited again only if its bytes, the rules, the model or the
    version of seedaudit changed.
    """
    from seedaudit.auditing import Auditor
    from seedaudit.batch.listing import entries
    from seedaudit.batch.local import Limits
    from seedaudit.batch.progress import progress
    from seedaudit.batch.runner import Run
    from seedaudit.batch.store import open_study

    auditor = Auditor(rule_folders, password)
    auditor.check()
    limits = Limits(timeout, memory)
    signal.signal(signal.SIGTERM, _interrupt)
    with open_study(path) as study:
        named: dict[str, Reference | SeedauditError] = {}
        listed = entries(lists, column=column, offline=offline)
        if not study.enrol(_noted(listed, named)):
            raise UsageError("The lists name no paper.", hint="A list has one paper per line: a path, an id or a URL.")
        with progress(quiet=quiet, json_log=json_log, terminal=sys.stderr.isatty()) as watcher:
            run = Run(
                study,
                named,
                auditor.tool,
                lambda inbox: _workers(auditor, limits, jobs, cluster, inbox),
                watcher,
                offline=offline,
                retry=retry,
                read_files=cluster is not None and send == "bytes",
            )
            stopped = None
            try:
                summary = run.carry_out()
            except KeyboardInterrupt:
                stopped = study.counts(named=True)
                watcher.end("stopped", done=stopped.done, papers=stopped.papers, go_on=_command())
            else:
                watcher.end("end", **asdict(summary))
    if stopped is not None:
        if not json_log:
            click.echo(f"stopped: {stopped.done} of {stopped.papers} papers are in {path}", err=True)
            click.echo(f"to go on: {_command()}", err=True)
        sys.exit(130)
    if not quiet and not json_log:
        _tell(summary, path)
    sys.exit(_status(summary, fail_on))


def _noted(listed: Iterable[Named], named: dict[str, Reference | SeedauditError]) -> Iterator[Entry]:
    for entry, meant in listed:
        named.setdefault(entry.key, meant)
        yield entry


def _workers(auditor: Auditor, limits: Limits, jobs: int, cluster: str | None, inbox: Inbox) -> Workers:
    if cluster is not None:
        from seedaudit.batch.cluster import ClusterWorkers

        return ClusterWorkers(auditor, limits, cluster, inbox)
    from seedaudit.batch.local import LocalWorkers, default_jobs

    return LocalWorkers(auditor, limits, jobs or default_jobs(), inbox)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _command() -> str:
    return shlex.join(["seedaudit", *sys.argv[1:]])


def _tell(summary: Summary, path: Path) -> None:
    click.echo(
        f"{summary.papers} papers: {summary.worked_on} audited now, {summary.untouched} as before, "
        f"{summary.failed} failed, {summary.red_flags} red flags, {summary.cautions} cautions"
    )
    if summary.failed_before:
        click.echo(f"{summary.failed_before} failed before and were not tried again: --retry failed tries them")
    click.echo(f"seedaudit report {shlex.quote(str(path))} --output DIR makes the report")


def _status(summary: Summary, fail_on: str) -> int:
    if summary.failed:
        return 3
    reached = {"never": 0, "red-flag": summary.red_flags, "caution": summary.red_flags + summary.cautions}[fail_on]
    return 1 if reached else 0
