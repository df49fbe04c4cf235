"""PyMuPDF comes without its layout engine, and alone, and what it read does not stay."""

from __future__ import annotations

import gc
import subprocess
import sys
import tracemalloc
from pathlib import Path

from seedaudit.documents.mupdf import blocks_of, pymupdf
from seedaudit.documents.pdf import read_pdf

SAMPLE = Path(__file__).parents[2] / "corpus" / "samples" / "two-column" / "two-column.pdf"


def test_layout_engine_stays_out_and_can_come_later():
    program = (
        "import sys\nfrom seedaudit.documents.mupdf import pymupdf\n"
        "assert not {'onnxruntime', 'networkx', 'pymupdf.layout'} & set(sys.modules), 'loaded'\n"
        "assert 'pymupdf4llm' not in sys.modules, 'left blocked'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_mupdf_says_nothing_on_standard_error():
    program = (
        "from seedaudit.documents.pdf import read_pdf\nfrom seedaudit.errors import PaperError\n"
        "try:\n    read_pdf(b'%PDF-1.4 broken')\nexcept PaperError:\n    pass\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert done.stderr == b""
    assert done.stdout == b""


def test_places_are_the_same_when_pymupdf_came_first_with_its_layout_engine() -> None:
    told = f"import seedaudit; print([one.boxes for one in seedaudit.audit({str(SAMPLE)!r}).findings])"
    alone, after = (
        subprocess.run([sys.executable, "-c", first + told], capture_output=True, text=True, check=True).stdout
        for first in ("", "import pymupdf; ")
    )
    assert "Box" in alone
    assert after == alone


def test_blocks_are_let_go_and_no_more_than_once() -> None:
    with pymupdf.open(SAMPLE) as file:
        given = blocks_of(file[0].get_textpage())
    assert len(given) > 3
    ours = [(*block[:4], "".join(list(block[4])), *block[5:]) for block in given]
    held, expected = (
        [(sys.getrefcount(block), sys.getrefcount(block[4])) for block in blocks if len(block[4]) > 1]
        for blocks in (given, ours)
    )
    assert held == expected


def test_papers_that_were_read_stay_out_of_memory() -> None:
    data = SAMPLE.read_bytes()

    def read(times: int) -> int:
        for _ in range(times):
            document = read_pdf(data)
            document.close()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        before = read(20)  # fills what the interpreter keeps for itself
        kept = read(20) - before
    finally:
        tracemalloc.stop()
    with pymupdf.open(SAMPLE) as file:
        letters = sum(len(page.get_text()) for page in file)
    assert kept < 10 * letters
