"""What people type and paste, and what each names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seedaudit.errors import UnknownReferenceError
from seedaudit.sources.reference import (
    AnthologyReference,
    ArxivReference,
    DoiReference,
    FileReference,
    OpenReviewReference,
    PmlrReference,
    Reference,
    StandardInput,
    WebReference,
    identity,
    parse,
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("2210.13393", "2210.13393"),
        ("2210.13393v1", "2210.13393v1"),
        ("0704.0001", "0704.0001"),
        ("1412.9999v12", "1412.9999v12"),
        ("1501.00001", "1501.00001"),
        ("arXiv:2210.13393v1", "2210.13393v1"),
        ("arxiv: 2210.13393", "2210.13393"),
        ("ARXIV:2210.13393V2", "2210.13393v2"),
        ("arXiv preprint arXiv:2210.13393", "2210.13393"),
        ("arXiv e-print 2210.13393", "2210.13393"),
        ("arXiv:2210.13393v1 [cs.LG] 24 Oct 2022", "2210.13393v1"),
        ("(arXiv:2210.13393v1 [cs.LG])", "2210.13393v1"),
        ("abs/2210.13393", "2210.13393"),
        ("arxiv.org/abs/2210.13393", "2210.13393"),
        ("www.arxiv.org/abs/2210.13393", "2210.13393"),
        ("https://arxiv.org/abs/2210.13393v1", "2210.13393v1"),
        ("http://arxiv.org/pdf/2210.13393", "2210.13393"),
        ("https://arxiv.org/pdf/2210.13393v1.pdf", "2210.13393v1"),
        ("https://arxiv.org/pdf/2210.13393.pdf?download=1", "2210.13393"),
        ("https://arxiv.org/html/2210.13393v1#S1.p2", "2210.13393v1"),
        ("https://arxiv.org/src/2210.13393/", "2210.13393"),
        ("https://export.arxiv.org/e-print/2210.13393v3", "2210.13393v3"),
        ("HTTPS://ArXiv.org/ABS/2210.13393", "2210.13393"),
        ("https://arxiv.org/abs/2210.13393v1?context=cs.LG#x", "2210.13393v1"),
        ("https://arxiv.org/abs/arXiv:2210.13393", "2210.13393"),
        ("https://arxiv.org/abs/2210.13393.", "2210.13393"),
        ("https://ar5iv.labs.arxiv.org/html/2210.13393", "2210.13393"),
        ("https://ar5iv.org/abs/2210.13393", "2210.13393"),
        ("https://www.alphaxiv.org/abs/2210.13393v1", "2210.13393v1"),
        ("math/0611800", "math/0611800"),
        ("math.CA/0611800v2", "math/0611800v2"),
        ("arXiv:hep-th/9901001", "hep-th/9901001"),
        ("https://arxiv.org/abs/math.CA/0611800v2", "math/0611800v2"),
        ("https://arxiv.org/pdf/quant-ph/0201082v1.pdf", "quant-ph/0201082v1"),
        ("cond-mat.mes-hall/0611800", "cond-mat/0611800"),
        ("10.48550/arXiv.2210.13393", "2210.13393"),
        ("doi: 10.48550/ARXIV.2210.13393", "2210.13393"),
        ("https://doi.org/10.48550/arXiv.2210.13393", "2210.13393"),
        ("https://dx.doi.org/10.48550%2FarXiv.math%2F0611800", "math/0611800"),
        (" <https://arxiv.org/abs/2210.13393>,\n", "2210.13393"),
        ("[arXiv:2210.13393]", "2210.13393"),
        ("“2210.13393”", "2210.13393"),
        ("'2210.13393'.", "2210.13393"),
        ("\u00a02210.13393\u200b", "2210.13393"),
    ],
)
def test_forms_of_an_arxiv_id(typed: str, expected: str) -> None:
    found = parse(typed)
    assert isinstance(found, ArxivReference)
    assert str(found) == expected
    assert found.source == typed


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("2020.acl-main.1", AnthologyReference("2020.acl-main.1")),
        ("2022.NAACL-long.12", AnthologyReference("2022.naacl-long.12")),
        ("2021.findings-acl.10", AnthologyReference("2021.findings-acl.10")),
        ("P18-1023", AnthologyReference("P18-1023")),
        ("w90-0201", AnthologyReference("W90-0201")),
        ("D19-1224", AnthologyReference("D19-1224")),
        ("D19-5001", AnthologyReference("D19-5001")),
        ("P18-1023v2", AnthologyReference("P18-1023", 2)),
        ("acl:P18-1023", AnthologyReference("P18-1023")),
        ("https://aclanthology.org/2020.acl-main.1/", AnthologyReference("2020.acl-main.1")),
        ("https://www.aclanthology.org/2020.acl-main.1.pdf#page=3", AnthologyReference("2020.acl-main.1")),
        ("aclanthology.org/P18-1023v1.pdf", AnthologyReference("P18-1023", 1)),
        ("https://aclanthology.org/P18-1023.bib", AnthologyReference("P18-1023")),
        ("https://www.aclweb.org/anthology/P18-1023", AnthologyReference("P18-1023")),
        ("http://aclweb.org/anthology/papers/P/P18/P18-1023/", AnthologyReference("P18-1023")),
        ("10.18653/v1/P18-1023", AnthologyReference("P18-1023")),
        ("https://doi.org/10.18653/v1/2020.acl-main.1", AnthologyReference("2020.acl-main.1")),
        ("10.3115/v1/p14-1001", AnthologyReference("P14-1001")),
        ("https://openreview.net/forum?id=rJl-b3RcF7", OpenReviewReference("rJl-b3RcF7")),
        ("openreview.net/pdf?id=rJl-b3RcF7", OpenReviewReference("rJl-b3RcF7")),
        ("https://openreview.net/forum?id=rJl-b3RcF7&noteId=BkfbpsAcF7", OpenReviewReference("rJl-b3RcF7")),
        ("https://openreview.net/attachment?id=rJl-b3RcF7&name=pdf", OpenReviewReference("rJl-b3RcF7")),
        ("https://proceedings.mlr.press/v139/picard21a.html", PmlrReference("v139", "picard21a")),
        ("http://proceedings.mlr.press/v97/x19a/x19a.pdf", PmlrReference("v97", "x19a")),
        ("proceedings.mlr.press/v28/foo13.pdf", PmlrReference("v28", "foo13")),
        ("http://jmlr.org/proceedings/papers/v28/foo13.html", PmlrReference("v28", "foo13")),
        (
            "https://raw.githubusercontent.com/mlresearch/v235/main/assets/x24a/x24a.pdf",
            PmlrReference("v235", "x24a"),
        ),
        ("10.1162/tacl_a_00123", DoiReference("10.1162/tacl_a_00123")),
        ("doi:10.1000/ABC(1)", DoiReference("10.1000/abc(1)")),
        ("https://dx.doi.org/10.1000%2FABC", DoiReference("10.1000/abc")),
        ("https://doi.org/10.48550/arXiv.2210.13393", ArxivReference("2210.13393")),
        ("HTTPS://Example.org/a.pdf#page=2", WebReference("https://Example.org/a.pdf")),
        ("https://arxiv.org.example.com/abs/2210.13393", WebReference("https://arxiv.org.example.com/abs/2210.13393")),
        ("https://notarxiv.org/abs/2210.13393", WebReference("https://notarxiv.org/abs/2210.13393")),
        ("https://openreview.net/group?id=ICLR.cc", WebReference("https://openreview.net/group?id=ICLR.cc")),
        ("http://127.0.0.1:8000/a.pdf", WebReference("http://127.0.0.1:8000/a.pdf")),
    ],
)
def test_papers_of_other_hosts(typed: str, expected: Reference) -> None:
    found = parse(typed)
    assert found == expected
    assert found.source == typed


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("https://arxiv.org/html/2210.13393v1#S1.p2", True),
        ("https://ar5iv.labs.arxiv.org/html/2210.13393", True),
        ("https://ar5iv.org/2210.13393", True),
        ("https://arxiv.org/abs/2210.13393", False),
        ("2210.13393", False),
    ],
)
def test_a_page_as_html_is_told_from_the_paper(typed: str, html: bool) -> None:
    found = parse(typed)
    assert isinstance(found, ArxivReference)
    assert found.html is html


def test_identities() -> None:
    names = {
        "2210.13393": "arxiv:2210.13393",
        "https://arxiv.org/abs/2210.13393v2": "arxiv:2210.13393v2",
        "10.18653/v1/P18-1023": "acl:P18-1023",
        "https://openreview.net/pdf?id=rJl-b3RcF7": "openreview:rJl-b3RcF7",
        "http://proceedings.mlr.press/v97/x19a/x19a.pdf": "pmlr:v97/x19a",
        "https://doi.org/10.1000/ABC": "doi:10.1000/abc",
        "https://example.org/a": "https://example.org/a",
        "-": "-",
    }
    assert {typed: identity(parse(typed)) for typed in names} == names


def test_version_is_not_part_of_the_id() -> None:
    assert parse("math.CA/0611800v2") == ArxivReference("math/0611800", 2)
    assert parse("2210.13393") == ArxivReference("2210.13393", None)


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("2213.13393", "no month 13"),
        ("2200.13393", "no month 00"),
        ("math/0613800", "no month 13"),
        ("2210.1339", "4+5 digits since 2015"),
        ("1412.13393", "4+4 digits until 2014"),
        ("0703.0001", "begin in April 2007"),
        ("math/0704001", "March 2007"),
        ("math/9106001", "July 1991"),
        ("2210.00000", "begins at 1"),
        ("2210.13393v0", "versions begin at v1"),
        ("https://arxiv.org/abs/2213.00001", "no month 13"),
        ("maths/0611800", "no archive 'maths'"),
        ("arXiv:seeds", "holds no arXiv id"),
        ("https://arxiv.org/list/cs.LG/recent", "not that of one paper"),
        ("https://[::1/x", "no valid URL"),
        ("ftp://arxiv.org/abs/2210.13393", "scheme ftp"),
        ("file:///etc/passwd", "scheme file"),
        ("10.48550/arXiv.seeds", "a DOI of arXiv, but holds no arXiv id"),
        ("2020.acl-main.0", "front matter"),
        ("P18-1000", "front matter"),
        ("W90-0200", "front matter"),
        ("https://", "without a host"),
        ("papr.pdf", "no such file; did you mean paper.pdf?"),
        ("Paper", "did you mean paper.pdf?"),
        ("PAPER.PDF", "did you mean paper.pdf?"),
        ("papers/x.pdf", "the folder 'papers' does not exist"),
        ("zzz.txt", "looks like a file name, but there is no such file."),
        ("We averaged over five random seeds.", "neither a file nor an id"),
        ("3.14", "neither a file nor an id"),
        ("", "empty"),
        (" \n", "empty"),
        ("a\0b", "neither a file"),
        ("~nobody-of-this-name/paper.pdf", "no such file"),
        ("/dev/null", "a pipe or a device"),
        ("drafts", "is a folder"),
        ("table.csv", "has the ending .csv and is no PDF"),
        ("notes", "has no ending and is no PDF"),
    ],
)
def test_what_names_no_paper_says_what_was_understood(folder: Path, typed: str, understood: str) -> None:
    (folder / "paper.pdf").write_bytes(b"%PDF-1.5")
    (folder / "drafts").mkdir()
    (folder / "table.csv").write_text("seed,score\n")
    (folder / "notes").write_text("seed 42\n")
    with pytest.raises(UnknownReferenceError) as caught:
        parse(typed)
    assert understood in caught.value.message
    assert caught.value.kind == "unknown-reference"
    assert caught.value.hint


def test_a_whole_text_in_place_of_a_name_is_shown_in_short() -> None:
    with pytest.raises(UnknownReferenceError) as caught:
        parse("We ran it with five seeds.\n" * 1000)
    assert len(caught.value.message) < 150


def test_the_name_arxiv_gives_to_a_download_is_explained() -> None:
    with pytest.raises(UnknownReferenceError) as caught:
        parse("2210.13393v1.pdf")
    assert caught.value.hint.endswith("leave out the ending: 2210.13393v1")


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("paper.pdf", "pdf"),
        ("PAPER.PDF", "pdf"),
        ("paper.txt", "text"),
        ("paper.md", "markdown"),
        ("paper.markdown", "markdown"),
        ("paper.html", "html"),
        ("paper.htm", "html"),
    ],
)
def test_form_of_a_file_follows_its_ending(folder: Path, name: str, form: str) -> None:
    (folder / name).write_text("seed 42")
    assert parse(name) == FileReference(Path(name), form)


@pytest.mark.parametrize("junk", [b"", b"\r\n\r\n", b"x" * 1000])
def test_another_ending_is_a_pdf_by_its_bytes(folder: Path, junk: bytes) -> None:
    (folder / "paper.download").write_bytes(junk + b"%PDF-1.7\n")
    assert parse("paper.download") == FileReference(Path("paper.download"), "pdf")


def test_an_existing_file_wins_over_an_id(folder: Path) -> None:
    (folder / "2210.13393").write_bytes(b"%PDF-1.7\n")
    assert parse("2210.13393") == FileReference(Path("2210.13393"), "pdf")


def test_a_folder_does_not_win_over_an_id(folder: Path) -> None:
    (folder / "math" / "0611800").mkdir(parents=True)
    assert parse("math/0611800") == ArxivReference("math/0611800")


@pytest.mark.parametrize("name", ["(draft).txt", " paper.txt", "paper,.txt"])
def test_a_file_with_an_odd_name_is_found(folder: Path, name: str) -> None:
    (folder / name).write_text("seed 42")
    found = parse(name)
    assert isinstance(found, FileReference)
    assert found.path == Path(name)


def test_quotes_around_a_file_name_are_no_part_of_it(folder: Path) -> None:
    (folder / "my paper.pdf").write_bytes(b"%PDF-1.7\n")
    assert parse("'my paper.pdf'") == FileReference(Path("my paper.pdf"), "pdf")


def test_home_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    (folder / "paper.pdf").write_bytes(b"%PDF-1.7\n")
    assert parse("~/paper.pdf") == FileReference(folder / "paper.pdf", "pdf")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_pipe_is_not_read(folder: Path) -> None:
    os.mkfifo(folder / "pipe.pdf")
    with pytest.raises(UnknownReferenceError, match="a pipe or a device"):
        parse("pipe.pdf")


def test_standard_input() -> None:
    assert parse("-") == StandardInput()
    assert parse(" - ") == StandardInput()
