"""Where the data that ship with the package lie: in the wheel beside the code, in a checkout at the top level."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def folder(name: str, *, checkout: str) -> Path:
    """The folder ``data/<name>`` of an installed package, or ``checkout`` below the root of a working copy."""
    installed = _PACKAGE / "data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / checkout


def rules() -> Path:
    """The rule packs (TOML)."""
    return folder("rules", checkout="rules")


def templates() -> Path:
    """The Jinja2 templates and style sheets of the reports."""
    return folder("templates", checkout="reports/templates")


def labels() -> Path:
    """The labels of real papers, without their text (JSONL)."""
    return folder("corpus", checkout="corpus") / "labels.jsonl"
