"""The file of decisions that a reader exports from a report -> values.

The file is JSON. It holds no words of the paper: a finding is named by its use, its page, where its passage starts and
ends in the text, and the SHA-256 of the passage's UTF-8 bytes, so that it can be shared and checked against the paper.

    {"schema": 1, "kind": "seedaudit-decisions",
     "tool": {"name": "seedaudit", "version": "0.1.0", "rules": "9f2c…", "model": "51ce…"},
     "papers": [{"source": "tagger.pdf", "id": "arxiv:2404.00001v2", "sha256": "aaaa…",
                 "decisions": [{"use": "fixed-seed", "page": 4, "start": 1000, "end": 1042, "quote_sha256": "77c1…",
                                "decision": "right", "note": ""}]}]}

``decision`` is right, wrong, unsure, or open where there is only a note; ``page`` and ``id`` may be null. A decision
may have ``should_be``, the use that a wrong one should be.

In: that file. Out: the decisions. The one decision owned here: what a valid file is.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from seedaudit.errors import UsageError
from seedaudit.findings import USES, Finding, Use

KIND = "seedaudit-decisions"
SCHEMA_VERSION = 1
Answer = Literal["right", "wrong", "unsure", "open"]
ANSWERS: tuple[Answer, ...] = get_args(Answer)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reader decided about one finding of the paper with this hash."""

    sha256: str
    id: str | None
    source: str
    use: Use
    page: int | None
    start: int
    end: int
    quote_sha256: str
    decision: Answer
    note: str
    should_be: Use | None = None

    def is_about(self, finding: Finding) -> bool:
        """Whether ``finding``, of the same paper, is the one that was decided."""
        return self.use == finding.use and self.quote_sha256 == finding.quote_sha256


def read_decisions(path: Path) -> tuple[Decision, ...]:
    """The decisions of an exported file, in its order.

    Raises UsageError (kind ``decisions``), naming file and field, for a file that cannot be read or is not one.
    """
    try:
        record = json.loads(path.read_bytes())
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise _refused(path, f"is no JSON: {error}") from error
    if not isinstance(record, dict) or record.get("kind") != KIND:
        raise _refused(path, f"is no file of decisions: its kind is not {KIND!r}")
    if record.get("schema") != SCHEMA_VERSION:
        raise _refused(path, f"has schema {record.get('schema')!r}; this version reads schema {SCHEMA_VERSION}")
    found: list[Decision] = []
    for at, paper in enumerate(_list(path, record, "papers", "")):
        where = f"papers[{at}]"
        known = {name: _field(path, paper, name, where, check) for name, check in _PAPER.items()}
        for number, one in enumerate(_list(path, paper, "decisions", where)):
            here = f"{where}.decisions[{number}]"
            told = {name: _field(path, one, name, here, ok) for name, ok in _ONE.items()}
            if one.get("should_be") is not None:
                told["should_be"] = _field(path, one, "should_be", here, _ONE["use"])
            found.append(Decision(**known, **told))
    return tuple(found)


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef")


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


_PAPER: dict[str, Callable[[Any], bool]] = {
    "sha256": _is_hash,
    "id": lambda value: value is None or isinstance(value, str),
    "source": lambda value: isinstance(value, str),
}
_ONE: dict[str, Callable[[Any], bool]] = {
    "use": lambda value: value in USES,
    "page": lambda value: value is None or (_is_count(value) and value > 0),
    "start": _is_count,
    "end": _is_count,
    "quote_sha256": _is_hash,
    "decision": lambda value: value in ANSWERS,
    "note": lambda value: isinstance(value, str),
}


def _list(path: Path, record: Any, name: str, where: str) -> list[Any]:
    value = record.get(name) if isinstance(record, dict) else None
    if not isinstance(value, list):
        raise _refused(path, f"has no list {'.'.join(filter(None, (where, name)))}")
    return value


def _field(path: Path, record: Any, name: str, where: str, is_good: Callable[[Any], bool]) -> Any:
    if not isinstance(record, dict) or name not in record:
        raise _refused(path, f"has no {where}.{name}")
    if not is_good(record[name]):
        raise _refused(path, f"has {record[name]!r} as {where}.{name}")
    return record[name]


def _refused(path: Path, what: str) -> UsageError:
    return UsageError(f"{path} {what}", hint="Export the decisions from the report again.", kind="decisions")
