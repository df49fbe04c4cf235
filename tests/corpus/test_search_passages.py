"""The passages and labels of hyperparameter searches are well formed, counted rightly, and hold nobody else's text."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from seedaudit.detection.search_evidence import LABELS, find_passages
from seedaudit.training.datasets import marked
from seedaudit.training.search_examples import read, read_told

ROOT = Path(__file__).resolve().parents[2]
CARD = ROOT / "corpus" / "README.md"
WRITTEN = ROOT / "corpus" / "search_passages.jsonl"
TOLD = ROOT / "corpus" / "search_labels.jsonl"
GOLD = ROOT.parent / "shared" / "gold"
SHARED_LETTERS = 50


def records(path: Path) -> list[dict]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def squash(text: str) -> str:
    return re.sub("[^a-z0-9]", "", text.lower())


def test_written_passages_are_marked_where_the_detector_looks():
    for one in records(WRITTEN):
        assert set(one) == {"id", "snippet", "label"}
        assert one["label"] in LABELS, one["id"]
        assert 250 <= len(one["snippet"]) <= 700, one["id"]
        text, start, end = marked(one["snippet"])
        assert any(first < end + 60 and last > start - 60 for first, last in find_passages(text)), one["id"]


def test_no_written_passage_occurs_twice():
    written = records(WRITTEN)
    assert len({one["id"] for one in written}) == len(written)
    assert len({squash(one["snippet"]) for one in written}) == len(written)


def test_labels_of_real_passages_hold_no_text():
    told = records(TOLD)
    for one in told:
        assert set(one) == {"set", "paper", "hash", "label", "confidence"}
        assert re.fullmatch("[0-9a-f]{16}", one["hash"])
        assert 0.5 <= one["confidence"] <= 1
    assert len(read_told(TOLD)) == len(told)


def test_the_counts_in_the_card_are_true():
    card = CARD.read_text(encoding="utf-8")
    section = card[card.index("## search_passages.jsonl") :]
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d+) \| (\d+) \|", section, re.MULTILINE)
    written, told = (Counter(one["label"] for one in records(path)) for path in (WRITTEN, TOLD))
    assert {label: (int(ours), int(real)) for label, ours, real in rows} == {
        label: (written[label], told[label]) for label in LABELS
    }
    said = re.search(r"(\d+) passages that we wrote", section)
    assert said is not None
    assert int(said[1]) == written.total()


def test_every_label_finds_its_passage_in_the_gold():
    if not GOLD.is_dir():
        pytest.skip("the labelled papers (../shared/gold) are not on this machine")
    told = read_told(TOLD)
    files = [GOLD / f"{name}.jsonl" for name in ("train-search", "train", "train-natural", "extra")]
    _, examples = read(files, told)
    assert told.keys() <= {one.hash for one in examples}


def test_no_written_passage_is_taken_from_the_gold():
    if not GOLD.is_dir():
        pytest.skip("the labelled papers (../shared/gold) are not on this machine")
    ours = set()
    for one in records(WRITTEN):
        text = squash(one["snippet"])
        ours |= {text[at : at + SHARED_LETTERS] for at in range(len(text) - SHARED_LETTERS + 1)}
    for path in sorted(GOLD.glob("*.jsonl")):
        for record in records(path):
            for gold in record.get("snippets", record.get("passages", [record])):
                text = squash(gold.get("snippet") or "")
                assert not any(text[at : at + SHARED_LETTERS] in ours for at in range(len(text))), path.name
