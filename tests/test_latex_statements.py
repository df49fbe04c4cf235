"""What real papers say of seeds is found by an audit of their LaTeX source, at its file and line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from seedaudit.auditing import Auditor
from seedaudit.sources.paper import Paper
from seedaudit.sources.tex import pack_folder

EXPECTED = json.loads(
    Path(__file__).with_name("documents").joinpath("latex_expectations.json").read_text(encoding="utf-8")
)["statements"]
SENTENCE = 4  # lines; a finding has the line where its sentence begins


@pytest.mark.parametrize("name", EXPECTED)
def test_every_statement_is_told_with_its_file_and_line(shared: Path, name: str) -> None:
    folder = shared / "papers" / "latex" / name
    if not folder.is_dir():
        pytest.skip(f"needs the folder {folder}")
    audit, document = Auditor().examine(Paper(name, "latex", pack_folder(folder)))
    document.close()
    places = [re.fullmatch(r"(.+), line (\d+)", one.place) for one in audit.findings]
    told = [(found[1], int(found[2])) for found in places if found]
    assert len(told) == len(audit.findings)
    lost = [
        (file, line)
        for file, uses in EXPECTED[name].items()
        for lines in uses.values()
        for line in lines
        if not any(where == file and start <= line <= start + SENTENCE for where, start in told)
    ]
    assert lost == []
