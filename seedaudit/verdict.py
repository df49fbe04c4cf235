"""Findings -> verdict.

In: the uses of training seeds in a paper and what it says of a hyperparameter search. Out: a level and its reasons.
The one decision made here is the table below; nothing else in seedaudit decides a level.

    row  the paper has                                            level
    1    a fixed seed, or a best of N without held-out criterion  red-flag
    2a   a seed comparison, and no search is described            red-flag
    2b   a seed comparison, and a search without the seed         caution
    2c   a seed comparison, and a search that includes the seed   counts as safe
    3    tuning, ensembling, sensitivity, or 2c                   safe
    4    runs without a word on what varies                       unstated
    5    none of these                                            none
"""

from __future__ import annotations

from collections.abc import Sequence

from seedaudit.findings import SAFE_USES, Finding, Risk, Search, SearchLevel, Use, Verdict

BEST_OF_N = "best-of-n"


def decide(findings: Sequence[Finding], search: Search) -> Verdict:
    """The verdict on a paper with ``findings`` (neutral ones included) and ``search``."""
    fixed = [one for one in findings if one.use == "fixed-seed"]
    best = [one for one in findings if one.use == "seed-comparison" and BEST_OF_N in one.notes]
    compared = [one for one in findings if one.use == "seed-comparison"]
    safe = [one for one in findings if one.use in SAFE_USES]
    unstated = [one for one in findings if one.use == "unspecified-runs"]

    reasons: list[str] = []
    if fixed:
        reasons.append(f"One fixed seed is used for training runs ({_places(fixed)}).")
    if best:
        reasons.append(f"The best of several runs is reported and no held-out criterion is named ({_places(best)}).")
    if compared and search.level != "seed-included":
        reasons.append(f"Scores are compared over runs in which only the seed is said to vary ({_places(compared)}).")
        reasons.append(_search_reason(search))
    if fixed or best:
        return Verdict("red-flag", tuple(reasons))
    if compared and search.level == "none":
        return Verdict("red-flag", tuple(reasons))
    if compared and search.level in {"own", "all"}:
        return Verdict("caution", tuple(reasons))
    if compared:
        reasons.append(
            f"Scores are compared over seeds ({_places(compared)}), and the seed is part of a described search or of "
            "the distribution that is shown."
        )
    for use, said in _SAFE_REASONS.items():
        some = [one for one in safe if one.use == use]
        if some:
            reasons.append(f"{said} ({_places(some)}).")
    if compared or safe:
        return Verdict("safe", tuple(reasons))
    if unstated:
        reasons.append(f"Runs are reported without a word on what varies between them ({_places(unstated)}).")
        return Verdict("unstated", tuple(reasons))
    return Verdict("none", ("No use of a training seed was found in the text.",))


_SAFE_REASONS: dict[Use, str] = {
    "tuning": "The seed is chosen by a held-out criterion, like any hyperparameter",
    "ensembling": "Models of several seeds are combined",
    "sensitivity": "The spread over seeds is itself what is reported",
}


def risk_of(use: Use, notes: Sequence[str], search: Search) -> Risk:
    """The risk that one finding carries beside what the paper says of a search (rows 1 to 3)."""
    if use in SAFE_USES:
        return "safe"
    if use == "fixed-seed" or (use == "seed-comparison" and BEST_OF_N in notes):
        return "red-flag"
    if use == "seed-comparison":
        return _COMPARISON_RISKS[search.level]
    return "neutral"


_COMPARISON_RISKS: dict[SearchLevel, Risk] = {
    "none": "red-flag",
    "own": "caution",
    "all": "caution",
    "seed-included": "safe",
}


def _search_reason(search: Search) -> str:
    if search.level == "none":
        return "No hyperparameter search is described for the reported experiments."
    whom = "for the compared systems too" if search.level == "all" else "for the authors' own model"
    pages = sorted({one.page for one in search.evidence if one.page is not None})
    where = f" (p. {', '.join(map(str, pages))})" if pages else ""
    return f"A hyperparameter search is described {whom}{where}; the seed is not part of it."


def _places(findings: Sequence[Finding]) -> str:
    pages = sorted({one.page for one in findings if one.page is not None})
    if pages:
        return "p. " + ", ".join(map(str, pages))
    return f"{len(findings)} passage{'s' if len(findings) != 1 else ''}"
