"""For and against a verdict: what is found is weighed on its side, and doubts are told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seedaudit.findings import Search, Verdict
from seedaudit.reporting.evidence import weigh

from . import made_up


def test_a_red_flag_has_its_uses_for_it_and_safe_uses_against_it():
    told = weigh(made_up.RED)
    assert [point.findings for point in told.supporting] == [
        (made_up.FIXED, made_up.FIXED_AGAIN),
        (made_up.COMPARISON,),
    ]
    assert [point.findings for point in told.opposing] == [(), (made_up.ENSEMBLE,)]
    assert told.opposing[0].text.startswith("A hyperparameter search is described for the authors' own model")
    assert told.opposing[1].text.startswith("A safe use beside it: seeds combined, 1 passage")


def test_a_comparison_without_search_says_so():
    flag = replace(made_up.COMPARISON, risk="red-flag")
    told = weigh(replace(made_up.RED, findings=(flag,), search=Search()))
    assert [point.findings for point in told.supporting] == [(flag,), ()]
    assert told.supporting[1].text.startswith("No hyperparameter search was found")
    assert told.opposing == ()


def test_what_the_tool_is_unsure_of_is_told_against_it():
    doubtful = replace(made_up.FIXED_AGAIN, confidence=0.31)
    told = weigh(replace(made_up.RED, findings=(made_up.FIXED, doubtful), search=Search()))
    assert [point.findings for point in told.opposing] == [(doubtful,)]
    assert told.opposing[0].text.startswith("1 of the 2 passages that it rests on has a confidence below 50%")
    alone = weigh(replace(made_up.RED, findings=(doubtful,), search=Search()))
    assert alone.opposing[0].text.startswith("The passage that it rests on has a confidence below 50%: read it")


@pytest.mark.parametrize(
    ("audit", "supporting", "opposing"),
    [
        (made_up.SAFE, ["Seeds combined, 1 passage"], []),
        (
            replace(made_up.SAFE, findings=(made_up.ENSEMBLE, made_up.RUNS)),
            ["Seeds combined, 1 passage"],
            ["1 passage of runs, without a word"],
        ),
        (
            replace(made_up.SAFE, findings=(), search=Search("seed-included")),
            ["The described search includes the seed"],
            [],
        ),
        (made_up.UNSTATED, ["Runs, unspecified, 1 passage"], ["1 passage of a seed that drives something else"]),
        (made_up.NONE, ["No mention of a seed or of repeated runs"], []),
        (
            replace(made_up.NONE, findings=(made_up.SPLIT,)),
            ["1 mention of seeds or runs, none read as a use of a training seed (data sampling: 1)."],
            [],
        ),
        (replace(made_up.RED, verdict=Verdict("caution", ()), findings=()), [], []),
    ],
)
def test_other_levels(audit, supporting, opposing):
    told = weigh(audit)
    for points, heads in ((told.supporting, supporting), (told.opposing, opposing)):
        assert len(points) == len(heads)
        for point, head in zip(points, heads, strict=True):
            assert point.text.startswith(head)
