"""A run: who waits for whom, and what is fetched."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from seedaudit.batch.store import read_study
from seedaudit.errors import NetworkError, OfflineError
from seedaudit.findings import Audit
from seedaudit.sources.paper import Paper

from .conftest import TEXT, Batch, contents


def test_files_are_audited_while_a_host_is_waited_for(
    batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number}.md").write_text(TEXT.format(number))
    files_done = threading.Event()
    asked: list[str] = []
    together: list[list[str]] = []

    def slow(reference, *, offline, notify):
        asked.append(str(reference))
        assert files_done.wait(60), "the files waited for the host"
        notify("fetching")
        if str(reference) == "2210.00002":
            raise NetworkError("arXiv does not answer.", kind="network")
        return Paper(
            reference.source, "markdown", TEXT.format(99).encode() + str(reference).encode(), f"arxiv:{reference}",
            title=f"Paper {reference}", year=2022, venue="NeurIPS",
        )  # fmt: skip

    monkeypatch.setattr("seedaudit.batch.runner.obtain", slow)
    monkeypatch.setattr("seedaudit.batch.runner._AHEAD", 8)
    monkeypatch.setattr(
        "seedaudit.batch.runner.prepare",
        lambda references, *, offline, notify: together.append([*map(str, references)] if references else ["-"]),
    )
    listed = tmp_path / "list.txt"
    ids = [f"2210.{number:05}" for number in range(1, 21)]
    listed.write_text("\n".join([*ids, *(str(path) for path in sorted(folder.iterdir()))]))

    from .conftest import Told

    remember = Told.paper

    def paper(self, source, result, seconds):
        remember(self, source, result, seconds)
        if sum(one.endswith(".md") for one, _ in self.done) == 12:
            files_done.set()

    monkeypatch.setattr(Told, "paper", paper)
    summary, told = batch(listed)
    assert (summary.papers, summary.failed) == (32, 1)
    assert asked == ids
    assert [one for one in together if one != ["-"]] == [ids[:8], ids[8:16], ids[16:]], "metadata, many at once"
    results = contents(tmp_path / "study.db")
    assert results["arxiv:2210.00002"].kind == "network"
    assert results["arxiv:2210.00001"].id == "arxiv:2210.00001"
    assert sum(isinstance(result, Audit) for result in results.values()) == 31
    assert "fetching" in told.said
    assert batch(listed)[0].worked_on == 0
    with read_study(tmp_path / "study.db") as study:
        rows = study.query("SELECT title, year, venue FROM papers WHERE host = 'arxiv' ORDER BY key LIMIT 2")[1]
    assert rows == [("Paper 2210.00001", 2022, "NeurIPS"), ("", None, "")], "what the host says stays"


def test_the_largest_of_the_next_files_come_first(
    batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedaudit.batch.runner._SORTED", 4)
    folder = tmp_path / "papers"
    folder.mkdir()
    for number, size in enumerate([10, 30, 20, 40, 50, 60]):
        (folder / f"{number}.md").write_text(TEXT.format(number) + "More words. " * size)
    summary, told = batch(folder, jobs=1)
    assert [Path(source).stem for source, _ in told.done] == ["3", "1", "2", "0", "5", "4"]
    assert (summary.papers, summary.failed) == (6, 0)


def test_offline_asks_no_host(batch: Batch, tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text("2210.13393\nhttps://arxiv.org/abs/1909.10447v1\n")
    summary, _ = batch(listed, offline=True)
    assert summary.failed == 2
    assert {result.kind for result in contents(tmp_path / "study.db").values()} == {OfflineError.kind}


def test_a_fault_of_the_run_ends_it_and_keeps_what_is_stored(
    batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_, **__):
        raise RuntimeError("no disk")

    monkeypatch.setattr("seedaudit.batch.runner.obtain", broken)
    monkeypatch.setattr("seedaudit.batch.runner.prepare", lambda *_, **__: None)
    listed = tmp_path / "list.txt"
    listed.write_text("2210.13393\n1909.10447\n")
    with pytest.raises(RuntimeError, match="no disk"):
        batch(listed)
    assert contents(tmp_path / "study.db") == {}
