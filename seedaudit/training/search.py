"""``python -m seedaudit.training.search``: learn again what tells of a hyperparameter search.

In: JSONL files of papers whose passages are labelled (``snippets``), and optionally of papers of which only the level
of the search is known (``passages``). Out: the weights that ``seedaudit.detection.search_evidence`` reads, and
cross-validated figures with their spread. The one decision made here: the model, and the thresholds, which are chosen
on folds grouped by paper for the difference that moves a verdict (a search, or none) in the mix of all the papers:
those whose snippets were labelled tell of a search more often than papers do.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
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
    Label,
    Model,
    Thresholds,
    features_of,
    find_passages,
    level_of,
    scores_of,
)
from seedaudit.findings import SearchLevel
from seedaudit.training import arrays
from seedaudit.training.datasets import clean

FOLDS = 5
_OPEN, _CLOSE = "\u27e6", "\u27e7"
_NEAR = 60
"""A passage that the detector finds within so many characters of the labelled words is the labelled one."""
_UNLABELLED = 0.3
"""The weight of what is found beside the labelled words, in papers without a search."""


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """``inverse_penalty`` is C of the logistic regression; ``scales`` the length of each feature group's vector."""

    inverse_penalty: float = 1.0
    fewest: int = 2
    scales: tuple[tuple[str, float], ...] = (("own", 1), ("near", 1), ("wide", 1), ("sentence", 1), ("cues", 2))


@dataclass(frozen=True, slots=True)
class Example:
    """One passage that the detector finds; ``weight`` 0 keeps it out of training, not out of the paper's level."""

    features: Keys
    label: Label
    weight: float
    paper: str


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper and the level that its readers saw; ``judged`` where its passages were all labelled."""

    id: str
    level: SearchLevel
    judged: bool


@dataclass(frozen=True, slots=True)
class Validation:
    """Per repetition: the share of papers right on none-or-some, the same in the mix of all papers, and on the level.

    ``thresholds`` are those of all repetitions together.
    """

    some: tuple[float, ...]
    mixed: tuple[float, ...]
    level: tuple[float, ...]
    thresholds: Thresholds


def read(files: Iterable[Path]) -> tuple[list[Paper], list[Example]]:
    """The papers and examples of ``files`` but for records that are of another split than ``train``.

    Raises ValueError, with file and line, for a record that is off.
    """
    papers: dict[str, Paper] = {}
    examples: list[Example] = []
    for file in files:
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    record = json.loads(line)
                    if record.get("split", "train") != "train":
                        continue
                    paper = Paper(record["paper"], record["search"], "snippets" in record)
                    if paper.id in papers:
                        continue
                    papers[paper.id] = paper
                    examples += _labelled(record) if paper.judged else _unlabelled(record)
                except (KeyError, TypeError, ValueError) as error:
                    raise ValueError(f"{file}, line {number}: not a paper with a search level ({error})") from error
    return list(papers.values()), examples


def _labelled(record: dict[str, Any]) -> Iterator[Example]:
    for snippet in record["snippets"]:
        text, start, end = _marked(snippet["snippet"])
        if snippet["label"] not in LABELS:
            raise ValueError(f"unknown label {snippet['label']!r}")
        spans = find_passages(text)
        main = max(spans, key=lambda span: min(span[1], end) - max(span[0], start), default=None)
        for span in spans:
            label, weight = snippet["label"], snippet["confidence"]
            if span[0] >= end + _NEAR or span[1] <= start - _NEAR:
                label, weight = "other", _UNLABELLED if record["search"] == "none" else 0.0
            elif span != main:
                weight /= 2
            yield Example(features_of(text, *span), label, weight, record["paper"])


def _unlabelled(record: dict[str, Any]) -> Iterator[Example]:
    if record["search"] != "none":
        return
    for passage in record["passages"]:
        text, _, _ = _marked(passage["snippet"])
        for span in find_passages(text):
            yield Example(features_of(text, *span), "other", _UNLABELLED, record["paper"])


def _marked(snippet: str) -> tuple[str, int, int]:
    marked = clean(snippet)
    start, end = marked.index(_OPEN), marked.index(_CLOSE) - 1
    return marked.replace(_OPEN, "").replace(_CLOSE, ""), start, end


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
            if one.paper in passages:
                passages[one.paper].append(one.features)
        models = [
            fit([one for one in examples if fold_of[one.paper] != fold], chosen, Thresholds(0.5, 0.5))
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
    ask.add_argument("files", nargs="+", type=Path, help="papers with labelled snippets (JSONL) or with a level only")
    ask.add_argument("--output", type=Path, default=WEIGHTS, help="weights file to write")
    ask.add_argument("--repetitions", type=int, default=3, help="divisions into folds (each with its random state)")
    said = ask.parse_args(arguments)
    try:
        papers, examples = read(said.files)
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
    print(f"{len(examples)} passages of {len(papers)} papers, {judged} of them judged")
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
