"""The passages are well formed, cover the labels, and are nobody else's text."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PASSAGES = ROOT / "corpus" / "passages.jsonl"
GOLD = ROOT.parent / "shared" / "gold"
LAST_LEARNED = "s1430"
KEYS = {"id", "snippet", "label", "also", "care", "note", "set", "split"}
MINIMA = {
    "tuning": 130,
    "fixed-seed": 150,
    "ensembling": 110,
    "sensitivity": 150,
    "seed-comparison": 150,
    "unspecified-runs": 40,
    "data-sampling": 40,
    "decoding": 40,
    "other-randomness": 40,
    "discussion": 40,
    "not-a-seed": 40,
    "boilerplate": 40,
}
SHARED_LETTERS = 50


@pytest.fixture(scope="module")
def passages() -> list[dict]:
    with PASSAGES.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def squash(text: str) -> str:
    return re.sub("[^a-z0-9]", "", text.lower())


def test_every_line_has_the_fields(passages):
    for passage in passages:
        assert set(passage) == KEYS, passage["id"]
        assert isinstance(passage["care"], bool)
        assert isinstance(passage["note"], str)
        assert passage["set"]
        assert passage["split"] in {"train", "test"}


def test_snippets_are_marked_and_of_a_window_s_length(passages):
    for passage in passages:
        snippet = passage["snippet"]
        assert re.fullmatch(r"[^⟦⟧]*⟦[^⟦⟧]*[^⟦⟧\s][^⟦⟧]*⟧[^⟦⟧]*", snippet), passage["id"]
        assert 250 <= len(snippet) <= 700, passage["id"]
        assert snippet == snippet.strip(), passage["id"]


def test_labels_are_those_of_the_guideline(passages):
    for passage in passages:
        labels = [passage["label"], *passage["also"]]
        assert set(labels) <= set(MINIMA), passage["id"]
        assert len(set(labels)) == len(labels), passage["id"]


def test_ids_are_unique_and_no_snippet_occurs_twice(passages):
    assert len({passage["id"] for passage in passages}) == len(passages)
    assert len({squash(passage["snippet"]) for passage in passages}) == len(passages)


def test_enough_of_each_label(passages):
    assert len(passages) >= 900
    counts = Counter(passage["label"] for passage in passages)
    assert {label: counts[label] for label, least in MINIMA.items() if counts[label] < least} == {}


def test_a_contrast_set_lies_in_one_split_and_has_a_contrast(passages):
    splits, labels = defaultdict(set), defaultdict(set)
    for passage in passages:
        splits[passage["set"]].add(passage["split"])
        labels[passage["set"]].add((passage["label"], *passage["also"]))
    assert [name for name, found in splits.items() if len(found) > 1] == []
    assert [name for name, found in labels.items() if len(found) < 2] == []


def test_which_sets_are_kept_aside(passages):
    """A tenth of the sets that models learn from, and all of those that were written last."""
    early = [passage["split"] for passage in passages if passage["id"] <= LAST_LEARNED]
    assert 0.08 <= early.count("test") / len(early) <= 0.13
    assert {passage["split"] for passage in passages if passage["id"] > LAST_LEARNED} == {"test"}


def test_every_label_is_in_the_test_split(passages):
    assert {passage["label"] for passage in passages if passage["split"] == "test"} == set(MINIMA)


def test_no_phrase_is_a_template(passages):
    """Six words in a row, besides the shared context of a contrast set, recur in three sets at most."""
    sets = defaultdict(set)
    for passage in passages:
        words = re.findall("[a-z]+", passage["snippet"].lower())
        for start in range(len(words) - 5):
            sets[" ".join(words[start : start + 6])].add(passage["set"])
    assert {phrase: found for phrase, found in sets.items() if len(found) > 3} == {}


def test_the_counts_in_the_card_are_true(passages):
    card = (ROOT / "corpus" / "README.md").read_text(encoding="utf-8")
    counts = Counter((passage["label"], passage["split"]) for passage in passages)
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d+) \| (\d+) \| (\d+) \|", card, re.MULTILINE)
    assert {row[0] for row in rows} == set(MINIMA)
    for label, train, test, both in rows:
        assert (int(train), int(test)) == (counts[label, "train"], counts[label, "test"]), label
        assert int(both) == int(train) + int(test), label
    said = re.search(r"(\d+) passages in (\d+) contrast sets", card)
    assert said is not None
    assert (int(said[1]), int(said[2])) == (len(passages), len({passage["set"] for passage in passages}))


def test_no_passage_is_taken_from_the_gold(passages):
    if not GOLD.is_dir():
        pytest.skip("the labelled papers (../shared/gold) are not on this machine")
    grams = {}
    for passage in passages:
        text = squash(passage["snippet"])
        for start in range(len(text) - SHARED_LETTERS + 1):
            grams[text[start : start + SHARED_LETTERS]] = passage["id"]
    shared = set()
    for path in sorted(GOLD.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                for gold in record.get("passages", [record]):
                    text = squash(gold.get("snippet") or "")
                    shared.update(
                        (path.name, grams[text[start : start + SHARED_LETTERS]])
                        for start in range(len(text) - SHARED_LETTERS + 1)
                        if text[start : start + SHARED_LETTERS] in grams
                    )
    assert shared == set()
