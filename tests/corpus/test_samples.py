"""The sample papers say what expected.json claims, on the page it claims, and show every use and verdict."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from seedaudit.documents.mupdf import pymupdf

SAMPLES = Path(__file__).resolve().parents[2] / "corpus" / "samples"
PAPERS = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))["papers"]
USES = {"tuning", "ensembling", "sensitivity", "fixed-seed", "seed-comparison"}
LARGEST = 200_000


def squash(text: str) -> str:
    """Letters only: line numbers of a review copy and hyphens at line ends fall away."""
    return re.sub("[^a-z]", "", text.lower().replace("ﬁ", "fi").replace("ﬂ", "fl").replace("ﬀ", "ff"))


def test_every_paper_has_source_pdf_and_expectation():
    sources = {path.parent.name for path in SAMPLES.glob("*/*.tex")}
    assert sources == set(PAPERS)
    for name in PAPERS:
        assert 0 < (SAMPLES / name / f"{name}.pdf").stat().st_size < LARGEST


def test_they_show_every_use_verdict_and_search_level():
    assert len(PAPERS) >= 8
    assert {finding["use"] for paper in PAPERS.values() for finding in paper["findings"]} == USES
    assert {paper["verdict"] for paper in PAPERS.values()} == {"red-flag", "caution", "safe", "unstated", "none"}
    assert {paper["search"] for paper in PAPERS.values()} == {"none", "own", "all", "seed-included"}


@pytest.mark.parametrize("name", PAPERS)
def test_the_quotes_stand_on_their_pages(name):
    with pymupdf.open(SAMPLES / name / f"{name}.pdf") as document:
        assert 2 <= document.page_count <= 3
        pages = [squash(page.get_text()) for page in document]
    for finding in PAPERS[name]["findings"] + PAPERS[name]["neutral"]:
        assert squash(finding["quote"]) in pages[finding["page"] - 1], finding["quote"]


def test_the_paper_without_a_seed_has_none():
    with pymupdf.open(SAMPLES / "no-seed" / "no-seed.pdf") as document:
        assert "seed" not in "".join(page.get_text().lower() for page in document)


def test_the_pdfs_carry_no_date():
    for name in PAPERS:
        with pymupdf.open(SAMPLES / name / f"{name}.pdf") as document:
            assert not document.metadata["creationDate"], name
