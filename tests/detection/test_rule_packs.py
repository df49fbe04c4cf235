"""The shipped rule packs: every example, the wording, the patterns' cost, and how a bad pack is refused."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
import re2

from seedaudit.detection.rules import Rule, RuleSet, check_tokens, load_rules
from seedaudit.errors import RuleError
from seedaudit.findings import SEED_USES, USES

PACKS = Path(__file__).parents[2] / "rules"
RULES = load_rules([PACKS])
KNOWN = {
    "arXiv:2210.13393",
    "arXiv:1707.09861",
    "D17-1035",
    "arXiv:1803.09578",
    "arXiv:1709.06560",
    "arXiv:1806.08295",
    "arXiv:1909.03004",
    "arXiv:2002.06305",
    "arXiv:2103.03098",
    "arXiv:2108.13264",
    "arXiv:2109.08203",
    "arXiv:1909.10447",
    "arXiv:2106.16163",
    "arXiv:2005.00636",
    "doi:10.1145/3589806.3600044",
    "arXiv:2308.07832",
    "arXiv:2503.07329",
}
MATCH = [pytest.param(rule, text, id=f"{rule.id}-{n}") for rule in RULES.rules for n, text in enumerate(rule.match)]
NO_MATCH = [
    pytest.param(rule, text, id=f"{rule.id}-{n}") for rule in RULES.rules for n, text in enumerate(rule.no_match)
]
EACH = [pytest.param(rule, id=rule.id) for rule in RULES.rules]


@pytest.fixture(scope="module")
def alone() -> dict[str, RuleSet]:
    """Each rule as a set of its own, so that an example costs one rule."""
    return {rule.id: RuleSet([rule], {}, "") for rule in RULES.rules}


@pytest.mark.parametrize(("rule", "text"), MATCH)
def test_example_matches_its_rule(rule: Rule, text: str, alone):
    assert alone[rule.id].matches(text) == (rule.id,)


@pytest.mark.parametrize(("rule", "text"), NO_MATCH)
def test_near_miss_does_not_match_its_rule(rule: Rule, text: str, alone):
    assert alone[rule.id].matches(text) == ()


@pytest.mark.parametrize("rule", EACH)
def test_rule_is_complete_and_courteous(rule: Rule):
    assert re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", rule.id)
    assert len(rule.match) >= 3
    assert len(rule.no_match) >= 2
    assert set(rule.references) <= KNOWN
    assert rule.message.endswith(".")
    assert rule.message.count(". ") == 0, "the message is one sentence"
    _courteous(f"{rule.name} {rule.message} {rule.why} {rule.remedy}")


@pytest.mark.parametrize("use", sorted(SEED_USES))
def test_use_has_an_explanation(use: str):
    told = RULES.explanations[use]
    assert told.title
    assert told.remedy
    assert set(told.references) <= KNOWN
    _courteous(f"{told.title} {told.why} {told.remedy}")


def _courteous(text: str) -> None:
    assert not re.search(r"misconduct|violat|cheat|fraud|\bwrong\b|\bbad\b|\bclean\b|fail(?:s|ed)? to", text, re.I)


def test_ids_are_unique_and_uses_are_covered():
    ids = [rule.id for rule in RULES.rules]
    assert len(ids) == len(set(ids))
    assert {rule.use for rule in RULES.rules} == set(USES)


def test_each_pack_holds_its_use():
    for rule in RULES.rules:
        if rule.pack == "context.toml":
            assert rule.use not in SEED_USES
        else:
            assert rule.pack == f"{rule.use}.toml"


def test_no_paper_is_named_in_a_rule():
    for rule in RULES.rules:
        patterns = " ".join((*rule.regex, *rule.unless, *map(str, rule.tokens)))
        assert not re.search(r"\d{4}\.\d{4,5}|neurips|\bicml\b|\bacl\b|emnlp|iclr", patterns, re.I)


def test_expressions_suit_re2():
    for rule in RULES.rules:
        for pattern in (*rule.regex, *rule.unless):
            re2.compile(pattern)


def test_token_patterns_suit_spacy():
    check_tokens(RuleSet([rule for rule in RULES.rules if rule.tokens], {}, ""))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ([{"LOWER": "seed"}, {"IS_DIGIT": True}], "with Seed 42"),
        ([{"LIKE_NUM": True}, {"LOWER": "seeds"}], "our seventeen seeds"),
        ([{"LIKE_NUM": True}, {"LOWER": "seeds"}], "all 1,000 seeds"),
        ([{"LIKE_NUM": True}, {"LOWER": "seed"}], "the third seed"),
        ([{"LOWER": {"REGEX": "^ensembl"}}, {"OP": "*"}, {"LOWER": "seeds"}], "ensembling over all of the seeds"),
        ([{"LOWER": {"REGEX": "tic$"}}, {"LOWER": "seed"}], "a stochastic seed"),
        ([{"LOWER": {"REGEX": "(?<=see)d"}}], "the seed"),
        ([{"LOWER": {"REGEX": "^multi|seed$"}}, {"LOWER": "runs"}], "multiplied runs"),
        ([{"LOWER": {"REGEX": r"^\w+s$"}}, {"LOWER": "seed"}], "na\u00efvet\u00e9s seed"),
        ([{"LOWER": "not", "OP": "!"}, {"LOWER": "seeded"}], "is seeded"),
        ([{"LOWER": {"IN": ["multi", "one"]}}, {"LOWER": "-", "OP": "?"}, {"LOWER": "seed"}], "a multi-seed run"),
        ([{"ORTH": {"IN": ["("]}}, {"LOWER": "seed"}, {"ORTH": ")"}], "chance (seed)"),
        ([{"LOWER": {"FUZZY": "seed"}}], "the sead"),
        ([{"LENGTH": {">=": 12}}], "a nondeterministic kernel"),
    ],
)
def test_no_token_pattern_is_missed_to_save_time(pattern, text):
    rule = replace(RULES["deep-ensemble"], regex=(), unless=(), tokens=(tuple(pattern),))
    assert RuleSet([rule], {}, "").matches(text) == (rule.id,)


def test_the_sentence_before_counts_only_for_rules_of_context():
    rule = RULES["settings-before-seed"]
    assert rule.scope == "context"
    assert rule.id in RULES.matches("The random seed is set to 42.", "We use Adam with a learning rate of 0.001.")
    assert rule.id not in RULES.matches("The random seed is set to 42.", "We sample 2,000 patients.")
    assert "single-seed-tokens" not in RULES.matches("Scores are high.", "We use a single seed.")


# Text made to hurt: each repeats the words that rules begin with and never lets them end.
HOSTILE = {
    "seed": "seed ",
    "seeds": "seeds ",
    "a": "a",
    "spaces": " ",
    "fives": "5 ",
    "random": "random ",
    "different": "different random independent ",
    "averaged": "averaged over the ",
    "best": "best of the validation runs ",
    "mixed": "we average 5 random seeds, best initialisation over runs with the same split; ",
    "wide": "ß→…",
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_patterns_take_linear_time(unit: str):
    """Four times the text may take at most about four times as long: a factor of ten leaves room for a busy machine."""
    short, long = ((unit * (size // len(unit.encode()) + 1))[:size] for size in (25_000, 100_000))
    slow = []
    for rule in RULES.rules:
        if not rule.regex:
            continue
        alone = RuleSet([_without_tokens(rule)], {}, "")
        brief = min(_seconds(alone, short) for _ in range(2))
        full = _seconds(alone, long)
        if full > 0.1 and full > 10 * brief:
            full = min(full, _seconds(alone, long))
        if full > 1.0 or (full > 0.1 and full > 10 * brief):
            slow.append(f"{rule.id}: {brief:.3f} s, then {full:.3f} s")
    assert not slow


@pytest.mark.parametrize("unit", ["seed ", "5 ", "random ", "best different single seed "])
def test_token_patterns_take_linear_time(unit: str):
    alone = RuleSet([rule for rule in RULES.rules if rule.tokens], {}, "")
    alone.matches("Five seeds.")
    brief = _seconds(alone, (unit * 25_000)[:5_000])
    full = _seconds(alone, (unit * 25_000)[:20_000])
    assert full < max(0.5, 10 * brief)


def _without_tokens(rule: Rule) -> Rule:
    return Rule(**{name: () if name == "tokens" else getattr(rule, name) for name in Rule.__slots__})


def _seconds(rules: RuleSet, text: str) -> float:
    start = time.process_time()
    rules.matches(text)
    return time.process_time() - start


GOOD = """
[[rule]]
id = "a-rule"
name = "A rule"
use = "fixed-seed"
regex = ['seed']
confidence = 0.5
message = "A seed is named."
why = "Because."
remedy = "Name more."
references = ["arXiv:2210.13393"]
match = ["a seed"]
no_match = ["a word"]
"""


def _load(folder: Path, text: str) -> RuleSet:
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return load_rules([folder])


def test_a_users_pack_is_read(tmp_path: Path):
    assert "a-rule" in _load(tmp_path, GOOD)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("id =", "colour = 'red'\nid =", ("a-rule", "colour")),
        ("'seed'", "'(seed'", ("a-rule", "regex")),
        ("'seed'", r"'seed(?=s)'", ("a-rule", "regex")),
        ("'seed'", r"'(s)eed\1'", ("a-rule", "regex")),
        ("confidence", "unless = ['[']\nconfidence", ("a-rule", "unless")),
        ('match = ["a seed"]\n', "match = []\n", ("a-rule", "match")),
        ('\nmatch = ["a seed"]\n', "\n", ("a-rule", "match")),
        ('no_match = ["a word"]\n', "", ("a-rule", "no_match")),
        ("fixed-seed", "fixed seed", ("a-rule", "use")),
        ("= 0.5", "= 1.5", ("a-rule", "confidence")),
        ("regex = ['seed']\n", "", ("a-rule", "regex")),
        ('"A rule"', "7", ("a-rule", "name")),
        ('remedy = "Name more."\n', "", ("a-rule", "remedy")),
        ("confidence", "scope = 'page'\nconfidence", ("a-rule", "scope")),
        ('id = "a-rule"\n', "", ("rule 1", "id")),
        ("[[rule]]", "[[rules]]", ("rules",)),
    ],
)
def test_a_bad_pack_is_refused(tmp_path: Path, old: str, new: str, named: tuple[str, ...]):
    assert old in GOOD
    with pytest.raises(RuleError) as caught:
        _load(tmp_path, GOOD.replace(old, new, 1))
    assert all(name in caught.value.message for name in ("mine.toml", *named))
    assert caught.value.hint


def test_an_id_cannot_be_taken_twice(tmp_path: Path):
    with pytest.raises(RuleError) as caught:
        _load(tmp_path, GOOD + GOOD)
    assert all(name in caught.value.message for name in ("mine.toml", "a-rule", "id"))


@pytest.mark.parametrize(
    "tokens", ["[[{LOWER = 'seed', OP = 'twice'}]]", "[[{COLOUR = 'red'}]]", "[[{LOWER = {IN = 'seed'}}]]"]
)
def test_a_bad_token_pattern_is_refused(tmp_path: Path, tokens: str):
    rules = _load(tmp_path, GOOD.replace("regex = ['seed']", f"tokens = {tokens}"))
    with pytest.raises(RuleError) as caught:
        check_tokens(rules)
    assert all(name in caught.value.message for name in ("mine.toml", "a-rule", "tokens"))
