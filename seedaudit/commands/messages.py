"""How a command speaks to its user: on standard error, in lines that start with what they are."""

from __future__ import annotations

import click

from seedaudit.errors import SeedauditError


def say_error(error: SeedauditError) -> None:
    """Say what went wrong and what to do."""
    click.echo(f"error: {error.message}", err=True)
    if error.hint:
        click.echo(f"hint: {error.hint}", err=True)
