"""From labelled passages to weights that an audit reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seedaudit import resources
from seedaudit.detection.classifier import load_classifier
from seedaudit.detection.features import describe
from seedaudit.detection.rules import load_rules
from seedaudit.findings import USES
from seedaudit.training.__main__ import main
from seedaudit.training.datasets import read_examples
from seedaudit.training.evaluation import calibration_error, measure
from seedaudit.training.training import Hyperparameters, cross_validate, features_of, fit, save

CORPUS = Path(__file__).parents[2] / "corpus" / "passages.jsonl"
RULES = load_rules([resources.rules()])


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every fifth line of the corpus: enough to train something quickly."""
    file = tmp_path_factory.mktemp("corpus") / "passages.jsonl"
    file.write_text("\n".join(CORPUS.read_text(encoding="utf-8").splitlines()[::5]) + "\n", encoding="utf-8")
    return file


def test_what_is_saved_scores_as_what_was_fitted(few: Path, tmp_path: Path) -> None:
    examples = read_examples([few])
    features = features_of(examples, RULES)
    model = fit(examples, features, Hyperparameters(fewest=2))
    target = tmp_path / "weights.npz"
    save(model, 2.0, RULES, target)
    loaded = load_classifier(target)
    assert loaded.temperature == 2.0
    for number in range(0, len(examples), 20):
        one = examples[number]
        told = loaded.scores(describe(one.text, one.start, one.end, RULES))
        assert told == pytest.approx(model.scores([features[number]])[0], abs=0.15)  # weights are kept as float16


def test_the_same_examples_give_the_same_file(few: Path, tmp_path: Path) -> None:
    examples = read_examples([few])
    features = features_of(examples, RULES)
    for name in ("one.npz", "two.npz"):
        save(fit(examples, features, Hyperparameters(fewest=2)), 1.0, RULES, tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_cross_validation_judges_unseen_groups(few: Path) -> None:
    examples = read_examples([few])
    validation = cross_validate(
        examples, features_of(examples, RULES), Hyperparameters(fewest=2), judged=frozenset({"passages"}), folds=3
    )
    assert len(validation.figures) == 3
    assert all(0 < one.micro < 1 for one in validation.figures)
    assert validation.temperature > 0


def test_the_command_prints_figures_with_their_spread(few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(few), "--no-output"]) == 0
    told = capsys.readouterr().out
    assert "micro-F1" in told
    assert "sd over folds" in told


def test_a_line_that_is_off_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('{"id": "x", "snippet": "no brackets", "label": "tuning"}\n', encoding="utf-8")
    assert main([str(file), "--no-output"]) == 2
    assert "bad.jsonl, line 1" in capsys.readouterr().err


def test_measure_counts_second_labels_and_skips_doubtful_ones(few: Path) -> None:
    examples = read_examples([few])
    perfect = measure(examples, [one.label for one in examples])
    assert perfect.micro == perfect.macro == 1
    assert measure(examples, ["boilerplate"] * len(examples)).micro == 0


def test_calibration_error_is_zero_where_confidence_is_the_share_right() -> None:
    right = np.array([True, False] * 50)
    assert calibration_error(right, np.full(100, 0.5)) == pytest.approx(0)
    assert calibration_error(right, np.full(100, 0.9)) == pytest.approx(0.4)


def test_the_labels_are_the_uses() -> None:
    assert {one.label for one in read_examples([CORPUS])} == set(USES)
