"""How often the tool is right, as measured: a file that the evaluation writes and the reports read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FIGURES = Path(__file__).with_name("reliability.json")


def load_reliability(path: Path = FIGURES) -> dict[str, Any] | None:
    """The figures, or None where none were measured."""
    if not path.exists():
        return None
    figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return figures
