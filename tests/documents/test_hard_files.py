"""Broken, locked, scanned and odd files end as a document or as an error that says what is wrong."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from seedaudit.documents.pdf import read_pdf
from seedaudit.errors import PaperError

HARD = Path(__file__).resolve().parents[2].parent / "shared" / "papers" / "hard"
FILES = sorted(HARD.glob("*.pdf"))


@pytest.mark.skipif(not FILES, reason="the difficult files (../shared/papers/hard) are not here")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem[:40])
def test_difficult_file(path):
    start = time.monotonic()
    problem = None
    try:
        document = read_pdf(path.read_bytes(), name=path.name)
    except PaperError as error:
        problem = error
    assert time.monotonic() - start < 20
    if problem is not None:
        assert path.name in problem.message
        assert problem.hint
        return
    assert document.text.strip()
    assert document.blocks
    document.close()
