"""How a linear model over hashed words is applied.

In: weights, and the keys of a passage's features by group. Out: a score for every label. The one decision made here:
each group is a vector of a length of its own, so that the many words around a passage do not drown its own few.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import accumulate, pairwise
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


def weigh(weights: Weights, features: Mapping[str, npt.NDArray[np.uint32]]) -> npt.NDArray[np.float64]:
    """The uncalibrated score of every label; ``features`` are keys, sorted, by group, and not of other groups."""
    total = weights.intercepts.astype(np.float64)
    # All groups are looked up together: every call of numpy costs more than the few numbers in a group.
    wanted = np.concatenate([*features.values(), np.empty(0, np.uint32)])
    at = weights.keys.searchsorted(wanted)
    known = weights.keys.take(at, mode="clip") == wanted
    at = at[known]
    values = weights.idf.take(at).astype(np.float64)
    squares = values * values
    coefficients = weights.coefficients.take(at, axis=0).astype(np.float64)
    found = [0, *known.cumsum().tolist()]
    bounds = [found[end] for end in accumulate(map(len, features.values()), initial=0)]
    for group, (first, last) in zip(features, pairwise(bounds), strict=True):
        length = math.sqrt(squares[first:last].sum())
        if length:
            # Not a matrix product: its last digits depend on how many threads the process has.
            scaled = values[first:last] * (weights.scales[group] / length)
            total += (scaled[:, None] * coefficients[first:last]).sum(axis=0)
    return total
