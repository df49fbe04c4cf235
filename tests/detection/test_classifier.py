"""The shipped weights, and how probabilities become a use."""

from __future__ import annotations

import subprocess
import sys
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pytest

from seedaudit import resources
from seedaudit.detection.classifier import decide, load_classifier
from seedaudit.detection.features import describe
from seedaudit.detection.linear import weigh
from seedaudit.detection.rules import load_rules
from seedaudit.findings import USES, Use

RULES = load_rules([resources.rules()])


def chances(text: str) -> dict[Use, float]:
    start = text.index("<")
    end = text.index(">") - 1
    (told,) = load_classifier().probabilities([describe(text.replace("<", "").replace(">", ""), start, end, RULES)])
    return dict(zip(USES, told.tolist(), strict=True))


def test_the_model_was_trained_with_the_rules_that_ship() -> None:
    assert load_classifier().rules == {rule.id for rule in RULES.rules}


def test_probabilities_are_of_every_use_and_sum_to_one() -> None:
    told = chances("We set the <random seed> to 42 for all training runs.")
    assert set(told) == set(USES)
    assert sum(told.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("We train our model with Adam. The <random seed> is fixed to 42 in all our experiments.", "fixed-seed"),
        ("All results in the table are averaged <over five random seeds>; we report mean and std.", "seed-comparison"),
        ("We expand the list of <seed> words with a thesaurus.", "not-a-seed"),
    ],
)
def test_plain_cases(text: str, use: Use) -> None:
    told = chances(text)
    assert max(told, key=lambda one: told[one]) == use


def test_loading_needs_no_scikit_learn() -> None:
    code = (
        "import sys\nfrom seedaudit.detection.classifier import load_classifier\nload_classifier()\n"
        "assert not {'sklearn', 'scipy', 'spacy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("given", "use"),
    [
        ({"seed_comparison": 0.56, "sensitivity": 0.04, "data_sampling": 0.3}, "seed-comparison"),
        ({"seed_comparison": 0.3, "data_sampling": 0.4, "decoding": 0.2}, "data-sampling"),
        ({"fixed_seed": 0.6, "data_sampling": 0.3}, "fixed-seed"),
        ({"fixed_seed": 0.35, "sensitivity": 0.3, "data_sampling": 0.2}, "sensitivity"),
        ({"fixed_seed": 0.48, "sensitivity": 0.05, "data_sampling": 0.3}, "data-sampling"),
    ],
)
def test_whether_a_training_seed_is_used_is_decided_before_how(given: dict[str, float], use: Use) -> None:
    rest = (1 - sum(given.values())) / (len(USES) - len(given)) / 10
    assert decide(np.array([given.get(one.replace("-", "_"), rest) for one in USES])) == use


class Weights:
    keys = np.array([3, 7, 9], dtype=np.uint32)
    idf = np.array([1, 2, 4], dtype=np.float32)
    coefficients = np.array([[1, 0], [0, 1], [2, 2]], dtype=np.float16)
    intercepts = np.array([0.5, 0], dtype=np.float32)
    scales: ClassVar[dict[str, float]] = {"own": 5.0, "near": 1.0, "far": 10.0}


PASSAGES: list[tuple[dict[str, list[int]], list[float]]] = [
    ({}, [0.5, 0]),
    ({"own": [], "near": []}, [0.5, 0]),
    ({"own": [1, 8, 4_000_000_000]}, [0.5, 0]),  # none is known
    ({"own": [3]}, [5.5, 0]),
    ({"own": [2, 3, 9, 10]}, [0.5 + 5 * 9 / 17**0.5, 5 * 8 / 17**0.5]),
    ({"near": [7], "own": [], "far": [3, 4_000_000_000]}, [10.5, 1]),
]


def keys_of(features: dict[str, list[int]]) -> dict[str, npt.NDArray[np.uint32]]:
    return {group: np.array(found, dtype=np.uint32) for group, found in features.items()}


@pytest.mark.parametrize(("features", "scores"), PASSAGES)
def test_each_group_is_a_vector_of_its_own_length(features: dict[str, list[int]], scores: list[float]) -> None:
    assert weigh(Weights(), [keys_of(features)]).tolist() == [pytest.approx(scores)]


def test_a_passage_scores_the_same_whatever_is_weighed_beside_it() -> None:
    together = weigh(Weights(), [keys_of(features) for features, _ in PASSAGES])
    alone = [weigh(Weights(), [keys_of(features)])[0].tolist() for features, _ in PASSAGES]
    assert together.tolist() == alone
    assert weigh(Weights(), []).shape == (0, 2)
