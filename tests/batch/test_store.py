"""The study as a file: what goes in comes out, whole and only once."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from seedaudit.batch import store
from seedaudit.batch.store import Entry, Judgement, Study, open_study, read_study
from seedaudit.batch.work import Cost, Outcome
from seedaudit.errors import StudyError
from seedaudit.findings import Tool

from ..reporting import made_up

TOOL = made_up.TOOL


def enrolled(study: Study, *sources: str) -> dict[str, int]:
    study.enrol(Entry(f"/{source}", source, "file") for source in sources)
    return {entry.source: number for number, entry, _ in study.named()}


@pytest.mark.parametrize("result", [*made_up.EVERYTHING, made_up.hostile(), made_up.HOSTILE_FAILURE])
def test_a_result_comes_back_as_it_was(study: Study, result) -> None:
    number = enrolled(study, "one.pdf")["one.pdf"]
    cost = Cost(1.5, 0.5, 2, 170)
    study.store(Outcome(number, result, cost), TOOL, "10:20")
    [stored] = study.results()
    assert stored == store.Stored(number, Entry("/one.pdf", "one.pdf", "file"), result, cost, TOOL)


def test_a_name_that_is_no_utf8_is_found_again(study: Study) -> None:
    name = "caf\udce9.pdf"
    number = enrolled(study, name)[name]
    study.store(Outcome(number, made_up.RED), TOOL, "")
    assert study.find(name).entry.source == name
    assert enrolled(study, name) == {name: number}


def test_a_new_result_replaces_the_old_one(study: Study) -> None:
    number = enrolled(study, "one.pdf")["one.pdf"]
    study.store(Outcome(number, made_up.RED), TOOL, "1:1")
    study.judge([Judgement(number, 0, "fixed-seed", "right", "", "")])
    study.store(Outcome(number, made_up.FAILED), replace(TOOL, rules="other"), "2:2")
    [stored] = study.results()
    assert stored.result == made_up.FAILED
    assert study.judgements() == []
    assert study.query("SELECT count(*) FROM findings")[1] == [(0,)]
    assert study.tools() == {replace(TOOL, rules="other"): 1}


def test_an_unchanged_paper_keeps_its_result(study: Study) -> None:
    number = enrolled(study, "one.pdf")["one.pdf"]
    study.store(Outcome(number, made_up.RED), TOOL, "1:1")
    study.store(Outcome(number, None), TOOL, "1:2")
    [(_, _, known)] = study.named()
    assert known == store.Known(TOOL, made_up.RED.sha256, "1:2", False)
    assert [stored.result for stored in study.results()] == [made_up.RED]


def test_papers_are_counted_once_and_in_order(study: Study) -> None:
    assert study.enrol(Entry(f"/{name}", name, "file") for name in ("b", "a", "b")) == 2
    assert [entry.source for _, entry, _ in study.named(step=1)] == ["b", "a"]
    assert study.enrol([Entry("/c", "c", "file"), Entry("/a", "a", "file", year=2020, venue="ACL")]) == 2
    assert [(entry.source, entry.year) for _, entry, _ in study.named()] == [("c", None), ("a", 2020)]
    assert study.counts() == store.Counts(3, 0, 0, {})
    assert study.counts(named=True).papers == 2


def test_what_a_list_says_goes_before_what_a_host_says_and_is_not_lost(study: Study) -> None:
    study.enrol([Entry("/a", "a", "arxiv", year=2020), Entry("/b", "b", "arxiv", title="Mine", venue="ACL")])
    for number, _, _ in list(study.named()):
        study.describe(number, title="Theirs", year=2021, venue="EMNLP")
    study.enrol([Entry("/a", "a", "arxiv"), Entry("/b", "b", "arxiv", venue="COLING")])
    assert [(one.title, one.year, one.venue) for _, one, _ in study.named()] == [
        ("Theirs", 2020, "EMNLP"),
        ("Mine", 2021, "COLING"),
    ]


def test_an_interrupted_transaction_leaves_nothing(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    number = enrolled(study, "one.pdf")["one.pdf"]
    study.store(Outcome(number, made_up.RED), TOOL, "1:1")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Study, "_finding", interrupted)
    with pytest.raises(KeyboardInterrupt):
        study.store(Outcome(number, made_up.CAUTION), TOOL, "2:2")
    [stored] = study.results()
    assert stored.result == made_up.RED


def test_a_reader_sees_what_is_stored_while_another_writes(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    with open_study(path) as study:
        numbers = enrolled(study, "one.pdf", "two.pdf")
        study.store(Outcome(numbers["one.pdf"], made_up.RED), TOOL, "")
        with read_study(path) as reader:
            assert reader.counts().done == 1
            study.store(Outcome(numbers["two.pdf"], made_up.SAFE), TOOL, "")
            assert reader.counts().done == 1  # one moment of the study
        with read_study(path) as reader:
            assert reader.counts().done == 2


def test_a_second_writer_is_told(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    code = (
        "import sys; from pathlib import Path; from seedaudit.batch.store import open_study\n"
        f"with open_study(Path({str(path)!r})): pass"
    )
    with open_study(path):
        second = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        with pytest.raises(StudyError) as caught, open_study(path):
            pass
    assert "Another process is writing to" in second.stderr
    assert caught.value.kind == "study-busy"
    with open_study(path):
        pass


def test_a_study_that_cannot_be_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    with open_study(path) as study:
        study.store(Outcome(enrolled(study, "one.pdf")["one.pdf"], made_up.RED), TOOL, "")
    connection = store._connect(path, "ro")
    assert Study(path, connection).counts().done == 1
    connection.close()


@pytest.mark.parametrize("opened", [open_study, read_study])
@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("no-study", lambda path: path.write_bytes(b"%PDF-1.5 " + b"x" * 5000)),
        ("no-study", lambda path: _database(path, "CREATE TABLE other (a)")),
        ("newer-study", lambda path: _database(path, f"PRAGMA application_id = {0x5EEDA0D1}; PRAGMA user_version = 9")),
        ("study-file", lambda path: path.parent.joinpath("nowhere")),
    ],
)
def test_other_files_are_refused(tmp_path: Path, opened, kind: str, make) -> None:
    path = tmp_path / "study.db"
    made = make(path)
    if isinstance(made, Path):
        path = made / "study.db"
        if opened is read_study:
            kind = "no-study"
    with pytest.raises(StudyError) as caught, opened(path):
        pass
    assert caught.value.kind == kind
    assert str(path) in caught.value.message
    assert caught.value.hint


def _database(path: Path, script: str) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()


def test_an_older_schema_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "study.db"
    with open_study(path) as study:
        study.store(Outcome(enrolled(study, "one.pdf")["one.pdf"], made_up.RED), TOOL, "")
    monkeypatch.setattr(store, "_MIGRATIONS", (*store._MIGRATIONS, "ALTER TABLE papers ADD COLUMN more TEXT;"))
    monkeypatch.setattr(store, "SCHEMA", 2)
    with pytest.raises(StudyError, match="earlier release"), read_study(path):
        pass
    with open_study(path) as study:
        assert study.query("SELECT more FROM papers")[1] == [(None,)]
        assert [stored.result for stored in study.results()] == [made_up.RED]


@pytest.mark.parametrize(
    "name", ["/papers/one.pdf", "one.pdf", "one", "./one.pdf", "arxiv:2404.00001v2", "2404.00001v2"]
)
def test_a_paper_is_found_by_any_of_its_names(study: Study, name: str) -> None:
    study.enrol([Entry("/papers/one.pdf", "one.pdf", "file"), Entry("/papers/100%_one.pdf", "100%_one.pdf", "file")])
    [(number, _, _), _] = study.named()
    study.store(Outcome(number, made_up.RED), TOOL, "")
    assert study.find(name).number == number


def test_a_paper_that_is_not_there_or_not_done_or_not_one_is_said(study: Study) -> None:
    study.enrol([Entry("/a/one.pdf", "a/one.pdf", "file"), Entry("/b/one.pdf", "b/one.pdf", "file")])
    for name, words in (
        ("two", "has no paper 'two'"),
        ("a/one.pdf", "not been audited"),
        ("one.pdf", "names 2 papers"),
        ("", "empty"),
        ("%", "has no paper"),
    ):
        with pytest.raises(StudyError, match=words):
            study.find(name)


def test_studies_are_joined(tmp_path: Path, study: Study) -> None:
    numbers = enrolled(study, "one.pdf", "two.pdf", "three.pdf", "four.pdf")
    study.store(Outcome(numbers["one.pdf"], made_up.RED), TOOL, "1:1")
    study.store(Outcome(numbers["two.pdf"], made_up.RED), TOOL, "2:2")
    study.store(Outcome(numbers["three.pdf"], made_up.FAILED), TOOL, "3:3")
    study.judge([Judgement(numbers["one.pdf"], 0, "data-sampling", "right", "", "seen")])
    newer = Tool("9", "r", "m")
    with open_study(tmp_path / "other.db", new=True) as other:
        theirs = enrolled(other, "five.pdf", "two.pdf", "one.pdf", "three.pdf")
        other.store(Outcome(theirs["one.pdf"], made_up.FAILED), newer, "")
        other.store(Outcome(theirs["two.pdf"], made_up.CAUTION), newer, "")
        other.store(Outcome(theirs["three.pdf"], made_up.SAFE), newer, "")
        with open_study(tmp_path / "both.db", new=True) as both:
            both.absorb(study)
            both.absorb(other)
            joined = {stored.entry.source: (stored.result, stored.tool) for stored in both.results()}
            assert joined == {
                "one.pdf": (made_up.RED, TOOL), "two.pdf": (made_up.CAUTION, newer), "three.pdf": (made_up.SAFE, newer),
            }  # fmt: skip
            assert both.counts() == store.Counts(5, 3, 0, {"red-flag": 1, "caution": 1, "safe": 1})
            assert [(one.said, one.note) for one in both.judgements()] == [("data-sampling", "seen")]
            both.enrol([Entry("/one.pdf", "one.pdf", "file")])
            assert [known.signature for _, _, known in both.named() if known] == ["1:1"]
    with pytest.raises(StudyError, match="exists already"), open_study(tmp_path / "other.db", new=True):
        pass
