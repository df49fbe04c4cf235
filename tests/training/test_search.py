"""Learning what tells of a hyperparameter search, from papers made up here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from seedaudit.detection.search_evidence import LABELS, Thresholds, features_of, find_passages, load_model
from seedaudit.training.search import Hyperparameters, choose_thresholds, cross_validate, fit, main, save
from seedaudit.training.search_examples import Paper, Told, hash_of, read, read_told

TUNED = "We report accuracy. We ⟦tune the learning rate⟧ {} on the validation set by grid search. Training is short."
TAKEN = "We report accuracy. We ⟦use the same hyperparameters⟧ {} as selected by earlier work. Training is short."
SUBJECTS = (
    *("for every corpus", "of the encoder", "of the parser", "with care", "for each language", "once"),
    *("of all layers", "in the pilot", "per domain", "for the tagger", "by hand", "in both parts"),
)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Two dozen papers with labelled snippets, and one of which only the level is known."""
    labelled, levels = tmp_path / "snippets.jsonl", tmp_path / "levels.jsonl"
    records = [
        {"paper": f"{level}-{at}", "search": level, "snippets": [snippet(text.format(subject), label)]}
        for at, subject in enumerate(SUBJECTS)
        for level, label, text in (("own", "own", TUNED), ("none", "stated", TAKEN))
    ]
    labelled.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    beside = {"snippet": "The ⟦seed⟧ is fixed and the best hyperparameters of others are kept."}
    levels.write_text(json.dumps({"paper": "beside", "search": "none", "passages": [beside]}) + "\n", encoding="utf-8")
    return [labelled, levels]


def snippet(text: str, label: str) -> dict[str, object]:
    return {"snippet": text, "label": label, "confidence": 0.9}


def test_reads_labelled_passages_and_those_beside_them(files: list[Path]) -> None:
    papers, examples = read(files)
    assert len(papers) == 25
    assert [paper.id for paper in papers if not paper.judged] == ["beside"]
    assert {one.label for one in examples if one.paper.startswith("own")} == {"own"}
    beside = [one for one in examples if one.paper == "beside"]
    assert {(one.label, one.weight < 0.5) for one in beside} == {("other", True)}


def test_learns_from_no_paper_that_is_kept_for_testing(files: list[Path]) -> None:
    first, *others = files[0].read_text(encoding="utf-8").splitlines(keepends=True)
    files[0].write_text(json.dumps(json.loads(first) | {"split": "dev"}) + "\n" + "".join(others), encoding="utf-8")
    papers, examples = read(files)
    kept_out = json.loads(first)["paper"]
    assert len(papers) == 24
    assert kept_out not in {paper.id for paper in papers} | {one.paper for one in examples}


BESIDE = "The ⟦seed⟧ is 3. We took the network of earlier work. The dropout was tuned on the validation set, by hand."


def told_of(text: str) -> tuple[str, str]:
    """The text without brackets, and the hash of the one passage in it that may tell of a search."""
    plain = text.replace("⟦", "").replace("⟧", "")
    (span,) = find_passages(plain)
    return plain, hash_of(plain, *span)


@pytest.mark.parametrize(
    "record",
    [
        {"paper": "c", "passages": [{"snippet": BESIDE, "label": "fixed-seed"}]},
        {"paper": "c", "search": "none", "passages": [{"snippet": BESIDE}]},
        {"id": "p1", "source": "c", "snippet": BESIDE, "label": "fixed-seed"},
    ],
)
def test_a_passage_beside_the_labelled_one_is_learned_from_where_its_hash_is_told(
    tmp_path: Path, record: dict[str, object]
) -> None:
    file = tmp_path / "beside.jsonl"
    file.write_text(json.dumps(record) + "\n", encoding="utf-8")
    _, named = told_of(BESIDE)
    _, examples = read([file], {named: Told("own", 0.8)})
    assert [(one.label, one.weight, one.paper, one.shown) for one in examples] == [("own", 0.8, "c", False)]
    assert [one.label for one in read([file])[1]] == (["other"] if "search" in record else [])


def test_what_is_told_beside_a_judged_paper_does_not_enter_its_level(files: list[Path], tmp_path: Path) -> None:
    beside = tmp_path / "beside.jsonl"
    beside.write_text(json.dumps({"paper": "own-0", "search": "own", "passages": [{"snippet": BESIDE}]}) + "\n")
    papers, examples = read([*files, beside], {told_of(BESIDE)[1]: Told("own", 0.8)})
    assert sum(paper.id == "own-0" for paper in papers) == 1
    assert [one.shown for one in examples if one.paper == "own-0"] == [True, False]


def test_a_written_passage_needs_no_paper(tmp_path: Path) -> None:
    file = tmp_path / "written.jsonl"
    file.write_text(json.dumps({"id": "q1", "snippet": TUNED.format("twice"), "label": "own"}) + "\n", encoding="utf-8")
    papers, examples = read([file])
    assert papers == []
    assert {(one.label, one.paper) for one in examples} == {("own", "q1")}


@pytest.mark.parametrize("line", ["{", "[]", '{"hash": "0", "label": "mine", "confidence": 1}', '{"hash": "0"}'])
def test_a_label_that_is_off_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"labels\.jsonl, line 1"):
        read_told(file)


@pytest.mark.parametrize(
    "line", ["{", "{}", json.dumps({"paper": "a", "search": "own", "snippets": [snippet("no ⟦tuning⟧ here", "mine")]})]
)
def test_a_record_that_is_off_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "off.jsonl"
    file.write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"off\.jsonl, line 1"):
        read([file])


def test_learns_what_separates_the_papers(files: list[Path]) -> None:
    papers, examples = read(files)
    validation = cross_validate(papers, examples, Hyperparameters(inverse_penalty=10), folds=3, random_states=(0, 1))
    assert len(validation.some) == 2
    assert min(validation.some) > 0.75


def test_thresholds_lie_between_the_papers_they_part() -> None:
    def chances(own: float, whole: float) -> np.ndarray:
        rest = [0.0] * (len(LABELS) - 3)
        return np.array([[own, whole, *rest, 1 - own - whole]])

    papers = [
        (Paper("a", "none", True), chances(0.1, 0.0)),
        (Paper("b", "own", True), chances(0.7, 0.1)),
        (Paper("c", "all", True), chances(0.2, 0.7)),
    ]
    thresholds = choose_thresholds(papers, 0.5)
    assert 0.1 < thresholds.some < 0.8
    assert 0.1 < thresholds.all < 0.7


def test_what_is_written_is_what_was_learned(files: list[Path], tmp_path: Path) -> None:
    _, examples = read(files)
    model = fit(examples, Hyperparameters(), Thresholds(0.5, 0.4))
    for name in ("one.npz", "two.npz"):
        save(model, tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    loaded = load_model(tmp_path / "one.npz")
    text = "We tune the learning rate on the validation set."
    (span,) = find_passages(text)
    np.testing.assert_allclose(loaded.chances([features_of(text, *span)]), model.chances([features_of(text, *span)]))
    assert loaded.thresholds == model.thresholds


def test_command_writes_weights_and_tells_figures(
    files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "weights.npz"
    assert main([*map(str, files), "--output", str(output), "--repetitions", "1"]) == 0
    assert output.is_file()
    assert "none-or-some" in capsys.readouterr().out


def test_command_tells_how_many_labels_it_has_found(
    files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels, beside = tmp_path / "labels.jsonl", tmp_path / "beside.jsonl"
    beside.write_text(json.dumps({"paper": "c", "passages": [{"snippet": BESIDE}]}) + "\n", encoding="utf-8")
    hashes = (told_of(BESIDE)[1], "0" * 16)
    labels.write_text("".join(json.dumps({"hash": one, "label": "own", "confidence": 1}) + "\n" for one in hashes))
    written = tmp_path / "weights.npz"
    said = [*map(str, files), str(beside), "--labels", str(labels), "--output", str(written), "--repetitions", "1"]
    assert main(said) == 0
    assert "1 of 2 labels belong to a passage of these files" in capsys.readouterr().out


def test_command_names_a_file_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "missing.jsonl")]) == 2
    assert "missing.jsonl" in capsys.readouterr().err


@pytest.mark.parametrize("line", ["", json.dumps({"paper": "a", "search": "none", "split": "dev", "snippets": []})])
def test_command_asks_for_papers_to_learn_from(tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str) -> None:
    file = tmp_path / "none.jsonl"
    file.write_text(f"{line}\n" if line else "", encoding="utf-8")
    assert main([str(file), "--output", str(tmp_path / "weights.npz")]) == 2
    assert "0 papers for training with labelled snippets are too few" in capsys.readouterr().err
    assert not (tmp_path / "weights.npz").exists()
