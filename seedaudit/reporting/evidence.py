"""An audit -> what speaks for its verdict, and what against it.

In: an audit. Out: points, each with the findings it rests on. The one decision owned here: what counts as speaking
against a verdict. It is what a fair reader would hold against it, from the same paper: safe uses beside a risky one, a
described search, passages that the tool itself is not sure of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from seedaudit.findings import RISKY_USES, SAFE_USES, Audit, Finding
from seedaudit.reporting import wording


@dataclass(frozen=True, slots=True)
class Point:
    """One sentence, and the findings that it is about."""

    text: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a verdict and what against it; either may be empty."""

    supporting: tuple[Point, ...]
    opposing: tuple[Point, ...]


def weigh(audit: Audit) -> Evidence:
    """What in this paper speaks for the verdict of ``audit`` and what against it."""
    supporting = tuple(_supporting(audit))
    resting = [finding for point in supporting for finding in point.findings]
    return Evidence(supporting, (*_opposing(audit), *_unsure(resting)))


def _supporting(audit: Audit) -> Iterator[Point]:
    level = audit.verdict.level
    if level in {"red-flag", "caution"}:
        yield from _uses(one for one in audit.seed_findings if one.use in RISKY_USES and one.risk != "safe")
        if audit.search.level == "none" and _comparisons(audit):
            yield Point("No hyperparameter search was found that would narrow what the comparison leaves out.")
    elif level == "safe":
        yield from _uses(audit.seed_findings)
        if audit.search.level == "seed-included":
            yield Point(wording.SEARCH_SENTENCES["seed-included"])
    elif level == "unstated":
        yield from _uses(wording.told(audit))
    elif audit.findings:
        read = ", ".join(
            f"{wording.USE_WORDS[group.use].name.lower()}: {len(group.findings)}"
            for group in wording.groups(audit.findings)
        )
        mentions = wording.count(len(audit.findings), "mention")
        yield Point(f"{mentions} of seeds or runs, none read as a use of a training seed ({read}).", audit.findings)
    else:
        yield Point("No mention of a seed or of repeated runs was found in the text.")


def _opposing(audit: Audit) -> Iterator[Point]:
    level = audit.verdict.level
    if level in {"red-flag", "caution"}:
        if audit.search.level != "none" and _comparisons(audit):
            yield Point(wording.SEARCH_SENTENCES[audit.search.level])
        yield from _uses((one for one in audit.seed_findings if one.use in SAFE_USES), "A safe use beside it")
    elif level == "safe" and (runs := tuple(one for one in audit.findings if one.use == "unspecified-runs")):
        yield Point(f"{wording.count(len(runs), 'passage')} of runs, without a word on what varies.", runs)
    elif level == "unstated" and (rest := tuple(one for one in audit.findings if one.use in _OTHER_SEEDS)):
        yield Point(f"{wording.count(len(rest), 'passage')} of a seed that drives something else than training.", rest)


_OTHER_SEEDS = frozenset({"data-sampling", "decoding", "other-randomness"})


def _comparisons(audit: Audit) -> bool:
    return any(one.use == "seed-comparison" for one in audit.seed_findings)


def _uses(findings: Iterable[Finding], what: str = "") -> Iterator[Point]:
    for group in wording.groups(findings):
        words = wording.USE_WORDS[group.use]
        head = f"{what}: {words.name.lower()}" if what else words.name
        yield Point(f"{head}, {wording.count(len(group.findings), 'passage')}: {words.meaning}.", group.findings)


def _unsure(resting: Sequence[Finding]) -> Iterator[Point]:
    doubtful = tuple(one for one in resting if wording.is_unsure(one))
    if doubtful:
        one = len(doubtful) == 1
        which = "The passage" if len(resting) == 1 else f"{len(doubtful)} of the {len(resting)} passages"
        yield Point(
            f"{which} that it rests on {'has' if one else 'have'} a confidence below {wording.UNSURE_BELOW:.0%}: read "
            f"{'it' if one else 'them'} before you rely on it.",
            doubtful,
        )
