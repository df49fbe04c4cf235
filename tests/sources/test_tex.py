"""LaTeX source on disk as one paper."""

from __future__ import annotations

import io
import tarfile
import zipfile

import pytest

from seedaudit.documents.reader import read
from seedaudit.errors import UnknownReferenceError
from seedaudit.sources.local import load_file
from seedaudit.sources.reference import FileReference, parse
from seedaudit.sources.tex import is_source, pack_file, pack_folder

MAIN = "\\documentclass{article}\\begin{document}Five \\input{text/seeds}.\\end{document}"


@pytest.fixture
def folder(tmp_path):
    paper = tmp_path / "paper"
    (paper / "text").mkdir(parents=True)
    (paper / "main.tex").write_text(MAIN)
    (paper / "text" / "seeds.tex").write_text("random seeds")
    (paper / "figure.png").write_bytes(b"\x89PNG")
    return paper


def names(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.namelist()


def text_of(typed):
    reference = parse(str(typed))
    assert isinstance(reference, FileReference)
    assert reference.form == "latex"
    paper = load_file(reference)
    assert paper.source == str(typed)
    return read(paper).text


def test_a_folder_a_file_and_archives_read_the_same(folder, tmp_path):
    with tarfile.open(tmp_path / "paper.tar.gz", "w:gz") as archive:
        archive.add(folder, ".")
    with zipfile.ZipFile(tmp_path / "paper.zip", "w") as packed:
        for path in folder.rglob("*.*"):
            packed.write(path, path.relative_to(tmp_path))
    for typed in (folder, folder / "main.tex", tmp_path / "paper.tar.gz", tmp_path / "paper.zip"):
        assert text_of(typed) == "Five random seeds."


def test_the_same_folder_gives_the_same_bytes(folder):
    assert load_file(parse(str(folder))).sha256 == load_file(parse(str(folder))).sha256
    assert names(pack_folder(folder)) == ["main.tex", "text/seeds.tex"]


def test_a_file_brings_what_it_names_and_nothing_else(folder):
    (folder / "main.tex").write_text(
        "\\usepackage{own,tikz}\\input text/seeds \\subimport{text/}{more}\\bibliography{refs}\\input{../outside}"
        "\\input{text/linked}\\input{../elsewhere/moved}"
    )
    for name in ("own.sty", "text/more.tex", "refs.bib", "main.bbl", "moved.tex", "unnamed.tex", "../outside.tex"):
        (folder / name).write_text("x")
    (folder / "text" / "linked.tex").symlink_to(folder / ".." / "outside.tex")
    assert sorted(names(pack_file(folder / "main.tex"))) == [
        "main.bbl", "main.tex", "moved.tex", "own.sty", "refs.bib", "text/more.tex", "text/seeds.tex",
    ]  # fmt: skip


def test_a_named_file_is_the_main_one(folder):
    (folder / "supplement.tex").write_text("\\documentclass{article}\\begin{document}Ten seeds.\\end{document}")
    assert text_of(folder / "supplement.tex") == "Ten seeds."


def test_a_folder_in_a_folder(folder):
    assert text_of(folder.parent) == "Five random seeds."


def test_a_folder_of_several_papers_is_none(folder):
    other = folder.parent / "other"
    other.mkdir()
    (other / "main.tex").write_text(MAIN)
    with pytest.raises(UnknownReferenceError, match="is a folder"):
        parse(str(folder.parent))


@pytest.mark.parametrize(
    ("data", "yes"),
    [
        (b"\\documentclass{article}", True), (b"% x\n\\input harvmac", True), (b"x" * 257 + b"ustar", True),
        (b"%PDF-1.5", False), (b"<html>", False), (b"words", False), (b"\\documentclass\0", False),
    ],
)  # fmt: skip
def test_what_is_source(data, yes):
    assert is_source(data) is yes
