"""What the reports say, in which order, and what they never say."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from seedaudit import resources
from seedaudit.findings import LEVELS, USES, Search, Seeds
from seedaudit.reporting import wording
from seedaudit.reporting.html import render_html
from seedaudit.reporting.markdown import render_markdown
from seedaudit.reporting.record import load_schema
from seedaudit.reporting.tables import render_csv
from seedaudit.reporting.terminal import render

from . import made_up

FIXED_RED = made_up.FIXED
COMPARED_RED = replace(made_up.COMPARISON, risk="red-flag")


def test_every_level_and_use_has_words():
    assert set(wording.USE_WORDS) == set(USES)
    assert set(wording.LEVEL_NAMES) == set(LEVELS)


@pytest.mark.parametrize(
    ("level", "findings", "search", "words"),
    [
        ("red-flag", (FIXED_RED,), "own", "one fixed seed; how far"),
        ("red-flag", (COMPARED_RED,), "none", "no hyperparameter search was found"),
        ("red-flag", (COMPARED_RED,), "all", "without a held-out criterion"),
        ("red-flag", (FIXED_RED, COMPARED_RED), "none", "One fixed seed is used for training runs, and systems"),
        ("caution", (made_up.COMPARISON,), "own", "it does not include the seed"),
        ("safe", (made_up.ENSEMBLE,), "none", "are safe ones"),
        ("safe", (replace(made_up.COMPARISON, risk="safe"),), "seed-included", "includes the seed"),
        ("unstated", (made_up.RUNS,), "none", "does not say whether the training seed varies"),
        ("none", (), "none", "No use of a training seed was found."),
    ],
)
def test_sentence(level, findings, search, words):
    verdict = replace(made_up.RED.verdict, level=level)
    audit = replace(made_up.RED, verdict=verdict, findings=findings, search=Search(search))
    assert words in wording.sentence(audit)


def test_groups_put_the_gravest_first_and_keep_the_order_of_the_paper():
    made = wording.groups(made_up.RED.findings)
    assert [group.use for group in made] == ["fixed-seed", "seed-comparison", "ensembling", "data-sampling"]
    assert made[0].findings == (made_up.FIXED, made_up.FIXED_AGAIN)


def test_group_has_the_gravest_risk_of_its_findings():
    (group,) = wording.groups([made_up.COMPARISON, COMPARED_RED])
    assert group.risk == "red-flag"


def test_deciding_findings_carry_the_level():
    assert wording.deciding(made_up.RED) == (made_up.FIXED, made_up.FIXED_AGAIN)
    assert wording.deciding(made_up.CAUTION) == (made_up.COMPARISON,)
    assert wording.deciding(made_up.UNSTATED) == (made_up.RUNS,)
    assert wording.deciding(made_up.NONE) == ()


def test_told_unasked_are_seed_uses_and_what_unstated_rests_on():
    assert wording.told(made_up.RED) == made_up.RED.seed_findings
    assert wording.told(made_up.UNSTATED) == (made_up.RUNS,)
    assert wording.told(replace(made_up.UNSTATED, verdict=made_up.RED.verdict)) == ()


def test_deciding_findings_show_each_use_before_a_second_of_one():
    sure = [replace(made_up.FIXED, confidence=0.99 - at / 100, start=at) for at in range(4)]
    audit = replace(made_up.RED, findings=(*sure, replace(COMPARED_RED, confidence=0.6)))
    assert [one.use for one in wording.deciding(audit)] == ["fixed-seed", "seed-comparison"]


@pytest.mark.parametrize(
    ("seeds", "words"),
    [
        (Seeds(), ""),
        (Seeds(1), "1 seed"),
        (Seeds(5), "5 seeds"),
        (Seeds(None, (42,)), "seed 42"),
        (Seeds(None, (1, 2)), "seeds 1, 2"),
        (Seeds(2, (1, 2)), "2 seeds (1, 2)"),
    ],
)
def test_seeds(seeds, words):
    assert wording.seeds(made_up.finding(seeds=seeds)) == words


def test_no_report_accuses_or_clears():
    texts = [
        render(made_up.EVERYTHING, all_mentions=True, color=False, width=200),
        render_markdown(made_up.EVERYTHING, all_mentions=True),
        render_csv(made_up.EVERYTHING, all_mentions=True),
        render_html(made_up.EVERYTHING, made_up.TOOL),
        str(load_schema()),
        *(path.read_text(encoding="utf-8") for path in sorted(resources.templates().iterdir())),
        *map(str, vars(wording).values()),
    ]
    for text in texts:
        assert not re.search(r"misconduct|violat|cheat|fraud|\bclean\b", text, re.IGNORECASE)
