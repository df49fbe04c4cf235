"""Two studies -> what differs.

In: two open studies. Out: one change per paper that is not the same in both. The one decision made here: papers are
the same by their key, and a change is told by what it means first: audited or not, then the verdict, then the findings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from seedaudit.batch.store import Study
from seedaudit.findings import Audit, Failure

Kind = Literal["added", "removed", "now fails", "audited now", "verdict", "findings", "failure"]


@dataclass(frozen=True, slots=True)
class Change:
    """How one paper differs: ``old`` and ``new`` are a verdict, a failure's kind, or a number of findings."""

    source: str
    kind: Kind
    old: str
    new: str


def compare(old: Study, new: Study) -> Iterator[Change]:
    """The changes from ``old`` to ``new``, in the order of the papers' keys."""
    before, after = old.results(), new.results()
    one, other = next(before, None), next(after, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one.entry.key < other.entry.key):
            assert one is not None
            yield Change(one.entry.source, "removed", _said(one.result), "")
            one = next(before, None)
        elif one is None or other.entry.key < one.entry.key:
            yield Change(other.entry.source, "added", "", _said(other.result))
            other = next(after, None)
        else:
            if change := _change(other.entry.source, one.result, other.result):
                yield change
            one, other = next(before, None), next(after, None)


def _change(source: str, old: Audit | Failure, new: Audit | Failure) -> Change | None:
    said = (_said(old), _said(new))
    if isinstance(old, Failure) or isinstance(new, Failure):
        if isinstance(old, Failure) and isinstance(new, Failure):
            return None if old.kind == new.kind else Change(source, "failure", *said)
        return Change(source, "now fails" if isinstance(new, Failure) else "audited now", *said)
    if old.verdict.level != new.verdict.level:
        return Change(source, "verdict", *said)
    first, second = ({(found.use, found.quote) for found in one.findings} for one in (old, new))
    if first != second:
        return Change(source, "findings", f"-{len(first - second)}", f"+{len(second - first)}")
    return None


def _said(result: Audit | Failure) -> str:
    return result.kind if isinstance(result, Failure) else result.verdict.level
