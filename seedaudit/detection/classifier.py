"""The linear model that weighs what rules leave open.

In: the features of passages. Out: a calibrated probability for every use of each. The one decision made here: how the
shipped weights are read and applied. They were learned with scikit-learn (see ``seedaudit.training``) and are plain
arrays, so that an audit reads them in milliseconds and needs numpy only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt

from seedaudit.detection import versions
from seedaudit.detection.features import Features
from seedaudit.detection.linear import weigh
from seedaudit.findings import RISKY_USES, SEED_USES, USES, Use

WEIGHTS = versions.CLASSIFIER

Floats = npt.NDArray[np.float32]


def key(group: str, name: str) -> int:
    """The 32-bit key of a feature in the weights' table."""
    return crc32(f"{group}\0{name}".encode())


@dataclass(frozen=True, slots=True)
class Classifier:
    """Weights of a multinomial logistic regression over weighted feature groups.

    ``keys`` (n, sorted) and ``idf`` (n) describe the features, ``coefficients`` is (n, uses), ``intercepts`` (uses).
    ``scales`` gives the length of each group's vector; ``temperature`` divides the scores (calibration).
    ``rules`` are the ids of the rules that were features in training.
    """

    keys: npt.NDArray[np.uint32]
    idf: Floats
    coefficients: npt.NDArray[np.float16]
    intercepts: Floats
    scales: dict[str, float]
    temperature: float
    rules: frozenset[str]

    def scores(self, passages: Sequence[Features]) -> npt.NDArray[np.float64]:
        """The uncalibrated scores (passages, uses), in the order of ``USES``."""
        return weigh(self, [self._keys(features) for features in passages])

    def _keys(self, features: Features) -> dict[str, npt.NDArray[np.uint32]]:
        keys = {}
        for group, names in features.items():
            if group in self.scales:
                begun = key(group, "")
                keys[group] = np.array(sorted({crc32(name.encode(), begun) for name in names}), dtype=np.uint32)
        return keys

    def probabilities(self, passages: Sequence[Features]) -> npt.NDArray[np.float64]:
        """The calibrated probabilities (passages, uses), in the order of ``USES``; those of a passage sum to 1."""
        scores = self.scores(passages) / self.temperature
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))


SEED_THRESHOLD = 0.5
"""A passage tells of a training seed where its five uses are this probable together."""
RISKY_THRESHOLD = 0.5
"""A risky use is told only where it is this probable by itself: a finding is an accusation of sorts."""
_SEED = np.array([use in SEED_USES for use in USES])
_RISKY = np.array([use in RISKY_USES for use in USES])


def decide(chances: npt.NDArray[np.float64]) -> Use:
    """The use of a passage, from the probabilities of all uses in the order of ``USES``.

    First whether a training seed is used at all, then how. Both thresholds were chosen on the training folds.
    """
    of_seed = chances[_SEED].sum() >= SEED_THRESHOLD
    best = int(np.where(of_seed == _SEED, chances, -1.0).argmax())
    if _RISKY[best] and chances[best] < RISKY_THRESHOLD:
        best = int(np.where(_RISKY, -1.0, chances).argmax())
    return USES[best]


@cache
def load_classifier(path: Path = WEIGHTS) -> Classifier:
    """Read the weights that ship with the package, or those at ``path``."""
    with np.load(path, allow_pickle=False) as arrays:
        return Classifier(
            keys=arrays["keys"],
            idf=arrays["idf"],
            coefficients=arrays["coefficients"],
            intercepts=arrays["intercepts"],
            scales=dict(zip(arrays["groups"].tolist(), arrays["scales"].tolist(), strict=True)),
            temperature=float(arrays["temperature"]),
            rules=frozenset(arrays["rules"].tolist()),
        )
