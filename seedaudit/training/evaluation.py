"""How good a model is, given the candidates.

In: examples with probabilities. Out: F1 per use, calibration. The one decision made here: what counts, the same as in
the scorer of whole papers: the five uses of a training seed; a second label is right too; doubtful examples count
neither way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seedaudit.findings import SEED_USES, USES, Use
from seedaudit.training.datasets import Example


@dataclass(frozen=True, slots=True)
class Figures:
    """F1 over the five uses (micro, macro) and of each use that occurs."""

    micro: float
    macro: float
    per_use: dict[Use, float]


def measure(examples: Sequence[Example], told: Sequence[Use]) -> Figures:
    """Compare the uses ``told`` with the labels of ``examples``."""
    hits, false, missed = Counter[Use](), Counter[Use](), Counter[Use]()
    for example, use in zip(examples, told, strict=True):
        right = use == example.label or use in example.also
        if use in SEED_USES and right:
            hits[use] += 1
        elif use in SEED_USES and example.care:
            false[use] += 1
        if example.care and example.label in SEED_USES and not (right and use in SEED_USES):
            missed[example.label] += 1
    per_use = {
        use: _f1(hits[use], false[use], missed[use]) for use in USES if use in SEED_USES and hits[use] + missed[use]
    }
    micro = _f1(hits.total(), false.total(), missed.total())
    return Figures(micro, float(np.mean(list(per_use.values()))) if per_use else 0.0, per_use)


def calibration_error(right: npt.NDArray[np.bool_], confidence: npt.NDArray[np.float64], bins: int = 10) -> float:
    """Expected calibration error over bins of equal numbers of examples (Naeini et al. 2015)."""
    order = np.argsort(confidence)
    parts = np.array_split(order, bins)
    return float(sum(len(part) * abs(right[part].mean() - confidence[part].mean()) for part in parts) / len(order))


def _f1(hits: int, false: int, missed: int) -> float:
    return 2 * hits / (2 * hits + false + missed) if hits else 0.0
