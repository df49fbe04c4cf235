"""Cues: expressions whose mere presence in some words a model counts.

In: named patterns. Out: which of them occur in a piece of text. The one decision made here: all are looked for in one
pass, in linear time, whatever case the words are in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import re2


class Cues:
    """Named patterns, looked for together; ``names`` in their order."""

    def __init__(self, patterns: Mapping[str, str]) -> None:
        self.names = tuple(patterns)
        self._set = _compiled(tuple(patterns.values()))

    def found(self, text: str, start: int, end: int) -> list[int]:
        """The places in ``names`` of those that occur in ``text[start:end]``, taken as one line."""
        return list(self._set.Match(" ".join(text[max(0, start) : end].split())) or ())


def _compiled(patterns: tuple[str, ...]) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    together = re2.Set.SearchSet(options)
    for pattern in patterns:
        together.Add(pattern)
    together.Compile()
    return together
