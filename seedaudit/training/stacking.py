"""``python -m seedaudit.training.stacking``: learn again how the passages of a paper are read together.

In: JSONL files of papers with all their labelled passages, and of single passages beside them. Out: the weights that
``seedaudit.detection.stacking`` reads, and cross-validated figures with and without them. The one decision made here:
the network learns from probabilities of the linear model that has not seen the passage's paper, and does without the
transformer's: what follows from a paper's other passages is the same whichever model read them.

    python -m seedaudit.training.stacking PAPERS.jsonl... --beside PASSAGES.jsonl... --soft corpus/soft_labels.npz
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GroupKFold
from sklearn.neural_network import MLPClassifier

from seedaudit import resources
from seedaudit.detection.classifier import decide
from seedaudit.detection.model import average
from seedaudit.detection.rules import load_rules
from seedaudit.detection.stacking import WEIGHTS, Clues, Stacker, clues_of, describe
from seedaudit.findings import USES
from seedaudit.training import arrays
from seedaudit.training.datasets import Example, read_examples
from seedaudit.training.evaluation import Figures, measure
from seedaudit.training.soft_labels import targets
from seedaudit.training.training import Hyperparameters, features_of, unseen_chances

Floats = npt.NDArray[np.float64]
FOLDS = 5
_FEWEST = 3
"""Uses without which there is nothing to choose from; scikit-learn's network of two labels has one score."""
_LEAST_SPREAD = 1e-3
"""A feature that hardly varies is not blown up: its weights would be too large to be kept as float32."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the network learns: hidden ``units`` of each of its ``members``, ``penalty`` on weights, ``epochs``, rate."""

    units: int = 32
    members: int = 5
    penalty: float = 0.3
    epochs: int = 12
    rate: float = 2e-3


@dataclass(frozen=True, slots=True)
class Papers:
    """The passages of papers, those of a paper in its order, and what is known of them.

    ``chances`` (repetitions, passages, uses) are the linear model's, each from a fit that has not seen the paper.
    """

    examples: list[Example]
    clues: list[Clues]
    chances: Floats

    @property
    def groups(self) -> list[str]:
        """The paper of each passage."""
        return [one.group for one in self.examples]

    def features(self, repetition: int) -> Floats:
        """The features (passages, features), from the probabilities of one repetition."""
        return np.vstack([describe(self.chances[repetition, at], self.clues[at]) for at in self.papers()])

    def papers(self) -> list[slice]:
        """Where the passages of each paper stand."""
        starts = [at for at, one in enumerate(self.groups) if at == 0 or one != self.groups[at - 1]]
        return [slice(first, last) for first, last in zip(starts, [*starts[1:], len(self.examples)], strict=True)]


def fit(features: Floats, labels: Sequence[int], recipe: Recipe) -> Stacker:
    """Fit the network to ``features`` (passages, features) and ``labels`` (passages), places in ``USES``.

    Its members learn by themselves, from different random states; their scores are averaged, which makes them one
    network.
    """
    mean, spread = features.mean(axis=0), np.maximum(features.std(axis=0), _LEAST_SPREAD)
    standardised = (features - mean) / spread
    parts = []
    for state in range(recipe.members):
        network = MLPClassifier(
            (recipe.units,),
            alpha=recipe.penalty,
            max_iter=recipe.epochs,
            learning_rate_init=recipe.rate,
            random_state=state,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # few epochs are what keeps it from learning by heart
            network.fit(standardised, labels)
        out = np.zeros((recipe.units, len(USES)))
        bias = np.full(len(USES), -20.0)
        out[:, network.classes_], bias[network.classes_] = network.coefs_[1], network.intercepts_[1]
        hidden = network.coefs_[0] / spread[:, None]
        parts.append((hidden, network.intercepts_[0] - mean @ hidden, out, bias))
    hiddens, biases, outs, out_biases = zip(*parts, strict=True)
    return Stacker(np.hstack(hiddens), np.hstack(biases), np.vstack(outs) / recipe.members, np.mean(out_biases, axis=0))


def learn(papers: Papers, chosen: npt.NDArray[np.bool_], recipe: Recipe) -> Stacker:
    """Fit the network to the passages ``chosen``, seen with the probabilities of every repetition."""
    labels = [USES.index(one.label) for one, wanted in zip(papers.examples, chosen, strict=True) if wanted]
    repetitions = range(len(papers.chances))
    return fit(np.vstack([papers.features(at)[chosen] for at in repetitions]), labels * len(repetitions), recipe)


def cross_validate(papers: Papers, recipe: Recipe, random_state: int) -> tuple[list[Figures], list[Figures]]:
    """Figures of each fold, without and with the network, on the probabilities of the first repetition."""
    chances = papers.chances[0]
    split = GroupKFold(n_splits=FOLDS, shuffle=True, random_state=random_state)
    alone, together = [], []
    for _, test in split.split(chances, groups=papers.groups):
        held = np.zeros(len(chances), dtype=bool)
        held[test] = True
        stacker = learn(papers, ~held, recipe)
        again = chances.copy()
        for at in papers.papers():
            if held[at.start]:
                again[at] = average(chances[at], stacker.scores(chances[at], papers.clues[at]))
        examples = [papers.examples[at] for at in test]
        alone.append(measure(examples, [decide(chances[at]) for at in test]))
        together.append(measure(examples, [decide(again[at]) for at in test]))
    return alone, together


def save(stacker: Stacker, path: Path) -> None:
    """Write the weights file that ``seedaudit.detection.stacking`` reads. Same network, same bytes."""
    names = ("hidden", "bias", "out", "out_bias")
    arrays.write(path, {name: getattr(stacker, name).astype(np.float32) for name in names})


def read(files: Sequence[Path], beside: Sequence[Path], soft: Path | None, repetitions: int) -> Papers:
    """The passages of the papers in ``files``; those in ``beside`` teach the linear model only.

    Raises OSError or ValueError for files that cannot be learned from.
    """
    examples = read_examples(files)
    first = len(examples)
    papers, uses = ({getattr(one, name) for one in examples} for name in ("group", "label"))
    if len(papers) < FOLDS or len(uses) < _FEWEST:
        raise ValueError(
            f"{len(papers)} papers with {len(uses)} uses are too few to learn from; "
            f"give {FOLDS} papers and {_FEWEST} uses at least"
        )
    examples += read_examples(beside)
    chosen = Hyperparameters()
    features = features_of(examples, load_rules([resources.rules()]))
    wanted = targets(examples, soft, chosen.share)
    chances = [unseen_chances(examples, features, wanted, chosen, random_state=state) for state in range(repetitions)]
    kept = examples[:first]
    return Papers(kept, [clues_of(one.text, one.start, one.end) for one in kept], np.array(chances)[:, :first])


def main(arguments: list[str] | None = None) -> int:
    """Train; return the exit status."""
    ask = argparse.ArgumentParser(prog="python -m seedaudit.training.stacking", description=__doc__)
    ask.add_argument("files", nargs="+", type=Path, help="papers with all their labelled passages (JSONL)")
    ask.add_argument("--beside", nargs="*", default=[], type=Path, help="single labelled passages (JSONL)")
    ask.add_argument("--soft", type=Path, metavar="FILE", help="soft labels of the transformers")
    ask.add_argument("--repetitions", type=int, default=3, help="divisions into folds that passages are seen with")
    ask.add_argument("--output", type=Path, default=WEIGHTS, help="weights file to write")
    said = ask.parse_args(arguments)
    try:
        papers = read(said.files, said.beside, said.soft, said.repetitions)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{len(papers.examples)} passages of {len(papers.papers())} papers", flush=True)
    for state in range(2):
        told = zip(("each passage alone", "read together"), cross_validate(papers, Recipe(), state), strict=True)
        for name, figures in told:
            micro, macro = [one.micro for one in figures], [one.macro for one in figures]
            print(
                f"random state {state}, {name}: micro-F1 {np.mean(micro):.3f} (sd over folds {np.std(micro):.3f}), "
                f"macro-F1 {np.mean(macro):.3f} (sd {np.std(macro):.3f})",
                flush=True,
            )
    save(learn(papers, np.ones(len(papers.examples), dtype=bool), Recipe()), said.output)
    print(f"wrote {said.output} ({said.output.stat().st_size / 1e6:.2f} MB)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
