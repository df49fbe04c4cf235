"""The models of a passage as one.

In: the passages of one paper with their features. Out: a calibrated probability for every use of each. The one decision
made here: which passages are worth the transformer's time, and how the models are averaged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from seedaudit.detection.classifier import Classifier, load_classifier
from seedaudit.detection.encoder import Encoder
from seedaudit.detection.features import Features
from seedaudit.detection.stacking import Stacker, clues_of, load_stacker
from seedaudit.findings import RISKY_USES, SEED_USES, USES, Use

SURE = 0.5
"""The linear model's word is enough where it gives one use this much,"""
SURE_OF_RISK = 0.8
"""or this much where the use is a risky one: a finding is an accusation of sorts."""
UNLIKELY = 0.45
"""It is also enough where it gives the five uses of a training seed together no more than this."""
_SEED = np.array([use in SEED_USES for use in USES])
_RISKY = np.array([use in RISKY_USES for use in USES])

Floats = npt.NDArray[np.float64]


def is_open(chances: Floats) -> bool:
    """Whether the linear model's probabilities (in the order of ``USES``) leave the use of a passage open."""
    best = chances.argmax()
    if _RISKY[best]:
        return bool(chances[best] < SURE_OF_RISK and chances[_SEED].sum() > UNLIKELY)
    return bool(chances[best] < SURE and chances[_SEED].sum() > UNLIKELY)


def average(chances: Floats, scores: Floats) -> Floats:
    """The normalised geometric mean of probabilities and of those that ``scores`` stand for, both (..., uses)."""
    together = (np.log(chances + 1e-9) + scores - scores.max(axis=-1, keepdims=True)) / 2
    odds = np.exp(together - together.max(axis=-1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=-1, keepdims=True))


class Passage(NamedTuple):
    """The trigger ``text[start:end]`` with its features."""

    features: Features
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Model:
    """The linear classifier, the encoder, and the network that reads the passages of a paper together."""

    classifier: Classifier
    encoder: Encoder
    stacker: Stacker

    def probabilities(self, passages: Sequence[Passage]) -> list[dict[Use, float]]:
        """The calibrated probability of every use of each of a paper's passages; those of a passage sum to 1."""
        if not passages:
            return []
        chances = self.classifier.probabilities([one.features for one in passages])
        for at, one in enumerate(passages):
            if is_open(chances[at]):
                chances[at] = average(chances[at], self.encoder.scores(one.text, one.start, one.end))
        clues = [clues_of(one.text, one.start, one.end) for one in passages]
        together = average(chances, self.stacker.scores(chances, clues))
        return [dict(zip(USES, row, strict=True)) for row in together.tolist()]


@cache
def load_model() -> Model:
    """The model that ships with the package."""
    return Model(load_classifier(), Encoder(), load_stacker())
