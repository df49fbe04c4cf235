"""Stacking: the passages of one paper are judged again in the light of each other.

In: the probabilities that the models of single passages give those of one paper, and their words. Out: new scores. The
one decision made here: what a passage is told of its paper, namely what those models say of the other passages, and of
those that name as many seeds or runs, and what its own words are about. A network of one hidden layer has learned with
scikit-learn what follows from that (see ``seedaudit.training.stacking``); its weights are plain arrays, so that an
audit needs numpy only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from seedaudit.detection import versions
from seedaudit.detection.cues import Cues
from seedaudit.detection.features import sentence_of
from seedaudit.detection.seeds import find_seeds
from seedaudit.findings import SEED_USES, USES, Use

WEIGHTS = versions.STACKING

Floats = npt.NDArray[np.float64]

_REACH = 300
"""Characters on each side of the trigger words that cues are looked for in."""
_CUES = Cues(
    {
        # what a seed may drive
        "data": r"\bsplits?\b|\bfolds?\b|sampl|subset|shuffl|synthetic|\binstances\b",
        "shots": r"-shot\b|demonstration|in-context|exemplar",
        "decoding": r"temperature|top-?p\b|nucleus|decod|inference|beam",
        "language model": r"\bllms?\b|\bgpt|prompt|\bapi\b|llama",
        "image model": r"diffusion|image generation|generated images|denois|\bguidance",
        "training": r"\btrain(?:ed|ing)\b",
        "fine-tuning": r"fine-?tun",
        "settings": r"learning rate|epochs?\b|batch size|optimi[sz]er|\badam|dropout|weight decay",
        "initialisation": r"initiali[sz]",
        "agents": r"\bagents?\b|polic(?:y|ies)|episodes?|environments?|\breward",
        "solvers": r"simulat|solver|mcmc|bandit|bayesian optimi|evolutionary|genetic|k-means|cluster|monte",
        "noise": r"noise|perturb|attack|corrupt|permut",
        "words and graphs": r"\bnode|\bgraph|words? list|lexicon|corpus",
        # what is done with the results
        "ensemble": r"ensembl|\bvot(?:e|ing)|committee",
        "combining": r"averaged? (?:the )?(?:predictions|probabilit|logits|outputs|weights)|combin",
        "averaging": r"averag|\bmean\b|median",
        "spread": r"varianc|robust|stab(?:le|ility)|sensitiv|spread|fluctuat",
        "deviation": r"standard dev|\bstd\b|confidence interval|error bar|shaded|±|\bstderr|standard error",
        "test": r"significan|p-value|t-test|wilcoxon|bootstrap",
        "choice": r"\bbest\b|select|chosen|choose",
        "held out": r"\bdev\b|validation|development set|held-?out",
        "scores": r"report|results|scores|performance",
        "table": r"\btable\b|\bfigure\b|\bfig\.",
        "time": r"\btime\b|second|latency|speed",
        # how it is said
        "seed": r"\bseeds?\b",
        "random": r"random",
        "runs": r"\bruns?\b|\btimes\b|trials|repeat|repetition",
        "fixed": r"\bfix(?:ed)?\b|\bset to\b|same (?:random )?seed|reproducib",
        "we": r"\bwe\b|\bour\b",
        "they": r"et al|\[\d+\]|prior work|previous work|they ",
        "checklist": r"did you|\[yes\]|\[no\]|n/a",
    }
)
_RUNS: frozenset[Use] = SEED_USES | {"unspecified-runs", "data-sampling", "decoding"}
_TELLING = [at for at, use in enumerate(USES) if use in _RUNS]
"""The uses of which a paper's other passages tell something, however many other mentions it has beside them."""


@dataclass(frozen=True, slots=True)
class Clues:
    """What the words of a passage tell beside its probabilities: the number of seeds or runs, and its cues (0 or 1)."""

    count: int
    cues: Floats


def clues_of(text: str, start: int, end: int) -> Clues:
    """The clues of the passage whose trigger words are ``text[start:end]``; its ``count`` is 0 where it names none."""
    first, last = sentence_of(text, start, end)
    cues = np.zeros(len(_CUES.names))
    cues[_CUES.found(text, start - _REACH, end + _REACH)] = 1.0
    return Clues(find_seeds(" ".join(text[first:last].split())).count or 0, cues)


def describe(chances: Floats, clues: Sequence[Clues]) -> Floats:
    """The features (passages, features) of the passages of one paper.

    ``chances`` (passages, uses) are their probabilities; ``clues`` has what their words tell.
    """
    counts = np.array([one.count for one in clues])
    telling = chances[:, _TELLING]
    most = _most_of_others(telling)
    alike = np.zeros_like(telling)
    for count in set(counts[counts > 0].tolist()):
        same = np.flatnonzero(counts == count)
        alike[same] = _most_of_others(telling[same])
    known = (
        np.log1p(counts),
        counts == 0,
        counts == 1,
        counts == 3,
        counts == 5,
        counts >= 10,
        alike.max(axis=1) > 0.1,
    )
    return np.hstack(
        [
            np.log(chances + 1e-3), chances,
            most, np.log(most + 1e-2), np.minimum(telling.sum(axis=0) - telling, 3.0), alike,
            np.column_stack(known), np.array([one.cues for one in clues]),
        ]
    )  # fmt: skip


def _most_of_others(values: Floats) -> Floats:
    """Per row and column of ``values`` the largest value of the other rows; 0 where there are none."""
    if len(values) < 2:
        return np.zeros_like(values)
    second, first = np.sort(values, axis=0)[-2:]
    return np.asarray(np.where(values == first, second, first))


@dataclass(frozen=True, slots=True)
class Stacker:
    """A network of one hidden layer of rectified units.

    ``hidden`` (features, units) and ``bias`` (units) lead to the hidden layer, ``out`` (units, uses) and ``out_bias``
    (uses) to the scores.
    """

    hidden: Floats
    bias: Floats
    out: Floats
    out_bias: Floats

    def scores(self, chances: Floats, clues: Sequence[Clues]) -> Floats:
        """The scores (passages, uses) of the passages of one paper, from their probabilities and their words."""
        features = describe(chances, clues)
        # Not matrix products: their last digits depend on how many threads the process has.
        units = np.maximum(np.einsum("pf,fu->pu", features, self.hidden) + self.bias, 0.0)
        return np.asarray(np.einsum("pu,us->ps", units, self.out) + self.out_bias)


@cache
def load_stacker(path: Path = WEIGHTS) -> Stacker:
    """Read the weights that ship with the package, or those at ``path``."""
    with np.load(path, allow_pickle=False) as arrays:
        return Stacker(*(arrays[name].astype(np.float64) for name in ("hidden", "bias", "out", "out_bias")))
