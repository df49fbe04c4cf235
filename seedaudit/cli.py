"""The command line.

In: what was typed. Out: an exit status. The one decision made here: which commands there are; a command's module is
imported only when it is called, so that ``--version`` and ``--help`` are quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from seedaudit import __version__
from seedaudit.commands.messages import say_error
from seedaudit.errors import SeedauditError, UsageError

COMMANDS = {
    "audit": "Audit papers.",
    "compare": "Compare two versions of a paper.",
    "batch": "Audit many papers into a study.",
    "report": "Report a study.",
    "show": "Show a study, or one paper of it.",
    "diff": "Compare two studies.",
    "merge": "Join studies into one.",
    "label": "Choose passages for a person to decide, and take the decisions back.",
    "serve": "Show a study in the browser.",
    "evaluate": "Measure the tool on papers that you labelled.",
    "corpus": "Put the labels of real papers and the papers together again.",
    "fetch": "Fetch papers, to audit them offline.",
    "cache": "Look after the papers that were fetched.",
    "rules": "List the rules, or explain one rule or one use.",
}
"""Every command, with the line that the list of commands shows; its module is ``seedaudit.commands.<name>``."""


class Commands(click.Group):
    """Imports a command when it is called, and turns errors of seedaudit into a message and an exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command called ``name``."""
        if name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"seedaudit.commands.{name}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except SeedauditError as error:
            say_error(error)
            ctx.exit(2 if isinstance(error, UsageError) else 3)
        except KeyboardInterrupt:
            click.echo("stopped", err=True)
            ctx.exit(130)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Examples:\n\n\b\n  seedaudit audit paper.pdf\n  seedaudit audit 2210.13393\n  seedaudit rules fixed-seed",
)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
def cli() -> None:
    """Audit machine-learning papers for how they use random seeds.

    A seed is a hyperparameter: changing it makes another model. seedaudit finds the passages of a paper that use
    random seeds, says which use each makes, and gives a verdict with its reasons.
    """
