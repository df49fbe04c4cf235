"""The loop: passages out by uncertainty, decisions back, records without text, and training that places them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import seedaudit
from seedaudit.batch.store import read_study
from seedaudit.cli import cli
from seedaudit.findings import Audit
from seedaudit.training import standoff
from seedaudit.training.rebuild import lessons

SAMPLES = Path(__file__).parents[2] / "corpus" / "samples"
NAMES = ("two-column", "settings-table", "neutral-mentions")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, list(map(str, arguments)), prog_name="seedaudit")


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("papers")
    for name in NAMES:
        (folder / f"{name}.pdf").write_bytes((SAMPLES / name / f"{name}.pdf").read_bytes())
    return folder


@pytest.fixture(scope="module")
def made(papers: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("study") / "study.db"
    done = run("batch", papers, "--into", path, "--jobs", 1, "--quiet")
    assert done.exit_code == 0, done.output
    return path


@pytest.fixture
def study(made: Path, tmp_path: Path) -> Path:
    path = tmp_path / "study.db"
    path.write_bytes(made.read_bytes())
    return path


@pytest.fixture(scope="module")
def audits(papers: Path) -> dict[str, Audit]:
    return {name: seedaudit.audit(papers / f"{name}.pdf") for name in NAMES}


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def fill(file: Path, text: str, *answers: tuple[str, str, str]) -> Path:
    """A labelling file whose first rows have these answers."""
    filled = rows(text)
    for row, (judgement, should_be, note) in zip(filled, answers, strict=False):
        row |= {"judgement": judgement, "should_be": should_be, "note": note}
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, filled[0])
        writer.writeheader()
        writer.writerows(filled)
    return file


def exported(file: Path, audit: Audit, *decisions: tuple[int, str, str | None]) -> Path:
    """What the report of ``audit`` exports: a decision on each of these findings."""
    made = [
        {
            "use": audit.findings[at].use, "page": audit.findings[at].page, "start": audit.findings[at].start,
            "end": audit.findings[at].end, "quote_sha256": audit.findings[at].quote_sha256, "decision": decision,
            "note": "seen",
        } | ({} if should_be is None else {"should_be": should_be})
        for at, decision, should_be in decisions
    ]  # fmt: skip
    paper = {"source": audit.source, "id": audit.id, "sha256": audit.sha256, "decisions": made}
    tool = {"name": "seedaudit", "version": "0", "rules": "0", "model": "0"}
    file.write_text(json.dumps({"schema": 1, "kind": "seedaudit-decisions", "tool": tool, "papers": [paper]}))
    return file


def test_the_most_uncertain_passages_come_first_and_decided_ones_no_more(
    study: Path, tmp_path: Path, audits: dict[str, Audit]
) -> None:
    everything = rows(run("label", study, "--next", 1000).output)
    confidence = {
        (audit.sha256, f"finding {at + 1} {one.quote_sha256[:12]}"): one.confidence
        for audit in audits.values()
        for at, one in enumerate(audit.findings)
    }
    told = [confidence[row["sha256"], row["row"]] for row in everything]
    assert len(told) == len(confidence)
    assert told == sorted(told)
    assert told[0] < told[-1]
    two = run("label", study, "--next", 2).output
    assert rows(two) == everything[:2]
    records = tmp_path / "mine.jsonl"
    done = run(
        "label", study, fill(tmp_path / "a.csv", two, ("right", "", ""), ("unsure", "", "")), "--records", records
    )
    assert done.exit_code == 0, done.output
    assert "2 decisions kept, 2 labels in" in done.output
    assert rows(run("label", study, "--next", 2, "--records", records).output) == everything[2:4]
    with read_study(study) as opened:
        assert opened.judgements() == []  # chosen passages say nothing of how often the tool is right


def test_decisions_become_records_and_training_places_them(study: Path, papers: Path, tmp_path: Path) -> None:
    text = run("label", study, "--next", 4).output
    answers = (
        ("right", "", ""), ("other", "data-sampling", "a draw"), ("wrong", "", "no"), ("wrong", "decoding", ""),
    )  # fmt: skip
    records = tmp_path / "mine.jsonl"
    assert run("label", study, fill(tmp_path / "a.csv", text, *answers), "--records", records).exit_code == 0
    kept = {label.note: label for paper in standoff.read_records([records]) for label in paper.labels if label.note}
    assert (kept["a draw"].label, kept["a draw"].decision, kept["no"].teaches) == ("data-sampling", "other", False)
    learned, remarks = lessons(records, [papers])
    said = [row["said"] for row in rows(text)]
    labels = sorted(passage["label"] for paper in learned for passage in paper["passages"])
    assert labels == sorted([said[0], "data-sampling", "decoding"])
    assert "3 labels placed, 0 not; 1 say what is wrong" in remarks[-1]
    words = {word for row in rows(text) for word in row["quote"].split() if len(word) > 7 and word.isalpha()}
    held = records.read_text(encoding="utf-8")
    assert not {word for word in words if word in held}


def test_decisions_of_a_report_are_added_to_the_study(study: Path, tmp_path: Path, audits: dict[str, Audit]) -> None:
    sample = rows(run("report", study, "--sample", 3, "--random-state", 1).output)
    answers = [("right" if row["row"] == "verdict" else "", "", "") for row in sample]
    text = run("report", study, "--sample", 3, "--random-state", 1).output
    assert "3 judgements taken" in run("label", study, fill(tmp_path / "sample.csv", text, *answers)).output
    audit = audits["neutral-mentions"]
    file = exported(tmp_path / "decisions.json", audit, (0, "wrong", None), (1, "unsure", None), (2, "wrong", "tuning"))
    records = tmp_path / "mine.jsonl"
    done = run("label", study, file, "--records", records)
    assert done.exit_code == 0, done.output
    assert "2 judgements taken" in done.output
    assert "3 decisions kept" in done.output
    with read_study(study) as opened:
        judged = [(one.judgement, one.should_be) for one in opened.judgements()]
    assert sorted(judged) == [("other", "tuning"), ("right", ""), ("right", ""), ("right", ""), ("wrong", "")]
    (paper,) = standoff.read_records([records])
    assert [(one.label, one.decision) for one in paper.labels] == [
        (audit.findings[0].use, "wrong"), (audit.findings[1].use, "unsure"), ("tuning", "other"),
    ]  # fmt: skip
    assert paper.sha256 == audit.sha256


def test_an_audit_as_json_or_a_paper_gives_records_too(papers: Path, tmp_path: Path, audits: dict[str, Audit]) -> None:
    audit = audits["two-column"]
    file = exported(tmp_path / "decisions.json", audit, (0, "right", None))
    printed = tmp_path / "audit.json"
    printed.write_text(run("audit", papers / "two-column.pdf", "--format", "json", "--all").output, encoding="utf-8")
    from_text, from_paper = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    assert run("label", printed, file, "--records", from_text).exit_code == 0
    assert run("label", papers / "two-column.pdf", file, "--records", from_paper).exit_code == 0
    for records in (from_text, from_paper):
        learned, remarks = lessons(records, [papers])
        assert "1 labels placed, 0 not" in remarks[-1]
        assert learned[0]["passages"][0]["label"] == audit.findings[0].use
        assert learned[0]["passages"][0]["page"] == audit.findings[0].page
    chosen = rows(run("label", printed, "--next", 3).output)
    filled = fill(tmp_path / "a.csv", run("label", printed, "--next", 3).output, ("right", "", ""))
    assert run("label", printed, filled, "--records", from_text).exit_code == 0
    assert chosen[0]["sha256"] == audit.sha256


def test_a_record_is_found_in_another_copy_of_the_paper(study: Path, papers: Path, tmp_path: Path) -> None:
    text = run("label", study, "--next", 3).output
    records = tmp_path / "mine.jsonl"
    answers = [("right", "", "")] * 3
    assert run("label", study, fill(tmp_path / "a.csv", text, *answers), "--records", records).exit_code == 0
    other = tmp_path / "other"
    other.mkdir()
    for path in papers.iterdir():  # other bytes, the same pages
        (other / path.name).write_bytes(path.read_bytes() + b"\n% another copy\n")
    assert {hashlib.sha256(path.read_bytes()).hexdigest() for path in other.iterdir()}.isdisjoint(
        row["sha256"] for row in rows(text)
    )
    learned, remarks = lessons(records, [other])
    assert not learned  # neither bytes, id nor title say which paper it is
    assert "3 not;" in remarks[-1]
    named = [
        standoff.LabelledPaper(f"acl:{path.stem}", one.sha256, "review", "review", one.labels)
        for one in standoff.read_records([records])
        for path in papers.iterdir()
        if hashlib.sha256(path.read_bytes()).hexdigest() == one.sha256
    ]
    records.write_text(standoff.to_lines(named), encoding="utf-8")
    learned, remarks = lessons(records, [other])
    assert "3 labels placed, 0 not" in remarks[-1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["STUDY", "CSV", "--next", "3"], "two steps"),
        (["PAPER", "CSV"], "no study"),
        (["STUDY", "DONE"], "--records FILE"),
        (["nothing.db"], "cannot be read"),
        (["nothing"], "nothing"),
        (["CSV", "CSV", "--records", "x"], "is no PDF"),
        (["STUDY", "EMPTY"], "the columns must be"),
        (["STUDY", "PAPER"], "cannot be read"),
        (["STUDY", "WORD"], "'perhaps' is no judgement"),
        (["STUDY", "OTHER"], "'' is no use"),
        (["STUDY", "STRANGE"], "no such passage now"),
        (["STUDY", "DECISIONS"], "is no file of decisions"),
    ],
)
def test_wrong_calls_are_said(study: Path, papers: Path, tmp_path: Path, arguments: list[str], said: str) -> None:
    text = run("label", study, "--next", 2).output
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "decisions.json").write_text("{}")
    files = {
        "STUDY": study, "PAPER": papers / "two-column.pdf", "EMPTY": tmp_path / "empty.csv",
        "CSV": fill(tmp_path / "a.csv", text),
        "DONE": fill(tmp_path / "e.csv", text, ("right", "", "")),
        "WORD": fill(tmp_path / "b.csv", text, ("perhaps", "", "")),
        "OTHER": fill(tmp_path / "c.csv", text, ("other", "", "")),
        "STRANGE": fill(tmp_path / "d.csv", text.replace(rows(text)[0]["sha256"], "0" * 64), ("right", "", "")),
        "DECISIONS": tmp_path / "decisions.json",
    }  # fmt: skip
    done = run("label", *(files.get(one, one) for one in arguments))
    assert done.exit_code in {2, 3}
    assert said in done.output
    assert "Traceback" not in done.output


def test_a_decision_on_what_is_no_longer_found_is_told(study: Path, tmp_path: Path, audits: dict[str, Audit]) -> None:
    audit = audits["two-column"]
    file = exported(tmp_path / "decisions.json", audit, (0, "right", None))
    file.write_text(file.read_text().replace(audit.findings[0].quote_sha256, "0" * 64))
    done = run("label", study, file, "--records", tmp_path / "mine.jsonl")
    assert done.exit_code == 0
    assert "there is no such passage now" in done.output
    assert "0 decisions kept" in done.output
