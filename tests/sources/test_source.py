"""Reference -> paper, and what that imports."""

from __future__ import annotations

import io
import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace

import pytest

from seedaudit.errors import OfflineError, UsageError
from seedaudit.sources.reference import ArxivReference, StandardInput, parse
from seedaudit.sources.source import obtain


def test_a_file(tmp_path):
    (tmp_path / "paper.txt").write_text("seed 42")
    typed = str(tmp_path / "paper.txt")
    paper = obtain(parse(typed))
    assert (paper.source, paper.data) == (typed, b"seed 42")


def test_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"seed 42")))
    assert obtain(StandardInput()).data == b"seed 42"


@pytest.fixture
def arxiv_here(host, monkeypatch):
    monkeypatch.setenv("SEEDAUDIT_ARXIV_API_URL", f"{host.url}/api/query")
    monkeypatch.setenv("SEEDAUDIT_ARXIV_URL", f"{host.url}/")
    host.api(host.feed(host.entry("2210.13393v1")))
    host.pdf("2210.13393v1", host.reply(body=host.PDF))
    return host


def test_arxiv_by_the_environment(arxiv_here, own_cache, make_arxiv):
    said = []
    with pytest.raises(OfflineError):
        obtain(parse("arXiv:2210.13393v1"), offline=True)
    make_arxiv().metadata([ArxivReference("2210.13393", 1)])  # so that nobody waits three seconds for the PDF
    paper = obtain(parse("arXiv:2210.13393v1"), notify=said.append)
    assert paper.id == "arxiv:2210.13393v1"
    assert paper.source == "arXiv:2210.13393v1"
    assert said == ["fetching arXiv 2210.13393v1"]
    assert (own_cache / "arxiv/2210.13393v1.pdf").is_file()
    assert obtain(parse("2210.13393"), offline=True).data == arxiv_here.PDF
    assert len(arxiv_here.asked) == 2


def test_a_base_url_that_is_none(monkeypatch):
    monkeypatch.setenv("SEEDAUDIT_ARXIV_URL", "arxiv.org")
    with pytest.raises(UsageError, match="SEEDAUDIT_ARXIV_URL"):
        obtain(ArxivReference("2210.13393"))


SLOW = {"httpx", "feedparser", "tenacity", "filelock"}


def imported_by(code: str, *arguments: str) -> set[str]:
    code = textwrap.dedent(code) + "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules})"
    return set(subprocess.check_output([sys.executable, "-c", code, *arguments], text=True).split())


def test_a_file_needs_no_network_library(tmp_path):
    (tmp_path / "paper.txt").write_text("seed 42")
    imported = imported_by(
        """
        import sys
        from seedaudit.sources.reference import parse
        from seedaudit.sources.source import obtain
        parse("2210.13393")
        obtain(parse(sys.argv[1]))
        """,
        str(tmp_path / "paper.txt"),
    )
    assert not imported & (SLOW | {"platformdirs"})


def test_a_paper_in_the_cache_needs_no_network_library(arxiv_here, own_cache, make_arxiv):
    make_arxiv().fetch(ArxivReference("2210.13393", 1))
    imported = imported_by(
        """
        from seedaudit.sources.reference import parse
        from seedaudit.sources.source import obtain
        obtain(parse("2210.13393v1"))
        """
    )
    assert not imported & SLOW


@pytest.mark.live
def test_the_real_arxiv(own_cache: Path):
    paper = obtain(parse("https://arxiv.org/abs/2210.13393v1"))
    assert paper.id == "arxiv:2210.13393v1"
    assert paper.year == 2022
    assert "seed" in paper.title.lower()
    assert paper.data.startswith(b"%PDF-")
    assert obtain(parse("2210.13393v1"), offline=True).sha256 == paper.sha256
