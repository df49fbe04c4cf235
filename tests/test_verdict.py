"""A test for each row of the verdict's table."""

from __future__ import annotations

import pytest

from seedaudit.findings import SEED_USES, USES, Evidence, Finding, Search, SearchLevel, Seeds, Use
from seedaudit.verdict import BEST_OF_N, decide, risk_of


def finding(use: Use, page: int = 3, notes: tuple[str, ...] = ()) -> Finding:
    return Finding(
        use=use,
        risk="neutral",
        confidence=0.9,
        rules=(),
        page=page,
        boxes=None,
        section="Experiments",
        quote="We say something.",
        why="",
        remedy="",
        references=(),
        seeds=Seeds(),
        start=0,
        end=17,
        notes=notes,
    )


@pytest.mark.parametrize("level", ["none", "own", "all", "seed-included"])
def test_row_1_a_fixed_seed_is_a_red_flag_whatever_the_search(level: SearchLevel) -> None:
    verdict = decide([finding("ensembling"), finding("fixed-seed", page=5)], Search(level))
    assert verdict.level == "red-flag"
    assert verdict.reasons[0] == "One fixed seed is used for training runs (p. 5)."


@pytest.mark.parametrize("level", ["none", "own", "all", "seed-included"])
def test_row_1_a_best_of_n_without_held_out_criterion_is_a_red_flag(level: SearchLevel) -> None:
    verdict = decide([finding("seed-comparison", page=2, notes=(BEST_OF_N,))], Search(level))
    assert verdict.level == "red-flag"
    assert "best of several runs" in verdict.reasons[0]


def test_row_2a_a_comparison_without_search_is_a_red_flag() -> None:
    verdict = decide([finding("seed-comparison", 4), finding("seed-comparison", 2)], Search("none"))
    assert verdict.level == "red-flag"
    assert "(p. 2, 4)" in verdict.reasons[0]
    assert verdict.reasons[1] == "No hyperparameter search is described for the reported experiments."


@pytest.mark.parametrize("level", ["own", "all"])
def test_row_2b_a_comparison_beside_a_search_is_a_caution(level: SearchLevel) -> None:
    verdict = decide([finding("seed-comparison")], Search(level, (Evidence(7, "We tuned the learning rate."),)))
    assert verdict.level == "caution"
    assert "(p. 7); the seed is not part of it" in verdict.reasons[1]


def test_row_2c_a_comparison_is_safe_where_the_search_includes_the_seed() -> None:
    verdict = decide([finding("seed-comparison")], Search("seed-included"))
    assert verdict.level == "safe"


@pytest.mark.parametrize("use", ["tuning", "ensembling", "sensitivity"])
def test_row_3_a_safe_use_alone_is_safe(use: Use) -> None:
    assert decide([finding(use), finding("unspecified-runs")], Search()).level == "safe"


def test_row_4_runs_without_a_word_on_what_varies_are_unstated() -> None:
    assert decide([finding("unspecified-runs"), finding("discussion")], Search("all")).level == "unstated"


def test_row_5_the_rest_is_none_and_says_that_nothing_was_found() -> None:
    neutral = [finding(use) for use in USES if use not in SEED_USES | {"unspecified-runs"}]
    verdict = decide(neutral, Search("own"))
    assert verdict.level == "none"
    assert "found" in verdict.reasons[0]


def test_reasons_count_passages_where_there_are_no_pages() -> None:
    one = finding("fixed-seed")
    without_page = Finding(**{name: getattr(one, name) for name in Finding.__slots__} | {"page": None})
    assert "(1 passage)" in decide([without_page], Search()).reasons[0]


def test_risk_of_a_comparison_follows_the_search() -> None:
    risks = [risk_of("seed-comparison", (), Search(level)) for level in ("none", "own", "all", "seed-included")]
    assert risks == ["red-flag", "caution", "caution", "safe"]
    assert risk_of("seed-comparison", (BEST_OF_N,), Search("all")) == "red-flag"
    assert risk_of("fixed-seed", (), Search("all")) == "red-flag"
    assert risk_of("decoding", (), Search()) == "neutral"
