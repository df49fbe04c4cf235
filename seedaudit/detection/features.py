"""What the classifier sees of a passage.

In: a text, the place of the trigger words in it and the rules that match. Out: named features, in groups. The one
decision made here: which words around a trigger matter, and how far. Everything is plain string work, so that an
audit needs no scikit-learn.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Protocol

REACH = 420
"""Characters of context on each side of the trigger that a feature may come from."""

_CITATION = re.compile(r"\((?:[^()]{0,80}?\b(?:19|20)\d\d[a-z]?[^()]{0,60}?)\)|\[\d{1,3}(?:\s?[,–-]\s?\d{1,3}){0,6}\]")
_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:\.\d+)?|[^\sa-z\d]")
_STOP = re.compile(r"(?<=[a-z\d)\]%])[.?!](?=\s+[A-Z(\[•])|\n\n")
_ABBREVIATION = re.compile(r"\b(?:et al|fig|figs|eq|eqs|sec|tab|e\.g|i\.e|vs|resp|cf|approx|no|[A-Z])$", re.IGNORECASE)
_NUMBERS = frozenset(
    {
        *("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "fifteen"),
        *("twenty", "thirty", "fifty", "hundred", "several", "multiple", "many", "few"),
    }
)

Features = dict[str, list[str]]


def extract(text: str, start: int, end: int, rules: Iterable[str] = ()) -> Features:
    """The features of the trigger ``text[start:end]``, by group.

    Groups: ``trigger`` (its own words), ``place`` (neighbours by position), ``near`` (12 words each side, 1-3-grams),
    ``wide`` (45 words each side, 1-2-grams), ``sentence`` (its sentence, 1-2-grams), ``rules``.
    """
    low, high = max(0, start - REACH), min(len(text), end + REACH)
    first, last = sentence_of(text, start, end)
    own = _tokens(text[start:end])
    left, right = _tokens(text[low:start]), _tokens(text[end:high])
    sentence = [*_tokens(text[first:start]), "<", *own, ">", *_tokens(text[end:last])]
    near = [*left[-12:], "<", *own, ">", *right[:12]]
    wide = [*left[-45:], "<", ">", *right[:45]]
    return {
        "trigger": grams(own, 3),
        "place": list(_places(left, right)),
        "near": grams(near, 3),
        "wide": grams(wide, 2),
        "sentence": grams(sentence, 2),
        "rules": list(rules),
    }


class Matches(Protocol):
    """What is asked of a set of rules."""

    def matches(self, sentence: str, before: str = "") -> tuple[str, ...]:
        """The ids of the rules that match."""


def describe(text: str, start: int, end: int, rules: Matches) -> Features:
    """The features of the trigger ``text[start:end]`` with the rules that match its sentence and the one before."""
    first, last = sentence_of(text, start, end)
    before = ""
    if first > 0:
        earlier, _ = _sentence(text, first - 1, first - 1, max(0, first - REACH), first)
        before = text[earlier : first - 1]
    matched = rules.matches(" ".join(text[first:last].split()), " ".join(before.split()))
    return extract(text, start, end, matched)


def sentence_of(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the sentence that holds ``text[start:end]`` begins and ends, as far as the model looks."""
    return _sentence(text, start, end, max(0, start - REACH), min(len(text), end + REACH))


def _sentence(text: str, start: int, end: int, low: int, high: int) -> tuple[int, int]:
    first, last = low, high
    for stop in _STOP.finditer(text, low, start):
        if not _ABBREVIATION.search(text, max(low, stop.start() - 8), stop.start()):
            first = stop.end()
    for stop in _STOP.finditer(text, end, high):
        if not _ABBREVIATION.search(text, max(end, stop.start() - 8), stop.start()):
            last = stop.end()
            break
    return first, last


def _tokens(text: str) -> list[str]:
    words = _CITATION.sub(" @ ", text)
    return [_shape(word) for word in _TOKEN.findall(words.lower())]


@lru_cache(1 << 14)  # a paper says the same words again and again
def _shape(word: str) -> str:
    if word.isdigit():
        return word if word in {"0", "1", "42"} else "#" * min(len(word), 4)
    if word[0].isdigit():
        return "#.#"
    return "##n" if word in _NUMBERS else word


def grams(tokens: Sequence[str], longest: int) -> list[str]:
    """All stretches of 1 to ``longest`` tokens, the short ones first."""
    found = list(tokens)
    for size in range(2, longest + 1):
        found += map(" ".join, zip(*(tokens[at:] for at in range(size)), strict=False))
    return found


def _places(left: list[str], right: list[str]) -> Iterator[str]:
    for distance, token in enumerate(reversed(left[-4:]), 1):
        yield f"-{distance} {token}"
    for distance, token in enumerate(right[:4], 1):
        yield f"+{distance} {token}"
    yield "- " + " ".join(left[-2:])
    yield "+ " + " ".join(right[:2])
