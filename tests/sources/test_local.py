"""Files and standard input as papers."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from pathlib import Path

import pytest

from seedaudit.documents.reader import read
from seedaudit.errors import UnreadablePaperError
from seedaudit.sources.local import load_file, load_stdin
from seedaudit.sources.reference import FileReference, parse


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "paper.md"
    path.write_text("We use seed 42.")
    paper = load_file(FileReference(path, "markdown", source="./paper.md"))
    assert (paper.source, paper.form, paper.data) == ("./paper.md", "markdown", b"We use seed 42.")
    assert (paper.id, paper.title, paper.year) == (None, "", None)


def test_a_pdf_under_the_name_of_a_text_is_a_pdf(tmp_path: Path) -> None:
    path = tmp_path / "paper.txt"
    path.write_bytes(b"%PDF-1.5\n")
    assert load_file(FileReference(path, "text")).form == "pdf"


TEX = b"\\documentclass{article}\\begin{document}We use seed 42.\\end{document}"


def as_tar(data: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("main.tex")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return packed.getvalue()


@pytest.mark.parametrize("name", ["e-print.gz", "e-print.tar.gz", "2210.13393v1", "e-print", "paper.pdf"])
@pytest.mark.parametrize(
    ("data", "form"),
    [
        (gzip.compress(b"%PDF-1.5\n%%EOF\n"), "pdf"),
        (b"%PDF-1.5\n%%EOF\n", "pdf"),
        (gzip.compress(TEX), "latex"),
        (as_tar(TEX), "latex"),
        (gzip.decompress(as_tar(TEX)), "latex"),
    ],
    ids=["gzipped PDF", "PDF", "gzipped TeX", "tar.gz", "tar"],
)
def test_an_eprint_is_told_by_its_bytes(tmp_path: Path, name: str, data: bytes, form: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    reference = parse(str(path))
    assert isinstance(reference, FileReference)
    for paper in (load_file(reference), load_stdin(io.BytesIO(data))):
        assert paper.form == form
        if form == "pdf":
            assert paper.data == b"%PDF-1.5\n%%EOF\n"
        else:
            assert read(paper).text == "We use seed 42."


@pytest.mark.parametrize("damaged", [gzip.compress(b"%PDF-1.5\n" * 500)[:-9], b"\x1f\x8b" + b"\xff" * 40])
def test_a_gzipped_file_that_is_damaged(tmp_path: Path, damaged: bytes) -> None:
    path = tmp_path / "e-print.gz"
    path.write_bytes(damaged)
    with pytest.raises(UnreadablePaperError) as caught:
        read(load_file(FileReference(path, "latex")))
    assert caught.value.kind == "damaged"
    assert caught.value.hint


@pytest.mark.parametrize("content", [b"", b" \n"])
def test_an_empty_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "paper.txt"
    path.write_bytes(content)
    with pytest.raises(UnreadablePaperError, match="is empty") as caught:
        load_file(FileReference(path, "text"))
    assert caught.value.kind == "empty"
    assert caught.value.hint


def test_a_file_that_went_away(tmp_path: Path) -> None:
    with pytest.raises(UnreadablePaperError, match="no such file") as caught:
        load_file(FileReference(tmp_path / "gone.pdf", "pdf"))
    assert caught.value.kind == "unreadable"
    assert caught.value.hint


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(b"%PDF-1.5\n")
    path.chmod(0)
    with pytest.raises(UnreadablePaperError, match="permission denied"):
        load_file(FileReference(path, "pdf"))


def test_text_on_standard_input() -> None:
    paper = load_stdin(io.BytesIO(b"We use seed 42."))
    assert (paper.source, paper.form, paper.data) == ("-", "text", b"We use seed 42.")


def test_a_pdf_on_standard_input() -> None:
    assert load_stdin(io.BytesIO(b"%PDF-1.5\n")).form == "pdf"


def test_nothing_on_standard_input() -> None:
    with pytest.raises(UnreadablePaperError, match="is empty") as caught:
        load_stdin(io.BytesIO())
    assert caught.value.kind == "empty"
