"""``seedaudit rules``: the rules, listed and explained."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(
    epilog="\b\nExamples:\n  seedaudit rules\n  seedaudit rules fixed-seed\n"
    "  seedaudit rules seed-comparison-averaged\n  seedaudit rules --rules my-rules"
)
@click.argument("rule_id", required=False, metavar="[ID]")
@click.option("--rules", "rule_folders", type=click.Path(path_type=Path), multiple=True, metavar="DIR")
def rules(rule_id: str | None, rule_folders: tuple[Path, ...]) -> None:
    """List the rules, or explain one rule or one use.

    A rule pack is a TOML file. [pack] tells a use: title, use, why, remedy, references. Each [[rule]] has id, name,
    use, regex (RE2) or tokens (spaCy's Matcher), confidence, message, why, remedy, references, and examples in match
    and no_match; scope (sentence or context) and unless (exceptions) are optional.
    """
    from seedaudit.auditing import Auditor
    from seedaudit.reporting.rule_pages import explain_rule, list_rules

    packs = Auditor(rule_folders).rules
    click.echo(list_rules(packs) if rule_id is None else explain_rule(packs, rule_id), nl=False)
