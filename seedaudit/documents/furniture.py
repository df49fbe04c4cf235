"""What a page carries beside the paper's text: running heads and feet, page numbers, line numbers of review copies.

In: the lines of all pages. Out: which of them are furniture. The one decision made here: furniture shows by
repetition (the same words at the edge of several pages; numbers that count on and on), not by a list of venues.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"[-–—\s|]*(?:(?:page|p\.)\s*)?(?:\d{1,5}|[ivxl]{1,6})(?:\s*(?:of|/)\s*\d{1,4})?[-–—\s|]*", re.I
)
_LEAST_RUN = 20


def is_page_number(line: str) -> bool:
    """Whether a line at a page's edge is nothing but the page's number."""
    return len(line) < 20 and _PAGE_NUMBER.fullmatch(line) is not None


def edge_key(line: str) -> str:
    """A line as it is compared with the edges of other pages."""
    return _DIGITS.sub("#", line).casefold()


def repeated(edges: Sequence[Iterable[str]]) -> frozenset[str]:
    """The keys of edge lines (one collection per page) that stand on several pages."""
    counts = Counter(key for edge in edges for key in set(edge))
    least = 3 if len(edges) > 4 else 2
    return frozenset(key for key, count in counts.items() if count >= least and any(map(str.isalpha, key)))


def line_numbers(pages: Sequence[Sequence[str]]) -> list[frozenset[str]]:
    """For every page the lines that are only a review copy's line number.

    Such numbers are lines of their own and count without a gap, on one page after the other.
    """
    runs = [_longest_run([line for line in lines if len(line) < 5 and line.isdecimal()]) for lines in pages]
    numbered = sum(1 for run in runs if run)
    if numbered < 2 or numbered * 2 < len(pages):
        return [frozenset()] * len(pages)
    return runs


def _longest_run(numbers: list[str]) -> frozenset[str]:
    if len(numbers) < _LEAST_RUN:
        return frozenset()
    by_value: dict[int, set[str]] = {}
    for number in numbers:
        by_value.setdefault(int(number), set()).add(number)
    best: list[int] = []
    run: list[int] = []
    for value in sorted(by_value):
        run = [*run, value] if run and value == run[-1] + 1 else [value]
        if len(run) > len(best):
            best = run
    if len(best) < _LEAST_RUN:
        return frozenset()
    found = {number for value in best for number in by_value[value]}
    padded = max((len(number) for number in found if number[0] == "0"), default=0)  # "001" is none of "1 Introduction"
    return frozenset(number for number in found if len(number) >= padded)
