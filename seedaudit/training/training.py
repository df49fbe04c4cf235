"""Examples -> the weights that ship.

In: examples and rule packs. Out: a weights file and cross-validated figures. The one decision made here: the model
and how its hyperparameters are chosen: on folds grouped by paper, never on the papers the figures are reported on.
scikit-learn is used here only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from seedaudit.detection.classifier import decide, key
from seedaudit.detection.features import describe
from seedaudit.detection.rules import RuleSet
from seedaudit.findings import USES, Use
from seedaudit.training.datasets import Example
from seedaudit.training.evaluation import Figures, calibration_error, measure

GROUPS = ("trigger", "place", "near", "wide", "sentence", "rules")
Floats = npt.NDArray[np.float64]
Keys = dict[str, npt.NDArray[np.uint32]]
"""The keys of an example's features, sorted, by group."""


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """``inverse_penalty`` is C of the logistic regression; ``scales`` the length of each feature group's vector.

    A feature must occur in ``fewest`` examples; ``share`` is what a label counts beside the example's soft label.
    """

    inverse_penalty: float = 60.0
    fewest: int = 4
    scales: tuple[float, ...] = (1.0, 1.0, 1.0, 2.0, 1.0, 1.0)
    share: float = 0.25


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted model in the form that ships, but for its temperature."""

    keys: npt.NDArray[np.uint32]
    idf: Floats
    coefficients: Floats
    intercepts: Floats
    scales: tuple[float, ...]

    def scores(self, features: Sequence[Keys]) -> Floats:
        """Uncalibrated scores, (examples, uses)."""
        return np.asarray(_matrix(features, self.keys, self.idf, self.scales) @ self.coefficients + self.intercepts)


@dataclass(frozen=True, slots=True)
class Validation:
    """Cross-validated figures, one per fold and repetition; temperature and calibration error are means over these."""

    figures: tuple[Figures, ...]
    temperature: float
    calibration_error: float


def features_of(examples: Iterable[Example], rules: RuleSet) -> list[Keys]:
    """The features of each example, rules included, as keys of the weights' table."""
    return [
        {
            group: np.array(sorted({key(group, name) for name in names}), dtype=np.uint32)
            for group, names in describe(example.text, example.start, example.end, rules).items()
        }
        for example in examples
    ]


_LEAST = 0.05


def fit(examples: Sequence[Example], features: Sequence[Keys], targets: Floats, chosen: Hyperparameters) -> Model:
    """Fit the model to ``targets`` (examples, uses), probabilities of each use."""
    keys, counts = np.unique(np.concatenate([part for each in features for part in each.values()]), return_counts=True)
    keys, counts = keys[counts >= chosen.fewest], counts[counts >= chosen.fewest]
    idf = np.log(len(features) / counts) + 1
    matrix = _matrix(features, keys, idf, chosen.scales).astype(np.float32)
    # An example counts once for every use that is at all likely, by how likely it is.
    likely = np.where(targets >= _LEAST, targets, 0.0)
    likely /= likely.sum(axis=1, keepdims=True)
    rows, labels = np.nonzero(likely)
    weights = likely[rows, labels] * np.array([example.weight for example in examples])[rows]
    regression = LogisticRegression(C=chosen.inverse_penalty, max_iter=60, tol=1e-3)
    regression.fit(matrix[rows], labels, sample_weight=weights)
    coefficients = np.zeros((len(keys), len(USES)))
    intercepts = np.full(len(USES), -20.0)
    coefficients[:, regression.classes_] = regression.coef_.T
    intercepts[regression.classes_] = regression.intercept_
    return Model(keys, idf, coefficients, intercepts, chosen.scales)


def cross_validate(
    examples: Sequence[Example],
    features: Sequence[Keys],
    targets: Floats,
    chosen: Hyperparameters,
    *,
    judged: frozenset[str],
    folds: int = 5,
    random_states: Sequence[int] = (0,),
) -> Validation:
    """Cross-validate over folds grouped by paper; only examples whose origin is in ``judged`` are judged."""
    counted = np.array([example.origin in judged for example in examples])
    figures: list[Figures] = []
    temperatures: list[float] = []
    errors: list[float] = []
    for random_state in random_states:
        scores, tests = _unseen(examples, features, targets, chosen, folds, random_state)
        tests = [test[counted[test]] for test in tests]
        care = [at for test in tests for at in test.tolist() if examples[at].care]
        temperature = _temperature(scores[care], [examples[at].label for at in care])
        chances = softmax(scores / temperature, axis=1)
        figures += [measure([examples[at] for at in test], [decide(chances[at]) for at in test]) for test in tests]
        right = np.array([USES[chances[at].argmax()] in (examples[at].label, *examples[at].also) for at in care])
        temperatures.append(temperature)
        errors.append(calibration_error(right, chances[care].max(axis=1)))
    return Validation(tuple(figures), float(np.mean(temperatures)), float(np.mean(errors)))


def unseen_chances(
    examples: Sequence[Example],
    features: Sequence[Keys],
    targets: Floats,
    chosen: Hyperparameters,
    *,
    folds: int = 5,
    random_state: int = 0,
) -> Floats:
    """Calibrated probabilities (examples, uses), each from a fit that has not seen the example's group."""
    scores, _ = _unseen(examples, features, targets, chosen, folds, random_state)
    care = [at for at, example in enumerate(examples) if example.care]
    return np.asarray(softmax(scores / _temperature(scores[care], [examples[at].label for at in care]), axis=1))


def _unseen(
    examples: Sequence[Example],
    features: Sequence[Keys],
    targets: Floats,
    chosen: Hyperparameters,
    folds: int,
    random_state: int,
) -> tuple[Floats, list[npt.NDArray[np.intp]]]:
    """Scores (examples, uses), each from a fit that has not seen the example's group, and the examples of each fold."""
    groups = np.array([example.group for example in examples])
    scores = np.zeros((len(examples), len(USES)))
    tests = []
    for seen, test in GroupKFold(n_splits=folds, shuffle=True, random_state=random_state).split(groups, groups=groups):
        model = fit([examples[at] for at in seen], [features[at] for at in seen], targets[seen], chosen)
        scores[test] = model.scores([features[at] for at in test])
        tests.append(test)
    return scores, tests


def save(model: Model, temperature: float, rules: RuleSet, path: Path) -> None:
    """Write the weights file that ``seedaudit.detection.classifier`` reads. Same model, same bytes."""
    kept = np.abs(model.coefficients).max(axis=1) > 0.02
    np.savez(
        path,
        keys=model.keys[kept],
        idf=model.idf[kept].astype(np.float32),
        coefficients=model.coefficients[kept].astype(np.float16),
        intercepts=model.intercepts.astype(np.float32),
        groups=np.array(GROUPS),
        scales=np.array(model.scales, dtype=np.float32),
        temperature=np.float32(temperature),
        rules=np.array([rule.id for rule in rules.rules]),
    )


def _matrix(
    features: Sequence[Keys], keys: npt.NDArray[np.uint32], idf: Floats, scales: Sequence[float]
) -> sparse.csr_matrix:
    values, columns, ends = [], [], [0]
    for each in features:
        filled = ends[-1]
        for group, scale in zip(GROUPS, scales, strict=True):
            at = _rows(each[group], keys)
            found = idf[at]
            length = np.linalg.norm(found)
            if length:
                values.append(found * (scale / length))
                columns.append(at)
                filled += len(at)
        ends.append(filled)
    return sparse.csr_matrix((np.concatenate(values), np.concatenate(columns), ends), shape=(len(features), len(keys)))


def _rows(wanted: npt.NDArray[np.uint32], keys: npt.NDArray[np.uint32]) -> npt.NDArray[np.intp]:
    at = np.searchsorted(keys, wanted)
    at[at == len(keys)] = 0
    found: npt.NDArray[np.intp] = at[keys[at] == wanted]
    return found


def _temperature(scores: Floats, labels: Sequence[Use]) -> float:
    wanted = np.array([USES.index(label) for label in labels])

    def loss(logarithm: float) -> float:
        chances = softmax(scores / np.exp(logarithm), axis=1)
        return float(-np.log(chances[np.arange(len(wanted)), wanted] + 1e-12).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 3), method="bounded").x))
