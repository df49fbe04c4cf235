"""How a network learns what follows from a paper's other passages."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seedaudit.detection.stacking import load_stacker
from seedaudit.findings import USES
from seedaudit.training.stacking import Recipe, cross_validate, fit, learn, main, read, save

QUICK = Recipe(units=8, members=2, epochs=150, rate=1e-2)


def paper(number: int) -> dict[str, object]:
    """Runs that say nothing themselves, beside a passage that tells what they are."""
    runs = f"We ran the system number {number} \u27e6five times\u27e7 and give the mean."
    told, label = (
        ("The temperature of decoding is 0.7, sampled with \u27e6five seeds\u27e7 for every prompt.", "decoding"),
        ("Networks were trained with \u27e6five seeds\u27e7 and their scores are compared.", "seed-comparison"),
    )[number % 2]
    list_of_words = "A lexicon is grown from \u27e6seed\u27e7 words."
    passages = [
        {"id": f"P{at}", "page": at, "snippet": words, "label": use, "also": [], "care": True, "confidence": 1.0}
        for at, (words, use) in enumerate([(runs, label), (told, label), (list_of_words, "not-a-seed")])
    ]
    return {"paper": f"paper-{number}", "passages": passages}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "papers.jsonl"
    made.write_text("\n".join(json.dumps(paper(number)) for number in range(40)), encoding="utf-8")
    return made


def test_it_learns_what_only_the_rest_of_the_paper_tells(file: Path) -> None:
    papers = read([file], [], None, 1)
    # The linear model is made to know nothing of the runs, as where it meets them in real papers.
    chances = papers.chances.copy()
    chances[0, ::3] = 1 / len(USES)
    alone, together = cross_validate(replace(papers, chances=chances), QUICK, 0)
    assert np.mean([one.micro for one in alone]) < 0.8
    assert np.mean([one.micro for one in together]) > 0.95


def test_what_is_saved_scores_as_what_was_fitted(file: Path, tmp_path: Path) -> None:
    papers = read([file], [], None, 1)
    for name in ("one.npz", "two.npz"):
        stacker = learn(papers, np.ones(len(papers.examples), dtype=bool), QUICK)
        save(stacker, tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    first = papers.papers()[0]
    chances, clues = papers.chances[0, first], papers.clues[first]
    loaded = load_stacker(tmp_path / "one.npz")
    assert loaded.scores(chances, clues) == pytest.approx(stacker.scores(chances, clues), abs=1e-3)


def test_members_are_averaged_by_their_scores() -> None:
    random = np.random.default_rng(0)
    features, labels = random.normal(size=(60, 4)), [at % 3 for at in range(60)]
    one, two = (fit(features, labels, Recipe(units=3, members=members, epochs=5)) for members in (1, 2))
    assert one.hidden.shape == (4, 3)
    assert two.hidden.shape == (4, 6)
    assert np.array_equal(two.hidden[:, :3], one.hidden)
    assert (one.out_bias[3:] < -10).all(), "a use that was never seen is not told"


def test_the_command(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "weights.npz"
    assert main([str(file), "--repetitions", "1", "--output", str(target)]) == 0
    assert target.stat().st_size < 1e6
    assert "read together: micro-F1" in capsys.readouterr().out
    assert main([str(tmp_path / "absent.jsonl"), "--output", str(target)]) == 2
    assert "absent.jsonl" in capsys.readouterr().err
    file.write_text(file.read_text(encoding="utf-8").split("\n")[0], encoding="utf-8")
    assert main([str(file), "--output", str(target)]) == 2
    assert "1 papers with 2 uses are too few" in capsys.readouterr().err
