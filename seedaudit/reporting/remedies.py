"""An audit -> what its authors could do.

In: the uses that were found. Out: remedies in the order of what they cost, with the literature behind each. The one
decision owned here: which remedy answers which use; a remedy is concrete, and says what it costs.
"""

from __future__ import annotations

from dataclasses import dataclass

from seedaudit.findings import Audit, Use


@dataclass(frozen=True, slots=True)
class Remedy:
    """One thing to do: ``answers`` are the uses that it is an answer to."""

    title: str
    steps: str
    cost: str
    references: tuple[str, ...]
    answers: frozenset[Use]


_NO_TRAINING = "No further training."
_FEW_RUNS = "A few more runs of each system."

REMEDIES: tuple[Remedy, ...] = (
    Remedy(
        "Say what varies between the runs",
        "Write how many training runs stand behind each number, what differs between them (the seed, the split of the "
        "data, the order of the data, the test items) and what a ± or a shaded band is.",
        _NO_TRAINING,
        ("arXiv:2308.07832", "arXiv:2103.03098"),
        frozenset({"unspecified-runs"}),
    ),
    Remedy(
        "Show the spread",
        "Give the score of every run, or the lowest, the median and the highest beside the mean, so that a reader sees "
        "whether the difference between systems is larger than the difference between seeds.",
        "No further training where several runs exist; else " + _FEW_RUNS[0].lower() + _FEW_RUNS[1:],
        ("arXiv:1707.09861", "arXiv:1909.10447"),
        frozenset({"fixed-seed", "seed-comparison", "unspecified-runs"}),
    ),
    Remedy(
        "Bootstrap over the test items",
        "Draw test items with replacement, the same ones for all systems, compute the difference of the scores each "
        "time, and give its interval; with several seeds, draw the seeds too.",
        _NO_TRAINING,
        ("arXiv:2106.16163", "arXiv:2108.13264"),
        frozenset({"fixed-seed", "seed-comparison"}),
    ),
    Remedy(
        "Combine the seeds",
        "Where several seeds were trained anyway, combine the predictions of these models and report the ensemble: no "
        "single seed decides its score.",
        _NO_TRAINING,
        ("arXiv:2210.13393",),
        frozenset({"seed-comparison"}),
    ),
    Remedy(
        "Tune the seed like the other hyperparameters",
        "Draw the seed along with the learning rate, the dropout and the rest, keep the configuration with the best "
        "score on validation data, report its test score, and say that the seed was part of the search.",
        "The search that is run anyway, with the seed as one more dimension.",
        ("arXiv:2210.13393",),
        frozenset({"fixed-seed"}),
    ),
    Remedy(
        "Compare distributions over configurations",
        "Draw configurations (seed and other hyperparameters) of each system with the same budget, and compare the "
        "distributions of their scores: the expected best score against the budget, intervals, or performance profiles "
        "instead of one mean each.",
        "A search for every compared system.",
        ("arXiv:2210.13393", "arXiv:1909.03004", "arXiv:2108.13264"),
        frozenset({"seed-comparison"}),
    ),
    Remedy(
        "Vary more than the seed",
        "Draw a new split of the data, a new order of the data and a new seed for each run, so that the spread covers "
        "more of what could have come out differently.",
        _FEW_RUNS,
        ("arXiv:2103.03098", "arXiv:2005.00636"),
        frozenset({"seed-comparison"}),
    ),
)


def remedies(audit: Audit) -> tuple[Remedy, ...]:
    """What answers the uses that carry a risk, or the runs that an ``unstated`` verdict rests on; else nothing."""
    asked: set[Use] = {one.use for one in audit.seed_findings if one.risk in {"red-flag", "caution"}}
    if audit.verdict.level == "unstated":
        asked.add("unspecified-runs")
    return tuple(one for one in REMEDIES if one.answers & asked)
