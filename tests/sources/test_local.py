"""Files and standard input as papers."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from seedaudit.errors import UnreadablePaperError
from seedaudit.sources.local import load_file, load_stdin
from seedaudit.sources.reference import FileReference


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
