"""Candidates, rules and classifier -> findings.

In: a document. Out: findings in the order of the paper, neutral ones included. The one decision made here: how the
evidence on a passage is merged into one use, first alone, then beside the paper's other passages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from seedaudit.detection.best_of import is_best_of_n
from seedaudit.detection.candidates import Candidate
from seedaudit.detection.classifier import decide
from seedaudit.detection.features import REACH, describe
from seedaudit.detection.model import Model, Passage
from seedaudit.detection.rules import RuleSet
from seedaudit.detection.seeds import find_seeds
from seedaudit.documents.document import Document
from seedaudit.documents.sentences import sentences
from seedaudit.findings import SEED_USES, USES, Finding, Search, Seeds, Use
from seedaudit.verdict import BEST_OF_N, risk_of

_CONTEXT = 240
# A rule that is right less often than this is evidence for the model, not an explanation for the reader.
_SPEAKS = 0.5
# A block taken for a bibliography entry may be a table behind the bibliography: so sure must the model be to say so.
_OUTWEIGHS = 0.7
_TEMPLATES = frozenset({"question", "heading"})
"""Kinds of blocks whose words are nobody's statement, whatever they say."""
_BOILERPLATE: dict[Use, float] = {use: float(use == "boilerplate") for use in USES}
_BEHIND = 110
"""Characters behind a sentence that may say which of its runs is reported."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A candidate with what rules and classifier make of it."""

    candidate: Candidate
    start: int
    end: int
    rules: tuple[str, ...]
    chances: dict[Use, float]
    use: Use
    seeds: Seeds


def find_findings(
    document: Document,
    candidates: Sequence[Candidate],
    search: Search,
    rules: RuleSet,
    model: Model,
    *,
    neutral_boxes: bool = True,
) -> tuple[Finding, ...]:
    """The findings of ``document`` at its ``candidates``; ``search`` decides the risk of its seed comparisons.

    Without ``neutral_boxes`` only the five uses of a training seed have their boxes worked out.
    """
    # Step by step for all of them: what follows the transformer finds the processor's caches cold.
    windows = [_window(document, one) for one in candidates]
    features = [describe(*window, rules) for window in windows]
    templates = [document.block_at(one.start).kind in _TEMPLATES for one in candidates]
    statements = [
        Passage(one, *window)
        for one, window, template in zip(features, windows, templates, strict=True)
        if not template
    ]
    told = iter(model.probabilities(statements))
    chances = [_BOILERPLATE if template else next(told) for template in templates]
    known = model.classifier.rules
    readings = [
        _read(document, candidate, tuple(one["rules"]), _with_new_rules(weighed, one["rules"], rules, known))
        for candidate, one, weighed in zip(candidates, features, chances, strict=True)
    ]
    return tuple(_finding(document, one, search, rules, neutral_boxes) for one in _merged(link(readings)))


def _window(document: Document, candidate: Candidate) -> tuple[str, int, int]:
    """The words that a candidate is judged by, and where it stands in them."""
    low = max(0, candidate.start - 2 * REACH)
    return document.text[low : candidate.end + 2 * REACH], candidate.start - low, candidate.end - low


def _read(document: Document, candidate: Candidate, rules: tuple[str, ...], chances: dict[Use, float]) -> Reading:
    use = decide(np.array([chances[one] for one in USES]))
    spans = sentences(document, candidate.start, candidate.end) or [(candidate.start, candidate.end)]
    start, end = min(spans[0][0], candidate.start), max(spans[-1][1], candidate.end)
    kind = document.block_at(candidate.start).kind
    if kind in _TEMPLATES or (kind == "reference" and (use not in SEED_USES or chances[use] < _OUTWEIGHS)):
        use, chances = "boilerplate", _BOILERPLATE
    return Reading(candidate, start, end, rules, chances, use, find_seeds(document.text[start:end]))


def _with_new_rules(
    chances: dict[Use, float], matched: Sequence[str], rules: RuleSet, trained: frozenset[str]
) -> dict[Use, float]:
    """A rule that the model was not trained with (the user's own) counts by its stated confidence."""
    for rule_id in matched:
        if rule_id not in trained:
            rule = rules[rule_id]
            chances = {
                use: chance * (1 - rule.confidence) + (rule.confidence if use == rule.use else 0.0)
                for use, chance in chances.items()
            }
    return chances


def link(readings: Sequence[Reading]) -> list[Reading]:
    """Read passages that name the same number of seeds or runs as each other's context.

    Runs that do not say what varies are lifted where as many runs differ by seed elsewhere in the paper. Seeds are
    lowered where another passage says that as many drive data or inference.
    """
    compared = {one.seeds.count for one in readings if one.use == "seed-comparison" and one.seeds.count}
    certain = {one.seeds.count for one in readings if one.use == "seed-comparison" and _chance(one) > _CERTAIN}
    driven = {
        one.seeds.count: one.use
        for one in reversed(readings)
        if one.use in {"data-sampling", "decoding"} and one.seeds.count and _chance(one) > _TOLD
    }
    linked = []
    for one in readings:
        use, count = one.use, one.seeds.count
        if use == "unspecified-runs" and count in compared and one.chances["seed-comparison"] > _LINK:
            use = "seed-comparison"
        elif use == "seed-comparison" and count in driven and count not in certain:
            use = driven[count]
        linked.append(replace(one, use=use))
    return linked


def _chance(reading: Reading) -> float:
    return reading.chances[reading.use]


# Chosen on the training folds.
_LINK, _CERTAIN, _TOLD = 0.02, 0.97, 0.6


def _merged(readings: Sequence[Reading]) -> list[Reading]:
    """Readings of one sentence and one use are one finding."""
    kept: list[Reading] = []
    for reading in readings:
        last = kept[-1] if kept else None
        if last and last.use == reading.use and reading.start < last.end:
            kept[-1] = replace(
                last,
                end=max(last.end, reading.end),
                rules=tuple(dict.fromkeys(last.rules + reading.rules)),
                candidate=Candidate(
                    last.candidate.start, reading.candidate.end, last.candidate.triggers + reading.candidate.triggers
                ),
                chances=max(last.chances, reading.chances, key=lambda chances: chances.get(reading.use, 0.0)),
            )
        else:
            kept.append(reading)
    return kept


def _finding(document: Document, reading: Reading, search: Search, rules: RuleSet, neutral_boxes: bool) -> Finding:
    text, start, end, use = document.text, reading.start, reading.end, reading.use
    quote = _flat(text[start:end])
    notes: tuple[str, ...] = ()
    if use == "seed-comparison" and is_best_of_n(quote, _flat(text[end : end + _BEHIND])):
        notes = (BEST_OF_N,)
    matched = [rules[one] for one in reading.rules if rules[one].use == use]
    best = max(matched, key=lambda rule: rule.confidence, default=None)
    told = best if best and best.confidence >= _SPEAKS else rules.explanations.get(use)
    first, last = reading.candidate.start, reading.candidate.end
    if use not in SEED_USES:
        location = document.locate(first, last, boxes=neutral_boxes)
    elif document.locate(start, end, boxes=False).page == document.locate(first, last, boxes=False).page:
        location = document.locate(start, end)
    else:  # a sentence that begins on the page before is shown where its trigger words are
        location = document.locate(first, last)
    return Finding(
        use=use,
        risk=risk_of(use, notes, search),
        confidence=round(reading.chances.get(use, 0.0), 3),
        rules=tuple(rule.id for rule in matched),
        page=location.page,
        boxes=location.boxes,
        section=document.section_at(start).title,
        quote=quote,
        why=told.why if told else "",
        remedy=told.remedy if told else "",
        references=told.references if told else (),
        seeds=reading.seeds,
        start=start,
        end=end,
        marks=tuple((begin - start, stop - start) for begin, stop in reading.candidate.triggers),
        before=_before(text, max(0, document.block_at(start).start), start),
        after=_after(text, end, document.block_at(end - 1).end),
        notes=notes,
        place=location.place,
    )


def _before(text: str, first: int, start: int) -> str:
    """The words of a block before a quote, from ``first`` or as many whole ones as are shown."""
    if start - first <= _CONTEXT:
        return _flat(text[first:start])
    words = _flat(text[start - _CONTEXT - 1 : start])
    return words[words.find(" ") + 1 :]


def _after(text: str, end: int, last: int) -> str:
    if last - end <= _CONTEXT:
        return _flat(text[end:last])
    words = _flat(text[end : end + _CONTEXT + 1])
    return words[: words.rfind(" ")] if " " in words else words


def _flat(text: str) -> str:
    """The same words on one line, as long as the text was, so that marks keep their places."""
    return text.replace("\n", " ")
