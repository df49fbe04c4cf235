"""``seedaudit cache``: the papers that were fetched, listed, measured, verified and thrown away."""

from __future__ import annotations

import sys
from collections import defaultdict
from datetime import datetime

import click

from seedaudit.sources.cache import Cache, Held, default_folder


@click.group(
    epilog="\b\nExamples:\n  seedaudit cache list\n  seedaudit cache verify --remove\n  seedaudit cache clear --yes"
)
def cache() -> None:
    """Look after the papers that were fetched.

    They lie in the user's cache folder, or where SEEDAUDIT_CACHE_DIR says.
    """


@cache.command(name="list")
def list_papers() -> None:
    """List the papers: name, form, size, day of fetching, title; parted by tabs."""
    kept = Cache(default_folder())
    for held in kept.papers():
        name, _, form = held.key.rpartition(".")
        day = datetime.fromtimestamp(held.written).date().isoformat()
        click.echo("\t".join((name, form, str(held.size), day, _title(kept, name))))


@cache.command()
def size() -> None:
    """Tell how many papers there are, of which host, and the room that they take."""
    kept = Cache(default_folder())
    by_host: defaultdict[str, list[Held]] = defaultdict(list)
    for held in kept.papers():
        by_host[held.key.partition("/")[0]].append(held)
    for host, papers in sorted(by_host.items()):
        click.echo(f"{host}: {_many(papers)}, {_megabytes(papers)}")
    everything = [held for papers in by_host.values() for held in papers]
    click.echo(f"{kept.folder}: {_many(everything)}, {_megabytes(everything)}")


@cache.command()
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def clear(yes: bool) -> None:
    """Throw all papers away; they are fetched again when they are wanted."""
    kept = Cache(default_folder())
    papers = kept.papers()
    if not yes:
        click.confirm(f"Throw away {_many(papers)} ({_megabytes(papers)}) in {kept.folder}?", abort=True)
    kept.clear()
    click.echo(f"{_many(papers)} ({_megabytes(papers)}) thrown away")


@cache.command()
@click.option("--remove", is_flag=True, help="Throw damaged papers away, so that they are fetched again.")
def verify(remove: bool) -> None:
    """Compare each paper with the hash that was kept of it; exit with status 3 if one is damaged."""
    kept = Cache(default_folder())
    found: defaultdict[str, list[Held]] = defaultdict(list)
    for held in kept.papers():
        state = kept.verify(held.key)
        found[state].append(held)
        if state == "damaged":
            click.echo(f"damaged: {kept.path(held.key)}")
            if remove:
                kept.remove(held.key)
    click.echo(
        f"{_many(found['whole'])} whole, {len(found['damaged'])} damaged, {len(found['unknown'])} without a hash"
    )
    sys.exit(3 if found["damaged"] and not remove else 0)


def _title(kept: Cache, name: str) -> str:
    """The title in the record of a paper, if it has one."""
    told = kept.record(f"{name}.json").get("metadata", {})
    return str(told.get("title", "")) if isinstance(told, dict) else ""


def _many(papers: list[Held]) -> str:
    return f"{len(papers)} paper{'' if len(papers) == 1 else 's'}"


def _megabytes(papers: list[Held]) -> str:
    return f"{sum(held.size for held in papers) / 1e6:.1f} MB"
