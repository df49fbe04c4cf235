"""Labels without text: what names a passage, and where it is found again."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from seedaudit import resources
from seedaudit.documents.text import read_text
from seedaudit.errors import UsageError
from seedaudit.training import standoff
from seedaudit.training.standoff import Label, LabelledPaper, Letters, mark, place

TEXT = (
    "We compare three taggers on the harbour corpus. Each of them was trained five times with different random seeds, "
    "and we report the mean and the standard deviation of the F1 score on the test part. The vocabulary is kept small. "
    "All other settings follow the earlier study of canal barges, which used another corpus of shipping notices. "
)
START = TEXT.index("seeds")
END = START + len("seeds")


def found(text: str, **more: object) -> str | None:
    there = place(mark(Letters(TEXT), START, END), Letters(text), **more)  # type: ignore[arg-type]
    return None if there is None else text[there.start : there.end]


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "Something else goes before. " * 20 + TEXT,
        TEXT.replace("different", "diff\u00aderent").replace(" random seeds", "\nran-\ndom\nseeds"),
        TEXT.replace("five", "\ufb01ve").replace("standard deviation", "standard devia- tion"),
        TEXT.upper(),
        TEXT.replace("times with", "times 217 with"),  # a line number in the middle of a window
        TEXT.replace("The vocabulary is kept small.", "Figure 3: Loss over training steps."),
        TEXT[TEXT.index("with different") :],  # the column begins here
    ],
    ids=["same", "later", "hyphens", "ligatures", "capitals", "line number", "other end", "cut off"],
)
def test_a_passage_is_found_in_another_setting_of_its_text(text: str) -> None:
    assert (found(text) or "").lower() == "seeds"


def test_a_passage_that_is_not_there_is_not_found() -> None:
    assert found("We fix the random seed to 42 and train the harbour model for ten epochs on another machine.") is None
    assert found("") is None
    assert found(TEXT.replace("trained five times with different random seeds", "trained once")) is None


def test_of_two_places_the_one_on_the_page_is_taken_and_without_pages_none() -> None:
    twice = TEXT + "Something else stands between the two. " * 9 + TEXT
    assert found(twice) is None
    pages = [(0, 1), (len(TEXT), 2), (len(twice) - len(TEXT), 5)]
    letters = Letters(twice)
    named = mark(Letters(TEXT), START, END)
    first, last = place(named, letters, pages, 1), place(named, letters, pages, 5)
    assert first is not None
    assert last is not None
    assert (first.start, last.start) == (START, len(twice) - len(TEXT) + START)


def test_offsets_count_only_in_the_same_bytes() -> None:
    document = read_text(TEXT.encode(), markdown=False, name="one.txt")
    named = mark(Letters(TEXT), START, END)
    there = document.text.index("seeds")
    label = Label(None, there, there + 5, named, "seed-comparison")
    moved = dataclasses.replace(label, start=0, end=5)  # "We co" is not what was labelled
    for one, same in ((label, True), (label, False), (moved, True)):
        where = standoff.place_label(one, document, Letters(document.text), same_file=same)
        assert where is not None
        assert (where.start, where.end) == (there, there + 5)


def test_a_file_of_records_is_read_as_it_was_written(tmp_path: Path) -> None:
    named = mark(Letters(TEXT), START, END)
    paper = LabelledPaper(
        "pmlr:v1/one21a", None, "train", "ours",
        (Label(3, None, None, named, "tuning", ("sensitivity",), care=False),
         Label(None, 4, 9, named, "tuning", decision="wrong", note="not kept")),
        title="0" * 16, volumes=("2023.acl-long",), search="own", verdict="safe", verdict_also=("none",),
    )  # fmt: skip
    file = tmp_path / "labels.jsonl"
    file.write_text(standoff.to_lines([paper]), encoding="utf-8")
    assert standoff.read_records([file]) == [paper]
    assert [label.teaches for label in paper.labels] == [True, False]


def test_no_word_of_a_passage_is_in_its_record() -> None:
    line = standoff.to_lines(
        [
            LabelledPaper(
                None, "a" * 64, "review", "x", (Label(1, START, END, mark(Letters(TEXT), START, END), "tuning"),)
            )
        ]
    )
    assert not {word for word in TEXT.lower().replace(".", "").split() if len(word) > 5 and word in line.lower()}


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ("{", "line 1: not a record of labels"),
        ("[]", "line 1"),
        ('{"paper": null, "sha256": null, "split": "held-out", "set": "x", "labels": []}', "unknown split"),
        ('{"paper": 7, "sha256": null, "split": "dev", "set": "x", "labels": []}', "7 is no text"),
        ('{"paper": null, "sha256": null, "split": "dev", "set": "x", "labels": [{}]}', "windows"),
    ],
)
def test_a_record_that_is_off_is_told_with_file_and_line(tmp_path: Path, record: str, said: str) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text(record + "\n", encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        standoff.read_records([file])
    with pytest.raises(UsageError, match="cannot be read"):
        standoff.read_records([tmp_path / "none.jsonl"])


def test_a_newer_label_replaces_the_one_before() -> None:
    label = Label(1, START, END, mark(Letters(TEXT), START, END), "tuning")
    other = dataclasses.replace(label, start=0, end=2, mark=mark(Letters(TEXT), 0, 2))
    paper = LabelledPaper(None, "a" * 64, "review", "x", (label, other))
    newer = dataclasses.replace(paper, labels=(dataclasses.replace(label, label="ensembling"),))
    (merged,) = standoff.merge([paper], [newer])
    assert [one.label for one in merged.labels] == ["ensembling", "tuning"]
    assert len(standoff.merge([paper], [dataclasses.replace(newer, sha256="b" * 64)])) == 2


def test_the_labels_that_ship_hold_no_text_and_are_what_the_card_says() -> None:
    file = resources.labels()
    papers = standoff.read_records([file])
    assert {paper.split for paper in papers} == {"train", "dev"}
    keys = {"page", "start", "end", "letters", "hash", "windows", "label", "also", "care", "confidence"}
    for line in file.read_text(encoding="utf-8").splitlines():
        for label in json.loads(line)["labels"]:
            assert set(label) <= keys
    card = (Path(__file__).parents[2] / "corpus" / "README.md").read_text(encoding="utf-8")
    for name in sorted({paper.set for paper in papers}):
        of = [paper for paper in papers if paper.set == name]
        labels = [label for paper in of for label in paper.labels]
        with_offsets = sum(label.start is not None for label in labels)
        assert f"| `{name}` | {of[0].split} | {len(of)} | {len(labels)} | {with_offsets} |" in card


def test_titles_are_known_where_they_are_cut_short() -> None:
    whole = "Barges and Seeds: A Study of Harbour-Side Tagging at Scale"
    assert standoff.title_hash(whole) == standoff.title_hash("Barges-and-Seeds-A-Study-of-Harbour-Side-Tagging-at-S")
    assert standoff.title_hash(whole) != standoff.title_hash("Seeds and Barges: A Study of Harbour-Side Tagging")
