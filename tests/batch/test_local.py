"""Batches on this machine: the same audits, whatever papers do to their workers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from poison import HarmedAuditor

from seedaudit.auditing import audit
from seedaudit.batch.local import Limits
from seedaudit.findings import Audit, Failure

from .conftest import TEXT, Batch, contents


def test_the_same_paper_gives_the_same_audit_alone_and_in_a_batch(batch: Batch, papers: Path, tmp_path: Path) -> None:
    summary, told = batch(papers)
    names = sorted(papers.iterdir())
    assert contents(tmp_path / "study.db") == {str(name): audit(name) for name in names}
    assert (summary.papers, summary.worked_on, summary.failed) == (len(names), len(names), 0)
    assert sorted(source for source, _ in told.done) == [str(name) for name in names]


def test_what_workers_are_forked_from_has_one_thread_and_no_command_line() -> None:
    code = (
        "import os, sys\nfrom seedaudit.batch.forkserver import context\ncontext()\nimport seedaudit.batch.warm\n"
        "print(len(os.listdir('/proc/self/task')), 'click' in sys.modules, 'pymupdf' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1 False True\n"


def test_a_harmful_paper_fails_and_the_others_go_on(batch: Batch, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    names = ("hang", "eat", "swallow", "crash", "leave", "once", *(f"good{number}" for number in range(6)))
    for number, name in enumerate(names):
        (folder / f"{name}.md").write_text(TEXT.format(number))
    summary, _ = batch(folder, auditor=HarmedAuditor(), limits=Limits(timeout=3, memory=600))
    results = {Path(key).stem: result for key, result in contents(tmp_path / "study.db").items()}
    kinds = {name: result.kind for name, result in results.items() if isinstance(result, Failure)}
    assert kinds == {"hang": "timeout", "eat": "memory", "swallow": "memory", "crash": "crash", "leave": "crash"}
    assert all(isinstance(results[f"good{number}"], Audit) for number in range(6))
    assert results["once"].verdict.level == "red-flag"
    assert "SIGSEGV" in results["crash"].message
    assert summary.failed == 5


def test_only_what_changed_is_audited_again(batch: Batch, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.md").write_text(TEXT.format(number))
    assert batch(folder)[0].worked_on == 4
    before = contents(tmp_path / "study.db")

    summary, told = batch(folder)
    assert (summary.worked_on, summary.untouched, told.done, told.begun) == (0, 4, [], (4, 4))

    os.utime(folder / "0.md", (1, 1))  # touched, the same bytes
    (folder / "1.md").write_text(TEXT.format(1) + "\nModels are trained for ten epochs.\n")
    (folder / "2.md").unlink()
    (folder / "4.md").write_text(TEXT.format(4))
    _, told = batch(folder)
    assert {Path(source).name: result is not None for source, result in told.done} == {
        "0.md": False, "1.md": True, "4.md": True,
    }  # fmt: skip
    after = contents(tmp_path / "study.db")
    assert {key for key in before if after[key] != before[key]} == {str(folder / "1.md")}
    assert batch(folder)[0].worked_on == 0
    assert batch(folder, retry="all")[0].worked_on == 4


def test_other_rules_audit_everything_again(batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paper = tmp_path / "one.md"
    paper.write_text(TEXT.format(1))
    batch(paper)
    monkeypatch.setattr("seedaudit.auditing.__version__", "99.0")
    assert batch(paper)[0].worked_on == 1


def test_failures_are_tried_again_when_asked_or_when_the_file_changed(batch: Batch, tmp_path: Path) -> None:
    bad, listed = tmp_path / "bad.pdf", tmp_path / "list.txt"
    bad.write_bytes(b"no pdf")
    listed.write_text(f"# papers\n{bad}\n\n{tmp_path}/nothing.pdf\n{bad}\n")
    summary, _ = batch(listed)
    assert (summary.papers, summary.failed) == (2, 2)
    assert sorted(one.kind for one in contents(tmp_path / "study.db").values()) == ["not-a-pdf", "unknown-reference"]
    again, _ = batch(listed)
    assert (again.worked_on, again.failed, again.failed_before) == (0, 2, 2)
    assert batch(listed, retry="failed")[0].worked_on == 2
    bad.write_bytes(b"no pdf either")
    assert batch(listed)[0].worked_on == 1
