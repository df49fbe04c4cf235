"""The commands around a study, from the first batch to the report with a person's judgements."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from seedaudit.cli import cli

from .conftest import SAMPLES, TEXT


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, list(map(str, arguments)), prog_name="seedaudit")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    (folder / "bad.pdf").write_bytes(b"no pdf")
    listed = folder / "list.txt"
    listed.write_text("\n".join(map(str, [*SAMPLES[:5], folder / "bad.pdf"])))
    done = run("batch", listed, "--into", folder / "study.db", "--jobs", 1)
    assert done.exit_code == 3, done.output
    assert "6 papers: 6 audited now, 0 as before, 1 failed" in done.output
    assert "failed (not-a-pdf)" in done.output
    return folder / "study.db"


def test_show_tells_the_study_and_a_paper(study: Path) -> None:
    told = run("show", study).output
    assert "6 papers, 6 done, 1 failed" in told
    assert "not-a-pdf" in told
    paper = run("show", study, SAMPLES[0].stem)
    assert paper.exit_code == 0
    assert "Hyperparameter search" in paper.output
    missing = run("show", study, "nothing")
    assert missing.exit_code == 2
    assert "has no paper 'nothing'" in missing.output


def test_report_in_every_form(study: Path, tmp_path: Path) -> None:
    assert "# Study of 6 papers" in run("report", study, "--format", "markdown", "--date", "today").output
    rows = list(csv.DictReader(io.StringIO(run("report", study, "--format", "csv").output)))
    assert len({row["source"] for row in rows}) == 6
    assert len(json.loads(run("report", study, "--format", "json").output)["papers"]) == 6
    assert run("report", study, "--output", tmp_path / "report.md").exit_code == 0
    assert (tmp_path / "report.md").read_text(encoding="utf-8").startswith("# Study")
    assert run("report", study).exit_code == 2
    pytest.importorskip("pyarrow")
    assert run("report", study, "--output", tmp_path / "findings.parquet").exit_code == 0


def test_a_sample_is_judged_and_reported(study: Path, tmp_path: Path) -> None:
    assert run("report", study, "--sample", 3).exit_code == 2
    sample = tmp_path / "sample.csv"
    assert run("report", study, "--sample", 3, "--random-state", 7, "--output", sample).exit_code == 0
    rows = list(csv.DictReader(sample.open(encoding="utf-8")))
    assert sum(row["row"] == "verdict" for row in rows) == 3
    for row in rows:
        row["judgement"] = "right"
    with sample.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    taken = run("label", study, sample)
    assert taken.exit_code == 0, taken.output
    assert f"{len(rows)} judgements taken, 0 rows open" in taken.output
    told = run("report", study, "--format", "markdown").output
    assert "and 3 verdicts of this study" in told
    assert "| verdicts | 3 | 3 | 100% |" in told
    assert run("label", tmp_path / "none.db", sample).exit_code == 2
    assert not (tmp_path / "none.db").exists()


def test_diff_and_merge(study: Path, tmp_path: Path) -> None:
    paper = tmp_path / "one.md"
    paper.write_text(TEXT.format(3))
    assert (
        run("batch", paper, SAMPLES[0], "--into", tmp_path / "new.db", "--quiet", "--fail-on", "red-flag").exit_code
        == 1
    )
    changes = json.loads(run("diff", study, tmp_path / "new.db", "--format", "json").output)["changes"]
    kinds = [change["kind"] for change in changes]
    assert (kinds.count("removed"), kinds.count("added"), len(kinds)) == (5, 1, 6)
    assert "no difference" in run("diff", study, study).output
    joined = run("merge", study, tmp_path / "new.db", "--into", tmp_path / "both.db")
    assert "7 papers, 1 failed" in joined.output
    assert run("merge", study, "--into", tmp_path / "both.db").exit_code == 2
    assert run("merge", study, tmp_path / "nothing.db", "--into", tmp_path / "more.db").exit_code == 2
    assert not (tmp_path / "more.db").exists()


def test_json_log_is_json(tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text(TEXT.format(4))
    done = run("batch", tmp_path / "one.md", "--into", tmp_path / "study.db", "--json-log")
    events = [json.loads(text) for text in done.stderr.splitlines()]
    assert [event["event"] for event in events] == ["begin", "paper", "end"]
    assert events[1]["verdict"] == "red-flag"
    assert done.stdout == ""


def test_a_terminal_gets_a_bar_with_rate_time_left_failures_and_red_flags(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty", reason="needs a pseudo-terminal")
    folder = tmp_path / "papers"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.md").write_text(TEXT.format(number))
    (folder / "bad.pdf").write_bytes(b"no pdf")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "seedaudit", "batch", str(folder), "--into", str(tmp_path / "study.db")],
        stdout=subprocess.DEVNULL, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    told = b""
    with contextlib.suppress(OSError):  # what a terminal gives when nobody writes to it any more
        while part := os.read(ours, 65536):
            told += part
    os.close(ours)
    assert process.wait(60) == 3
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", told.decode())
    assert re.search(r"4/4 +\d+\.\d/s +0:00:00 +1 failed +3 red flags", text), text
    assert "failed (not-a-pdf): " in text


def test_wrong_calls_are_said(tmp_path: Path) -> None:
    empty = tmp_path / "empty.list"
    empty.touch()
    for arguments in (("batch", tmp_path, "--into", tmp_path / "s.db", "--jobs", "many"), ("batch", "--into", "s.db")):
        assert run(*arguments).exit_code == 2
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.5")
    wrong = run("batch", tmp_path / "paper.pdf", "--into", tmp_path / "paper.pdf")
    assert wrong.exit_code == 2
    assert "is no study" in wrong.output
    assert (tmp_path / "paper.pdf").read_bytes() == b"%PDF-1.5"
