"""``python -m seedaudit.training.search``: learn again what tells of a hyperparameter search.

In: papers and passages (see ``seedaudit.training.search_examples``). Out: the weights that
``seedaudit.detection.search_evidence`` reads, and cross-validated figures with their spread. The one decision made
here: the model, and the thresholds, which are chosen on folds grouped by paper for the difference that moves a verdict
(a search, or none) in the mix of all the papers: those whose snippets were labelled tell of a search more often than
papers do.

    python -m seedaudit.training.search LABELLED.jsonl... --labels corpus/search_labels.jsonl
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from seedaudit.detection.search_evidence import (
    LABELS,
    WEIGHTS,
    Floats,
    Keys,
    Model,
    Thresholds,
    level_of,
    scores_of,
)
from seedaudit.findings import SearchLevel
from seedaudit.training import arrays
from seedaudit.training.search_examples import Example, Paper, read, read_told

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """``inverse_penalty`` is C of the logistic regression; ``scales`` the length of each feature group's vector."""

    inverse_penalty: float = 1.0
    fewest: int = 2
    scales: tuple[tuple[str, float], ...] = (("own", 1), ("near", 1), ("wide", 1), ("sentence", 1), ("cues", 2))


@dataclass(frozen=True, slots=True)
class Validation:
    """Per repetition: the share of papers right on none-or-some, the same in the mix of all papers, and on the level.

    ``thresholds`` are those of all repetitions together.
    """

    some: tuple[float, ...]
    mixed: tuple[float, ...]
    level: tuple[float, ...]
    thresholds: Thresholds


def fit(examples: Sequence[Example], chosen: Hyperparameters, thresholds: Thresholds) -> Model:
    """Fit the model to those of ``examples`` that have a weight."""
    examples = [example for example in examples if example.weight > 0]
    scales = dict(chosen.scales)
    parts = [example.features[group] for example in examples for group in scales]
    keys, counts = np.unique(np.concatenate(parts), return_counts=True)
    keys, counts = keys[counts >= chosen.fewest], counts[counts >= chosen.fewest]
    idf = np.log(len(examples) / counts) + 1
    regression = LogisticRegression(C=chosen.inverse_penalty, max_iter=200, tol=1e-3)
    labels = np.array([LABELS.index(example.label) for example in examples])
    weights = np.array([example.weight for example in examples])
    regression.fit(_matrix(examples, keys, idf, scales), labels, sample_weight=weights)
    coefficients = np.zeros((len(keys), len(LABELS)))
    intercepts = np.full(len(LABELS), -20.0)
    coefficients[:, regression.classes_] = regression.coef_.T
    intercepts[regression.classes_] = regression.intercept_
    return Model(
        keys=keys,
        idf=idf.astype(np.float32),
        coefficients=coefficients.astype(np.float16),
        intercepts=intercepts.astype(np.float32),
        scales=scales,
        thresholds=thresholds,
    )


def _matrix(
    examples: Sequence[Example], keys: npt.NDArray[np.uint32], idf: Floats, scales: dict[str, float]
) -> sparse.csr_matrix:
    columns: list[npt.NDArray[np.intp]] = []
    values: list[Floats] = []
    ends = [0]
    for example in examples:
        size = 0
        for group, scale in scales.items():
            at = np.flatnonzero(np.isin(keys, example.features[group], assume_unique=True))
            length = float(np.linalg.norm(idf[at]))
            if length:
                columns.append(at)
                values.append(idf[at] * (scale / length))
                size += len(at)
        ends.append(ends[-1] + size)
    return sparse.csr_matrix((np.concatenate(values), np.concatenate(columns), ends), shape=(len(examples), len(keys)))


def cross_validate(
    papers: Sequence[Paper],
    examples: Sequence[Example],
    chosen: Hyperparameters,
    *,
    folds: int = FOLDS,
    random_states: Sequence[int] = (0,),
) -> Validation:
    """Judge every paper by a model, and by thresholds, that were made without it."""
    judged = [paper for paper in papers if paper.judged]
    share = float(np.mean([paper.level == "none" for paper in papers]))
    some: list[float] = []
    mixed: list[float] = []
    level: list[float] = []
    every: list[tuple[Paper, Floats]] = []
    for random_state in random_states:
        fold_of = _folds([paper.id for paper in papers], folds, random_state)
        passages: dict[str, list[Keys]] = {paper.id: [] for paper in judged}
        for one in examples:
            if one.shown and one.paper in passages:
                passages[one.paper].append(one.features)
        models = [
            fit([one for one in examples if fold_of.get(one.paper) != fold], chosen, Thresholds(0.5, 0.5))
            for fold in range(folds)
        ]
        read_again = [(paper, models[fold_of[paper.id]].chances(passages[paper.id])) for paper in judged]
        told: list[tuple[SearchLevel, SearchLevel]] = []
        for fold in range(folds):
            thresholds = choose_thresholds([one for one in read_again if fold_of[one[0].id] != fold], share)
            told += [(one.level, level_of(of, thresholds)) for one, of in read_again if fold_of[one.id] == fold]
        right = np.array([(want == "none") == (got == "none") for want, got in told])
        none = np.array([want == "none" for want, _ in told])
        some.append(float(right.mean()))
        mixed.append(float(share * right[none].mean() + (1 - share) * right[~none].mean()))
        level.append(float(np.mean([want == got for want, got in told])))
        every += read_again
    return Validation(tuple(some), tuple(mixed), tuple(level), choose_thresholds(every, share))


def _folds(ids: Sequence[str], folds: int, random_state: int) -> dict[str, int]:
    split = GroupKFold(n_splits=folds, shuffle=True, random_state=random_state)
    return {ids[at]: fold for fold, (_, test) in enumerate(split.split(ids, groups=ids)) for at in test}


def choose_thresholds(papers: Sequence[tuple[Paper, Floats]], share: float) -> Thresholds:
    """The thresholds that agree best with the readers: first on none-or-some, then on own-or-all.

    ``share`` is the share of papers without a search in the mix that the thresholds are for.
    """
    wanted = np.array([paper.level != "none" for paper, _ in papers])
    whole = np.array([paper.level == "all" for paper, _ in papers])
    scores = np.array([scores_of(chances) for _, chances in papers])
    weights = np.where(wanted, (1 - share) / wanted.mean(), share / (1 - wanted.mean()))
    some = _cut(scores[:, 0], wanted, weights)
    found = (scores[:, 0] >= some) & wanted
    return Thresholds(some, _cut(scores[found, 1], whole[found], weights[found]))


def _cut(scores: Floats, wanted: npt.NDArray[np.bool_], weights: Floats) -> float:
    cuts = np.linspace(0.05, 0.95, 91)
    right = np.array([np.average((scores >= cut) == wanted, weights=weights) for cut in cuts])
    return float(np.mean(cuts[right >= right.max() - 0.005]))


def save(model: Model, path: Path) -> None:
    """Write the weights file that ``seedaudit.detection.search_evidence`` reads. Same model, same bytes."""
    content: dict[str, npt.NDArray[Any]] = {
        "keys": model.keys,
        "idf": model.idf,
        "coefficients": model.coefficients,
        "intercepts": model.intercepts,
        "groups": np.array(list(model.scales)),
        "scales": np.array(list(model.scales.values()), dtype=np.float64),
        "thresholds": np.array([model.thresholds.some, model.thresholds.all]),
    }
    arrays.write(path, content)


def main(arguments: list[str] | None = None) -> int:
    """Train; return the exit status."""
    ask = argparse.ArgumentParser(prog="python -m seedaudit.training.search", description=__doc__)
    ask.add_argument("files", nargs="+", type=Path, help="papers, or single labelled passages (JSONL)")
    ask.add_argument("--labels", type=Path, metavar="FILE", help="labels of further passages in the files, by hash")
    ask.add_argument("--output", type=Path, default=WEIGHTS, help="weights file to write")
    ask.add_argument("--repetitions", type=int, default=3, help="divisions into folds (each with its random state)")
    said = ask.parse_args(arguments)
    try:
        told = read_told(said.labels) if said.labels else {}
        papers, examples = read(said.files, told)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    judged = sum(paper.judged for paper in papers)
    if judged < FOLDS:
        print(
            f"error: {judged} papers for training with labelled snippets are too few to learn from; give {FOLDS} at "
            "least (records of another split than train are left out)",
            file=sys.stderr,
        )
        return 2
    print(f"{len(examples)} passages; {len(papers)} papers with the level of their search, {judged} of them judged")
    if told:
        found = len(told.keys() & {one.hash for one in examples})
        print(f"{found} of {len(told)} labels belong to a passage of these files")
    chosen = Hyperparameters()
    validation = cross_validate(papers, examples, chosen, random_states=range(said.repetitions))
    print(
        f"cross-validated: none-or-some {np.mean(validation.some):.3f} (sd {np.std(validation.some):.3f}), "
        f"in the mix of all papers {np.mean(validation.mixed):.3f} (sd {np.std(validation.mixed):.3f}), "
        f"level {np.mean(validation.level):.3f} (sd {np.std(validation.level):.3f}); {validation.thresholds}"
    )
    save(fit(examples, chosen, validation.thresholds), said.output)
    print(f"wrote {said.output} ({said.output.stat().st_size / 1e6:.2f} MB)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
