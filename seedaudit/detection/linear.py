"""How a linear model over hashed words is applied.

In: weights, and the keys of the features of passages by group. Out: a score for every label of each. The one decision
made here: each group is a vector of a length of its own, so that the many words around a passage do not drown its own
few.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt


class Weights(Protocol):
    """Weights of a multinomial logistic regression over weighted feature groups.

    ``keys`` (n, sorted) and ``idf`` (n) describe the features, ``coefficients`` is (n, labels), ``intercepts``
    (labels). ``scales`` gives the length of each group's vector.
    """

    @property
    def keys(self) -> npt.NDArray[np.uint32]: ...  # noqa: D102

    @property
    def idf(self) -> npt.NDArray[np.float32]: ...  # noqa: D102

    @property
    def coefficients(self) -> npt.NDArray[np.float16]: ...  # noqa: D102

    @property
    def intercepts(self) -> npt.NDArray[np.float32]: ...  # noqa: D102

    @property
    def scales(self) -> dict[str, float]: ...  # noqa: D102


def weigh(weights: Weights, passages: Sequence[Mapping[str, npt.NDArray[np.uint32]]]) -> npt.NDArray[np.float64]:
    """The uncalibrated scores (passages, labels) of ``passages``: of each the keys of its features, by group."""
    # All passages are looked up together: every call of numpy costs more than the few numbers in a group.
    none = np.empty(0, np.uint32)
    parts = [passage.get(group, none) for passage in passages for group in weights.scales]
    wanted = np.concatenate([none, *parts])
    at = weights.keys.searchsorted(wanted)
    known = weights.keys.take(at, mode="clip") == wanted
    at = at[known]
    part = np.arange(len(parts)).repeat([len(keys) for keys in parts])[known]
    values = weights.idf.take(at).astype(np.float64)
    lengths = np.sqrt(np.bincount(part, values * values, len(parts)))
    scales = np.tile(np.fromiter(weights.scales.values(), np.float64), len(passages))
    scaled = values * (scales[part] / lengths[part])
    # Not a matrix product: its last digits depend on how many threads the process has.
    weighed = scaled[:, None] * weights.coefficients.take(at, axis=0)
    ends = part.searchsorted(np.arange(len(passages) + 1) * len(weights.scales)).tolist()
    scores = np.empty((len(passages), len(weights.intercepts)))
    for number, (first, last) in enumerate(pairwise(ends)):
        scores[number] = weights.intercepts + weighed[first:last].sum(axis=0)
    return scores
