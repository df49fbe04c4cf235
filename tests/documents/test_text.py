"""Plain text and markdown of papers read as their PDFs would."""

from __future__ import annotations

import pytest

from seedaudit.documents.reader import read
from seedaudit.documents.text import read_text
from seedaudit.errors import UnreadablePaperError
from seedaudit.sources.paper import Paper

PAGE = """A Study of Gardens
{number}
The plants of row {number} were watered by a robot whose policy
is trained with five random seeds, and we give the mean of the ran-
dom returns that it reached in every week of summer {number}.
Then it rained for {word}, and nothing more was measured here.
Only {word} plants were left {word} by {word} when it was over.
"""


def text_of(text, **options):
    return read_text(text.encode(), markdown=False, **options)


def test_wrapped_lines_become_paragraphs():
    document = text_of("We average all results over five\nrandom seeds, as is usual.\n\nThe next one stands alone.\n")
    assert document.text == "We average all results over five random seeds, as is usual.\n\nThe next one stands alone."
    assert document.pages is None
    assert document.blocks[0].page is None


def test_form_feeds_part_pages_and_heads_are_left_out():
    document = text_of("\f".join(PAGE.format(number=n, word="abcde"[n - 1] * 6) for n in range(1, 6)))
    assert document.pages == 5
    assert "A Study of Gardens" not in document.text
    assert "the mean of the random returns" in document.text
    at = document.text.index("row 4")
    assert document.locate(at, at + 5).page == 4
    assert document.locate(at, at + 5).boxes is None


def test_headings_part_sections():
    document = text_of(
        "1\nIntroduction\nWe begin with a sentence about the seeds of plants that\nis long enough to fill its lines.\n"
        "2\nExperiments\nAll scores are means over ten random seeds, as they are\ncommonly given in this field.\n"
        "References\nAnn Author. 2019. A seed for all. In Proceedings of Gardening.\n"
    )
    assert [(section.title, section.kind) for section in document.sections] == [
        ("1 Introduction", "body"), ("2 Experiments", "body"), ("References", "references"),
    ]  # fmt: skip
    assert document.blocks[-1].kind == "reference"


@pytest.mark.parametrize("data", ["Graf Zähle sät.".encode("cp1252"), b"\xef\xbb\xbf" + "Graf Zähle sät.".encode()])
def test_encodings(data):
    assert read_text(data, markdown=False).text == "Graf Zähle sät."


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b" \n", "empty"),
        (b"%PDF-1.5\n\x01\x02", "not-text"),
        (b"\0\1\2\3" * 50, "not-text"),
        (b"12 34", "no-text"),
    ],
)
def test_what_is_no_text_says_so(data, kind):
    with pytest.raises(UnreadablePaperError) as caught:
        read_text(data, markdown=False, name="x.txt")
    assert caught.value.kind == kind
    assert "x.txt" in caught.value.message


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("We use $5$ seeds.", "We use 5 seeds."),
        ("We use **five** *random* seeds.", "We use five random seeds."),
        ("As [Author et al.](#page-3-1) did with $n = 5$ runs.", "As Author et al. did with n = 5 runs."),
        (r"Scores [\(Author,](#page-1) 2020) are $1.0 \pm 0.2$.", "Scores (Author, 2020) are 1.0 ± 0.2."),
        ("Over five seeds<sup>2</sup> each.", "Over five seeds each."),
        ("In 10<sup>5</sup> steps.", "In 10^5 steps."),
        ('<span id="p1"></span>One<br>two &amp; three.', "One two & three."),
        ("Seeds in `train.py` are $\\{1, 2, 3\\}$.", "Seeds in train.py are {1, 2, 3}."),
        ("![A picture](img.png)We see it.", "We see it."),
        ("random_state and max_depth stay.", "random_state and max_depth stay."),
    ],
)
def test_markup_is_read_as_its_reader_sees_it(written, read):
    assert read_text(written.encode(), markdown=True).text == read


def test_markdown_tables_have_rows():
    document = read_text(
        b"Before it.\n\n| Setting | Value |\n|---|---|\n| Random seed | 42 |\n\n"
        b"<table><tr><th>Seed</th><td>7</td></tr><tr><td>Rate</td><td>0.1</td></tr></table>\n",
        markdown=True,
    )
    tables = [document.text[block.start : block.end] for block in document.blocks if block.kind == "table"]
    assert "Random seed 42" in tables[0].split("\n")
    assert "Seed 7" in "\n".join(tables).split("\n")


def test_markdown_outline():
    document = read_text(
        b"# On Seeds\n\nBy Ann Author\n\n# ABSTRACT\n\nShort.\n\n# 1. Introduction\n\nWe begin.\n\n"
        b"## Our Own Way\n\nMore.\n\n"
        b"# References\n\n- Ann Author. A seed. 2020.\n\n# A Extra Results\n\nTen seeds here.\n",
        markdown=True,
    )
    assert document.title == "On Seeds"
    assert [(section.title, section.kind) for section in document.sections] == [
        ("On Seeds", "front"), ("ABSTRACT", "body"), ("1 Introduction", "body"), ("Our Own Way", "body"),
        ("References", "references"), ("A Extra Results", "appendix"),
    ]  # fmt: skip


def test_reader_chooses_by_form_and_keeps_what_the_source_knows():
    paper = Paper("x.md", "markdown", b"# Other\n\nWe use **five** seeds.", title="Known", year=2020)
    document = read(paper)
    assert (document.title, document.year) == ("Known", 2020)
    assert "five seeds" in document.text
    assert read(Paper("x.txt", "text", b"We use five seeds here.")).text == "We use five seeds here."
