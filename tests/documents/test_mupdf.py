"""PyMuPDF comes without its layout engine, and alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


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
    sample = Path(__file__).parents[2] / "corpus" / "samples" / "two-column" / "two-column.pdf"
    told = f"import seedaudit; print([one.boxes for one in seedaudit.audit({str(sample)!r}).findings])"
    alone, after = (
        subprocess.run([sys.executable, "-c", first + told], capture_output=True, text=True, check=True).stdout
        for first in ("", "import pymupdf; ")
    )
    assert "Box" in alone
    assert after == alone
