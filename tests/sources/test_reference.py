"""What people type and paste, and what each names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seedaudit.errors import UnknownReferenceError
from seedaudit.sources.reference import ArxivReference, FileReference, StandardInput, parse


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
        ("https://aclanthology.org/2020.acl-main.1/", "another host (aclanthology.org): not supported yet"),
        ("https://arxiv.org.example.com/abs/2210.13393", "another host (arxiv.org.example.com)"),
        ("https://notarxiv.org/abs/2210.13393", "another host"),
        ("https://[::1/x", "no valid URL"),
        ("ftp://arxiv.org/abs/2210.13393", "scheme ftp"),
        ("file:///etc/passwd", "scheme file"),
        ("10.18653/v1/P18-1023", "DOI of another publisher"),
        ("https://doi.org/10.18653/v1/P18-1023", "DOI of another publisher"),
        ("papr.pdf", "no such file; did you mean paper.pdf?"),
        ("Paper", "did you mean paper.pdf?"),
        ("PAPER.PDF", "did you mean paper.pdf?"),
        ("papers/x.pdf", "the folder 'papers' does not exist"),
        ("zzz.txt", "looks like a file name, but there is no such file."),
        ("We averaged over five random seeds.", "neither a file nor an arXiv id"),
        ("3.14", "neither a file nor an arXiv id"),
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
