"""LaTeX source from a host that plays arXiv."""

from __future__ import annotations

import gzip
import io
import tarfile

import pytest
from click.testing import CliRunner

from seedaudit import audit
from seedaudit.cli import cli
from seedaudit.errors import BadAnswerError, NotThereError, OfflineError, RefusedError
from seedaudit.sources.reference import ArxivReference, parse
from seedaudit.sources.source import obtain

PAPER = ArxivReference("2210.13393", 1)
TEX = b"\\documentclass{article}\\begin{document}Five seeds.\\end{document}"


def tar():
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as made:
        member = tarfile.TarInfo("main.tex")
        member.size = len(TEX)
        made.addfile(member, io.BytesIO(TEX))
    return packed.getvalue()


TAR = tar()


@pytest.fixture
def source(host):
    """Gives the host its answers for the source of the paper."""

    def answer(*replies):
        host.api(host.feed(host.entry("2210.13393v1")))
        host.pdf("2210.13393v1", host.reply(body=host.PDF))
        host.replies["/e-print/2210.13393v1"] = list(replies)

    return answer


@pytest.mark.parametrize("data", [TAR, gzip.compress(TEX), TEX])
def test_source_is_fetched_once(host, source, make_arxiv, own_cache, data):
    source(host.reply(body=data, kind="application/gzip", Content_Encoding="x-gzip"))
    paper = make_arxiv().fetch(PAPER, "latex")
    assert (paper.form, paper.data, paper.id) == ("latex", data, "arxiv:2210.13393v1")
    assert (own_cache / "arxiv/2210.13393v1.src").read_bytes() == data
    both = make_arxiv().fetch(PAPER, "auto")
    assert (both.form, both.data, both.latex) == ("pdf", host.PDF, data)
    assert make_arxiv(offline=True).fetch(PAPER, "auto") == both
    assert make_arxiv(offline=True).fetch(PAPER, "latex") == paper
    assert [path.partition("?")[0] for path in host.asked] == [
        "/api/query", "/e-print/2210.13393v1", "/pdf/2210.13393v1",
    ]  # fmt: skip


def test_the_pdf_alone_costs_no_request_for_source(host, source, make_arxiv):
    source(host.reply(body=TAR))
    assert make_arxiv().fetch(PAPER).latex is None
    assert "/e-print/2210.13393v1" not in host.asked


@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize(
    "body", [b"%PDF-1.5\n%%EOF", gzip.compress(b"%PDF-1.5\n%%EOF"), b"%!PS-Adobe", b"PK\x03\x04docx"]
)
def test_a_paper_without_source(host, source, make_arxiv, body, status):
    source(host.reply(status, body))
    assert make_arxiv().fetch(PAPER, "auto").latex is None
    with pytest.raises(NotThereError) as caught:
        make_arxiv().fetch(PAPER, "latex")
    assert caught.value.kind == "no-source"
    assert "--source pdf" in caught.value.hint
    assert make_arxiv().fetch(PAPER, "auto").latex is None
    assert host.asked.count("/e-print/2210.13393v1") == 1


def test_that_there_is_none_is_forgotten_after_a_day(host, source, make_arxiv, moment):
    source(host.reply(404), host.reply(body=TAR))
    assert make_arxiv().fetch(PAPER, "auto").latex is None
    moment.now += 90_000
    assert make_arxiv().fetch(PAPER, "auto").latex == TAR


def test_half_an_archive_is_asked_for_again(host, source, make_arxiv, own_cache):
    source(host.cut_short(TAR, announce=False), host.reply(body=TAR))
    assert make_arxiv().fetch(PAPER, "latex").data == TAR
    assert host.asked.count("/e-print/2210.13393v1") == 2


def test_a_captcha_is_no_source(host, source, make_arxiv, own_cache):
    source(host.reply(body=host.CAPTCHA, kind="text/html"))
    with pytest.raises(RefusedError):
        make_arxiv().fetch(PAPER, "auto")
    assert not list(own_cache.rglob("*.src"))


def test_source_that_cannot_be_used_leaves_the_pdf(host, source, make_arxiv, said):
    bomb = gzip.compress(TEX + b"%" * 300_000)
    source(host.reply(body=bomb), host.reply(body=bomb), host.reply(body=TAR))
    paper = make_arxiv(size=100_000).fetch(PAPER, "auto")
    assert (paper.form, paper.data, paper.latex) == ("pdf", host.PDF, None)
    assert any("larger than" in one and one.endswith("The text is taken from the PDF.") for one in said)
    with pytest.raises(BadAnswerError, match="larger than"):
        make_arxiv(size=100_000).fetch(PAPER, "latex")
    assert make_arxiv().fetch(PAPER, "auto").latex == TAR, "it is not remembered"


def test_an_empty_answer(host, source, make_arxiv):
    source(host.reply())
    with pytest.raises(BadAnswerError):
        make_arxiv().fetch(PAPER, "latex")


def test_offline_without_the_source(host, source, make_arxiv):
    source(host.reply(body=TAR))
    make_arxiv().fetch(PAPER)
    assert make_arxiv(offline=True).fetch(PAPER, "auto").latex is None
    with pytest.raises(OfflineError, match="LaTeX source"):
        make_arxiv(offline=True).fetch(PAPER, "latex")


def test_obtain_passes_the_choice_on(host, source, make_arxiv, monkeypatch):
    source(host.reply(body=TAR))
    make_arxiv().fetch(PAPER, "auto")
    monkeypatch.setenv("SEEDAUDIT_ARXIV_URL", host.url)
    assert obtain(parse("2210.13393v1"), offline=True, text_from="auto").latex == TAR
    assert obtain(parse("2210.13393v1"), offline=True, text_from="latex").form == "latex"
    assert obtain(parse("2210.13393v1"), offline=True).latex is None


def test_the_audit_says_file_and_line(host, source, make_arxiv):
    source(host.reply(body=TEX.replace(b"Five", b"All results are means over five random")))
    make_arxiv().fetch(PAPER, "latex")
    found = audit("2210.13393v1", offline=True, text_from="latex")
    assert (found.id, found.pages) == ("arxiv:2210.13393v1", None)
    assert [(one.page, one.place) for one in found.findings] == [(None, "main.tex, line 1")]
    result = CliRunner().invoke(cli, ["audit", "2210.13393v1", "--offline", "--source", "latex"])
    assert result.exit_code == 0, result.output
    assert "main.tex, line 1" in result.output
