"""What is counted: shares with their intervals, and what a share is a share of."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from seedaudit.batch import statistics as counted
from seedaudit.batch.sample import draw, take_back
from seedaudit.batch.statistics import Estimate, Rate, Share, analyse, rogan_gladen, wilson
from seedaudit.batch.store import Entry, Study
from seedaudit.batch.work import Outcome
from seedaudit.errors import StudyError
from seedaudit.findings import Seeds

from ..reporting import made_up

FIVE_SEEDS = replace(made_up.COMPARISON, seeds=Seeds(None, (1, 2, 3, 4, 42)))


@pytest.fixture
def filled(study: Study) -> Study:
    """Eight papers: one of each level, a failure, one twice, one that has not been reached."""
    results = {
        "red.pdf": made_up.RED, "caution.pdf": replace(made_up.CAUTION, findings=(FIVE_SEEDS,)),
        "safe.pdf": made_up.SAFE, "unstated.pdf": made_up.UNSTATED, "none.pdf": made_up.NONE,
        "failed.pdf": made_up.FAILED, "again.pdf": made_up.RED, "waiting.pdf": None,
    }  # fmt: skip
    study.enrol(
        Entry(f"/{name}", name, "file", venue="ACL" if "e" in name else "", year=2020 if name == "none.pdf" else None)
        for name in results
    )
    for number, entry, _ in list(study.named()):
        if results[entry.source] is not None:
            study.store(Outcome(number, results[entry.source]), made_up.TOOL, "")
    return study


def test_each_paper_is_counted_once_and_failures_are_in_no_share(filled: Study) -> None:
    found = analyse(filled)
    assert (found.named, found.papers, found.audited, found.waiting, found.duplicates) == (8, 7, 5, 1, 1)
    assert found.failures == (("password", 1),)
    assert dict(found.levels) == {
        "red-flag": Share(1, 5), "caution": Share(1, 5), "safe": Share(1, 5), "unstated": Share(1, 5),
        "none": Share(1, 5),
    }  # fmt: skip
    assert found.risky == Share(2, 5)
    assert found.corrected is None
    assert found.mentions == Share(4, 5)


def test_uses_seeds_and_searches(filled: Study) -> None:
    found = analyse(filled)
    uses = {row.use: (row.papers.count, row.findings) for row in found.uses}
    assert uses["fixed-seed"] == (1, 2)
    assert uses["seed-comparison"] == (2, 2)
    assert uses["decoding"] == (0, 0)
    assert {name: number for name, number in found.seeds if number} == {"5": 1, "10": 2}
    assert found.seeds_named == Share(3, 3)
    assert found.seed_values[0] == (42, 2)
    assert dict(found.searches) == {
        "none": Share(2, 4), "own": Share(2, 4), "all": Share(0, 4), "seed-included": Share(0, 4),
    }  # fmt: skip
    together = {use: dict(zip(counted.TOGETHER, row, strict=True)) for use, row in found.together}
    assert together["fixed-seed"]["seed-comparison"] == together["seed-comparison"]["fixed-seed"] == 1
    assert together["seed-comparison"]["seed-comparison"] == 2
    assert together["tuning"]["fixed-seed"] == 0


def test_groups_hold_everything_once(filled: Study) -> None:
    found = analyse(filled)
    assert [(row.name, row.audited, row.failed) for row in found.years] == [("2020", 1, 0), ("2024", 4, 0), ("", 0, 1)]
    assert [(row.name, row.audited, row.failed) for row in found.sources] == [("file", 5, 1)]
    assert sum(row.audited + row.failed for row in found.venues) == 6


def test_an_empty_study_has_no_shares(study: Study) -> None:
    found = analyse(study, made_up.FIGURES)
    assert found.risky == Share(0, 0)
    assert found.risky.value is None
    assert found.risky.interval is None
    assert found.corrected is None
    assert (found.years, found.judged, found.seed_values) == ((), None, ())


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
)
def test_wilson_as_published(count: int, of: int, low: float, high: float) -> None:
    assert wilson(count, of) == pytest.approx((low, high), abs=5e-5)


def test_correction_by_hand() -> None:
    found = rogan_gladen(Share(50, 100), Rate(0.9, 100), Rate(0.8, 100))
    assert found is not None
    assert found.value == pytest.approx((0.5 + 0.8 - 1) / 0.7)
    exact = rogan_gladen(Share(50, 100), Rate(0.9), Rate(0.8))
    assert exact is not None
    assert found.low < exact.low < exact.value < exact.high < found.high
    assert rogan_gladen(Share(50, 100), Rate(1.0), Rate(1.0)).value == 0.5
    assert rogan_gladen(Share(1, 100), Rate(0.9, 50), Rate(0.9, 50)).value == 0.0
    assert rogan_gladen(Share(5, 10), Rate(0.4), Rate(0.5)) is None


@pytest.mark.parametrize(("truth", "se", "sp"), [(0.5, 0.9, 0.9), (0.1, 0.8, 0.95), (0.8, 0.95, 0.85)])
def test_corrected_interval_covers_the_truth(truth: float, se: float, sp: float) -> None:
    rng = random.Random(2210)
    rounds, covered = 800, 0
    for _ in range(rounds):
        positive = sum(rng.random() < (se if rng.random() < truth else 1 - sp) for _ in range(100))
        hits = sum(rng.random() < se for _ in range(60))
        rejected = sum(rng.random() < sp for _ in range(60))
        found = rogan_gladen(Share(positive, 100), Rate(hits / 60, 60), Rate(rejected / 60, 60))
        covered += found is not None and found.low <= truth <= found.high
    assert 0.92 <= covered / rounds <= 0.99


def test_measured_rates_are_taken_with_their_sample(filled: Study) -> None:
    figures = {"risky_sensitivity": 0.9, "risky_specificity": 0.8, "risky_specificity_counts": [40, 50]}
    found = analyse(filled, figures)
    assert (found.sensitivity, found.specificity) == (Rate(0.9), Rate(0.8, 50))
    assert found.corrected is not None
    assert found.corrected.value == pytest.approx((0.4 + 0.8 - 1) / 0.7)


def test_venues_that_keys_tell() -> None:
    assert counted.venue_of("acl:2020.acl-main.1") == "ACL"
    assert counted.venue_of("pmlr:v97/picard21a") == "PMLR v97"
    assert counted.venue_of("/papers/2020.acl-main.1.pdf") == ""


def judged(text: str, **answers: tuple[str, str]) -> str:
    """The sample with ``answers`` (judgement, should_be) filled in by what the tool said."""
    head, *rows = text.splitlines()
    filled_in = []
    for row in rows:
        said = row.split(",")[3].replace("-", "_")
        judgement, should_be = answers.get(said, ("", ""))
        assert row.endswith(",,,")
        filled_in.append(f"{row[:-3]},{judgement},{should_be},")
    return "\n".join([head, *filled_in]) + "\n"


def test_a_sample_goes_out_and_comes_back(filled: Study) -> None:
    text = draw(filled, 10, 3)
    assert text == draw(filled, 10, 3)
    assert {row.split(",")[0] for row in text.splitlines()[1:]} == {
        "again.pdf", "caution.pdf", "safe.pdf", "unstated.pdf", "none.pdf",
    }  # fmt: skip
    assert len({row.split(",")[0] for row in draw(filled, 2, 1).splitlines()[1:]}) == 2
    judgements, left_open = take_back(
        filled,
        judged(
            text, red_flag=("right", ""), caution=("wrong", "none"), safe=("right", ""), none=("other", "red-flag"),
            fixed_seed=("right", ""), seed_comparison=("other", "unspecified-runs"),
        ),
    )  # fmt: skip
    filled.judge(judgements)
    found = analyse(filled).judged
    assert found is not None
    assert left_open > 0
    assert found.risky_right == Share(1, 2)
    assert found.others_right == Share(1, 2)
    uses = dict(found.uses)
    assert uses["fixed-seed"].count == uses["fixed-seed"].of > 0
    assert uses["seed-comparison"].count == 0
    assert isinstance(found.prevalence, Estimate)
    assert found.prevalence.value == pytest.approx(2 / 5 * 1 / 2 + 3 / 5 * 1 / 2)
    undecided = ["unsure", "open"] * len(judgements)
    filled.judge(replace(one, judgement=word) for one, word in zip(judgements, undecided, strict=False))
    assert analyse(filled).judged is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("judgement", "verdict"), "Line 1 .*columns"),
        (lambda text: judged(text, red_flag=("yes", "")), "'yes' is no judgement"),
        (lambda text: judged(text, red_flag=("other", "")), "'' is no verdict"),
        (lambda text: judged(text, fixed_seed=("other", "red-flag")), "'red-flag' is no use"),
        (lambda text: judged(text.replace("a" * 64, "9" * 64), red_flag=("right", "")), "no paper"),
        (lambda text: judged(text.replace("fixed-seed", "tuning"), tuning=("right", "")), "something else"),
    ],
)
def test_a_sample_that_cannot_be_used_is_said_by_its_line(filled: Study, change, words: str) -> None:
    with pytest.raises(StudyError, match=words) as caught:
        take_back(filled, change(draw(filled, 10, 3)))
    assert caught.value.kind == "sample"
    assert caught.value.hint
