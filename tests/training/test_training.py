"""From labelled passages to weights that an audit reads."""

from __future__ import annotations

import json
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
from seedaudit.training.soft_labels import known, targets, write
from seedaudit.training.training import Hyperparameters, cross_validate, features_of, fit, save

# The teacher was trained before the passages after this one were written.
LAST_TAUGHT = "s1116"
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
    model = fit(examples, features, targets(examples, None, 1), Hyperparameters(fewest=2))
    target = tmp_path / "weights.npz"
    save(model, 2.0, RULES, target)
    loaded = load_classifier(target)
    assert loaded.temperature == 2.0
    for number in range(0, len(examples), 20):
        one = examples[number]
        (told,) = loaded.scores([describe(one.text, one.start, one.end, RULES)])
        assert told == pytest.approx(model.scores([features[number]])[0], abs=0.15)  # weights are kept as float16


def test_the_same_examples_give_the_same_file(few: Path, tmp_path: Path) -> None:
    examples = read_examples([few])
    features = features_of(examples, RULES)
    for name in ("one.npz", "two.npz"):
        save(
            fit(examples, features, targets(examples, None, 1), Hyperparameters(fewest=2)), 1.0, RULES, tmp_path / name
        )
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_cross_validation_judges_unseen_groups(few: Path) -> None:
    examples = read_examples([few])
    validation = cross_validate(
        examples,
        features_of(examples, RULES),
        targets(examples, None, 1),
        Hyperparameters(fewest=2),
        judged=frozenset({"passages"}),
        folds=3,
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


def test_soft_labels_are_found_again_and_mixed_with_the_labels(few: Path, tmp_path: Path) -> None:
    examples = read_examples([few])
    chances = np.full((len(examples), len(USES)), 0.2 / (len(USES) - 1))
    chances[:, USES.index("decoding")] = 0.8
    file = tmp_path / "soft.npz"
    write(file, examples[:-1], chances[:-1])
    wanted = targets(list(reversed(examples)), file, 0.25)
    assert wanted.sum(axis=1) == pytest.approx(1)
    without, label = wanted[0], examples[-1].label
    assert without[USES.index(label)] == 1
    other = next(row for row, one in zip(wanted[1:], reversed(examples[:-1]), strict=True) if one.label == "tuning")
    assert other[USES.index("tuning")] == pytest.approx(0.25 + 0.75 * 0.2 / 11, abs=0.01)
    assert other[USES.index("decoding")] == pytest.approx(0.75 * 0.8, abs=0.01)


def test_a_file_without_soft_labels_is_refused(few: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(tmp_path / "other.npz", numbers=np.arange(3))
    assert main([str(few), "--no-output", "--soft", str(tmp_path / "other.npz")]) == 2
    assert "other.npz holds no soft labels" in capsys.readouterr().err
    assert main([str(few), "--no-output", "--soft", str(tmp_path / "absent.npz")]) == 2
    assert "absent.npz" in capsys.readouterr().err


def test_the_soft_labels_of_the_corpus_are_those_of_the_passages_its_teacher_saw(tmp_path: Path) -> None:
    lines = CORPUS.read_text(encoding="utf-8").splitlines(keepends=True)
    seen = tmp_path / "passages.jsonl"
    seen.write_text("".join(line for line in lines if json.loads(line)["id"] <= LAST_TAUGHT), encoding="utf-8")
    examples, soft_labels = read_examples([seen]), CORPUS.with_name("soft_labels.npz")
    assert known(examples, soft_labels) == len(examples) == known(read_examples([CORPUS]), soft_labels)
    soft = targets(examples, soft_labels, 0.25)
    labels = targets(examples, None, 1)
    assert (soft != labels).any(axis=1).mean() > 0.9
    right = (soft.argmax(axis=1) == labels.argmax(axis=1)).mean()
    assert right > 0.7
