"""Real papers' sources: all read, and what they say of seeds found at its file and line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from seedaudit.documents.latex import read_latex
from seedaudit.sources.tex import pack_folder

EXPECTED = json.loads(Path(__file__).with_name("latex_expectations.json").read_text())
SEED = re.compile(r"(?<![a-z])seed(?!a)", re.IGNORECASE)


@pytest.mark.parametrize("name", [*EXPECTED["statements"], *EXPECTED["none"]])
def test_statements_are_found_where_they_stand(shared, name):
    folder = shared / "papers" / "latex" / name
    if not folder.is_dir():
        pytest.skip(f"needs the folder {folder}")
    document = read_latex(pack_folder(folder))
    places = [
        document.locate(found.start(), found.end())
        for found in SEED.finditer(document.text)
        if document.block_at(found.start()).kind != "reference"
    ]
    assert {(place.file, place.line) for place in places} == {
        (file, line)
        for file, uses in EXPECTED["statements"].get(name, {}).items()
        for lines in uses.values()
        for line in lines
    }
    assert len(document.text) > 15_000
    assert len(document.sections) > 5
    assert not re.search(r"\\(?:begin|end|item|cite\w*|ref|label|textbf|emph)\b", document.text)
