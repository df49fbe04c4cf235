"""The words of real papers' LaTeX source, against those that pandoc gets out of it."""

from __future__ import annotations

import json
import posixpath
import re
import shutil
import subprocess
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from seedaudit.documents.latex import read_latex
from seedaudit.documents.latex_files import find_main, unpack
from seedaudit.sources.tex import pack_folder

EXPECTED = json.loads(Path(__file__).with_name("latex_expectations.json").read_text())
PAPERS = sorted([*EXPECTED["statements"], *EXPECTED["none"]])
WORD = re.compile(r"[a-z]{3,}")
COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%.*")
INPUT = re.compile(r"\\(?:input|include|subfile)\s*\{\s*([^{}]*?)\s*\}")
COLUMNS = re.compile(r"[lcr]{5,}")  # the format of a table whose environment pandoc does not know
NO_TEXT = {"Math", "RawInline", "RawBlock", "Image", "Cite"}


def flatten(files: dict[str, str], name: str) -> str:
    """All of a source in one text, without comments: pandoc follows no path that leads out of the folder."""

    def included(found: re.Match[str]) -> str:
        asked = posixpath.normpath(found[1])
        for folder in (posixpath.dirname(name), ""):
            for ending in ("", ".tex"):
                for path in (asked, posixpath.basename(asked)):
                    inner = posixpath.normpath(posixpath.join(folder, path + ending))
                    if inner in files and inner != name:
                        return flatten(files, inner)
        return ""

    return INPUT.sub(included, COMMENT.sub(r"\1", files[name]))


def parse(text: str) -> list[Any] | None:
    """Pandoc's tree of a source, or None where it does not get through."""
    done = subprocess.run(
        ["pandoc", "-f", "latex", "-t", "json"], input=text, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        return None
    tree = json.loads(done.stdout)
    return [tree["blocks"], tree["meta"].get("abstract", [])]


def run_pandoc(source: str) -> list[Any]:
    """Pandoc's tree of a source; of the body where the preamble stops it, or of the sections that it can read."""
    body = source.partition("\\begin{document}")[2].partition("\\end{document}")[0]
    sections = re.split(r"(?=\\(?:sub)*section\b)", body)
    return parse(source) or parse(body) or [tree for section in sections if (tree := parse(section)) is not None]


def said(node: Any) -> str:
    """The running text in a part of pandoc's tree; formulas, citations, references and pictures have none."""
    if isinstance(node, list):
        return "".join(map(said, node))
    if not isinstance(node, dict):
        return ""
    kind, content = node.get("t"), node.get("c")
    if kind is None:
        return said(list(node.values()))
    if kind in NO_TEXT or (kind == "Link" and any(key == "reference" for key, _ in content[0][2])):
        return ""
    if kind == "Str":
        return str(content)
    if kind in {"Code", "CodeBlock"}:
        return str(content[1])
    if kind in {"Space", "SoftBreak", "LineBreak"}:
        return " "
    inner = said(content)
    return f" {inner} " if kind == "Note" else f"{inner}\n" if kind in {"Para", "Plain", "Header"} else inner


@pytest.mark.skipif(shutil.which("pandoc") is None, reason="needs pandoc")
@pytest.mark.parametrize("name", PAPERS)
def test_no_word_that_pandoc_finds_is_lost(shared, name):
    folder = shared / "papers" / "latex" / name
    if not folder.is_dir():
        pytest.skip(f"needs the folder {folder}")
    packed = pack_folder(folder)
    files = unpack(packed, name)
    document = read_latex(packed)
    ours = Counter(
        word
        for block in document.blocks
        if block.kind != "reference"
        for word in WORD.findall(document.text[block.start : block.end].lower())
    )
    lines = [line for line in said(run_pandoc(flatten(files, find_main(files, "", name)))).splitlines() if line.strip()]
    # Pandoc gives a caption once for each picture or table in its float: the paper has it once.
    captions = {line for line, after in pairwise(sorted(lines)) if line == after and len(line) > 60}
    once = [line for line in lines if line not in captions] + sorted(captions)
    pandoc = Counter(word for line in once for word in WORD.findall(line.lower()) if not COLUMNS.fullmatch(word))
    assert pandoc.total() > 1500
    lost = pandoc - ours
    assert lost.total() <= 0.01 * pandoc.total(), lost.most_common(20)
    assert ours.total() >= 0.99 * pandoc.total()
