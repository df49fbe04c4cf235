"""Archives of TeX files, told by their bytes, and which file is the main one."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile

import pytest

from seedaudit.documents.latex import read_latex
from seedaudit.documents.latex_files import find_main, unpack
from seedaudit.errors import UnreadablePaperError

PAPER = "\\documentclass{article}\\begin{document}Five seeds.\\end{document}"
PARTS = {"main.tex": PAPER.replace("Five", "\\input{five}"), "five.tex": "Five"}


def tar(files, mode="w:gz", links=()):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as made:
        for name, text in files.items():
            data = text if isinstance(text, bytes) else text.encode()
            member = tarfile.TarInfo(name)
            member.size = len(data)
            made.addfile(member, io.BytesIO(data))
        for name, target in links:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            made.addfile(member)
    return packed.getvalue()


def zipped(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in files.items():
            made.writestr(name, text)
    return packed.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        tar(PARTS), tar(PARTS, "w:"), zipped(PARTS), PAPER.encode(), gzip.compress(PAPER.encode()),
        tar({"paper/main.tex": PARTS["main.tex"], "paper/five.tex": "Five"}), ("\ufeff" + PAPER).encode(),
    ],
)  # fmt: skip
def test_every_packing_reads_the_same(data):
    assert read_latex(data).text == "Five seeds."


def test_files_that_the_text_asks_for_in_vain_are_named():
    asked = "\\input{gone}\\include{parts/away}\\input{gone} \\newcommand{\\piece}[1]{\\input{#1}}\\piece{given}"
    preamble = PARTS["main.tex"].replace("\\begin", "\\input{macros}\\begin", 1)
    document = read_latex(tar({**PARTS, "main.tex": preamble.replace("seeds", f"{asked} seeds")}))
    assert document.missing == ("gone", "parts/away", "given")
    assert read_latex(tar(PARTS)).missing == ()


def test_text_that_is_not_utf_8():
    assert read_latex(PAPER.replace("Five", "Fünf").encode("cp1252")).text == "Fünf seeds."


@pytest.mark.parametrize("name", ["../five.tex", "/five.tex", "a/../../five.tex", "C:\\five.tex", ".hidden/five.tex"])
@pytest.mark.parametrize("pack", [tar, zipped])
def test_names_that_lead_out_are_left_alone(pack, name):
    assert list(unpack(pack({"main.tex": PAPER, name: "Five"}), "it")) == ["main.tex"]


def test_links_are_left_alone():
    assert list(unpack(tar({"main.tex": PAPER}, links=[("five.tex", "/etc/passwd")]), "it")) == ["main.tex"]


def test_pictures_are_not_read():
    assert list(unpack(tar({"main.tex": PAPER, "figure.pdf": b"%PDF-"}), "it")) == ["main.tex"]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"Just words.", "not-tex"),
        (b"\\section{a}\0", "not-tex"),
        (b"%PDF-1.5\n\xff", "not-tex"),
        (gzip.compress(b"%PDF-1.5\n\xff"), "not-tex"),
        (tar(PARTS)[:60], "damaged"),
        (zipped(PARTS)[:60], "damaged"),
        (tar({"readme.txt": "seed"}), "no-tex"),
        (tar({"a.tex": "seed", "b.tex": "seed"}), "no-main"),
        (gzip.compress(b"\0" * 90_000_000), "too-large"),
        (zipped({f"{n}.tex": b" " * 19_000_000 for n in range(5)}), "too-large"),
        (tar({f"{n}.tex": "" for n in range(5_001)}), "too-large"),
    ],
)
def test_what_cannot_be_read_says_why(data, kind):
    with pytest.raises(UnreadablePaperError) as caught:
        read_latex(data, name="it")
    assert caught.value.kind == kind
    assert caught.value.message.startswith(("it ", "none of the 2 TeX files in it"))
    assert caught.value.hint


@pytest.mark.parametrize(
    ("files", "main"),
    [
        ({"a.tex": PAPER, "part.tex": "seed " * 9000}, "a.tex"),
        ({"a.tex": PAPER, "main.tex": PAPER}, "main.tex"),
        ({"main.tex": PAPER, "acl.tex": PAPER + "seed " * 2000}, "acl.tex"),
        ({"a.tex": PAPER, "b.tex": PAPER.replace("Five", "\\input{part}"), "part.tex": "seed " * 2000}, "b.tex"),
        ({"poster.tex": PAPER.replace("article", "beamer") + "seed " * 9000, "a.tex": PAPER}, "a.tex"),
        ({"old/a.tex": PAPER + "seed " * 9000, "b.tex": PAPER}, "b.tex"),
        ({"only.tex": "Five seeds."}, "only.tex"),
        ({"a.tex": "% " + PAPER, "b.tex": PAPER}, "b.tex"),
        ({"main.tex": PAPER, "b.tex": PAPER, "00README.XXX": "nohypertex\nb.tex toplevelfile\n"}, "b.tex"),
        ({"main.tex": PAPER, "b.tex": PAPER,
          "00README.json": json.dumps({"sources": [{"filename": "b.tex", "usage": "toplevel"}]})}, "b.tex"),
        ({"main.tex": PAPER, "00README.json": "{"}, "main.tex"),
        ({"main.tex": PAPER, "00README.json": "[1]"}, "main.tex"),
    ],
)  # fmt: skip
def test_the_main_file(files, main):
    assert find_main(files, "", "it") == main


def test_the_main_file_that_is_named():
    assert find_main({"a.tex": "x", "main.tex": PAPER}, "a.tex", "it") == "a.tex"
