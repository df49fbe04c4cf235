"""Soft labels: what the transformers say of training passages that they did not learn from.

In: examples and probabilities. Out: a file without text, and targets for the linear model. The one decision made here:
how much a passage's own label counts beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from seedaudit.findings import USES
from seedaudit.training.datasets import Example, digest

Floats = npt.NDArray[np.float64]


def write(path: Path, examples: Sequence[Example], chances: Floats) -> None:
    """Write probabilities (examples, uses), each row under a hash of its example."""
    keys = np.array([_key(example) for example in examples], dtype=np.uint64)
    order = np.argsort(keys, kind="stable")
    np.savez_compressed(path, keys=keys[order], chances=np.round(chances[order] * 255).astype(np.uint8))


def targets(examples: Sequence[Example], path: Path | None, share: float) -> Floats:
    """What the linear model learns, (examples, uses), rows sum to 1.

    ``share`` of a row is the example's label, the rest its soft label in ``path``, where there is one. Raises OSError
    or ValueError for a file that is none.
    """
    wanted = np.zeros((len(examples), len(USES)))
    wanted[np.arange(len(examples)), [USES.index(example.label) for example in examples]] = 1
    if path is None:
        return wanted
    found, chances = look_up(examples, path)
    wanted[found] = share * wanted[found] + (1 - share) * chances / chances.sum(axis=1, keepdims=True)
    return wanted


def known(examples: Sequence[Example], path: Path) -> int:
    """How many of ``examples`` have soft labels in ``path``; a passage that was cut otherwise has none."""
    return int(look_up(examples, path)[0].sum())


def look_up(examples: Sequence[Example], path: Path) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Which examples are in ``path``, and the probabilities of those."""
    with np.load(path, allow_pickle=False) as arrays:
        if not {"keys", "chances"} <= set(arrays.files):
            raise ValueError(f"{path} holds no soft labels")
        keys, chances = arrays["keys"], arrays["chances"].astype(float)
    wanted = np.array([_key(example) for example in examples], dtype=np.uint64)
    at = np.searchsorted(keys, wanted)
    at[at == len(keys)] = 0
    found: npt.NDArray[np.bool_] = keys[at] == wanted
    return found, chances[at[found]]


def _key(example: Example) -> int:
    return int.from_bytes(digest(example.text, example.start, example.end), "big")
