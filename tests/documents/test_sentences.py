"""Sentences end where a reader would end them."""

from __future__ import annotations

import time

import pytest

from seedaudit.documents.document import Block, Document
from seedaudit.documents.sentences import sentence_at, sentences


def document(*blocks):
    text = "\n\n".join(blocks)
    spans = []
    at = 0
    for block in blocks:
        spans.append(Block(at, at + len(block), 1, "body"))
        at += len(block) + 2
    return Document(text, tuple(spans), (), 1)


def split(text):
    paper = document(text)
    return [text[start:end] for start, end in sentences(paper, 0, len(text))]


@pytest.mark.parametrize(
    "sentence",
    [
        "We follow Smith et al. (2020) and others.",
        "See Fig. 3, Sec. 4.2 and Eq. (1) for it.",
        "It is stable, i.e. Adam works, e.g. BERT.",
        "The score was 0.5 Higher is better.",
        "J. R. Smith ran it vs. A. Jones.",
        "Run No. 5 and vol. 3 are meant.",
        "It grows w.r.t. N and resp. BERT does.",
        "1. First item of a list.",
    ],
)
def test_no_end_inside(sentence):
    assert split(f"{sentence} Next one.") == [sentence, "Next one."]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("We used it [3]. Then more.", ["We used it [3].", "Then more."]),
        ("We used it.[3] Then more.", ["We used it.[3]", "Then more."]),
        ("We use five seeds.2 Then we stop.", ["We use five seeds.2", "Then we stop."]),
        ("It is in Appendix A. We go on.", ["It is in Appendix A.", "We go on."]),
        ("Really? Yes! (It is.) Good.", ["Really?", "Yes!", "(It is.)", "Good."]),
        ("The answer is no. We stop, etc. Later more.", ["The answer is no.", "We stop, etc.", "Later more."]),
        ("Random seed 42\nRate 0.1", ["Random seed 42", "Rate 0.1"]),
    ],
)
def test_ends(text, parts):
    assert split(text) == parts


def test_no_sentence_crosses_a_block():
    paper = document("First one. Second", "third. Fourth.")
    assert sentence_at(paper, paper.text.index("Second")) == (11, 17)
    assert [paper.text[a:b] for a, b in sentences(paper, 12, 24)] == ["Second", "third."]


@pytest.mark.parametrize("text", ["." * 100_000 + " A", "a.[1 " * 20_000, ").)" * 30_000, ". " * 50_000])
def test_time_is_linear(text):
    start = time.process_time()
    split(text)
    assert time.process_time() - start < 1
