"""How fast papers are read, and how much of what was judged in them is found again.

In: a folder like ``shared`` with ``papers/dev-*/*.pdf`` and ``gold/dev-*.jsonl``. Out: figures on standard output. Run
as ``python tests/benchmarks/extraction.py [SHARED] [--misses N]``.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

from seedaudit.documents.document import Document
from seedaudit.documents.mupdf import pymupdf
from seedaudit.documents.pdf import read_pdf
from seedaudit.errors import PaperError

SETS = ("dev-acl", "dev-mixed")
AROUND = 60
ROOT = Path(__file__).resolve().parents[2]


def squash(text: str) -> str:
    """``text`` as the gold's judges matched it: small letters and digits."""
    return re.sub("[^a-z0-9]", "", text.lower())


def bare(data: bytes) -> None:
    """What PyMuPDF alone does: the floor."""
    with pymupdf.open(stream=data, filetype="pdf") as file:
        for page in file:
            page.get_text()


def cpu_seconds(read: Callable[[bytes], object], data: bytes) -> float:
    """CPU time of reading one file in this process."""
    start = time.process_time()
    read(data)
    return time.process_time() - start


def read_and_close(data: bytes) -> None:
    """Read one paper as an audit does."""
    read_pdf(data).close()


def page_texts(document: Document) -> dict[int, str]:
    """The squashed text of every page: its blocks and those that run on from the page before."""
    pages: dict[int, str] = {}
    for block in document.blocks:
        page = block.page or 1
        pages[page] = pages.get(page, "") + squash(document.text[block.start : block.end])
    return pages


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", nargs="?", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--misses", type=int, default=0, help="print so many passages that were not found")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    found = judged = words = 0
    for name in SETS:
        for line in (options.shared / "gold" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            paper = json.loads(line)
            path = options.shared / "papers" / name / f"{paper['paper']}.pdf"
            try:
                document = read_pdf(path.read_bytes())
            except PaperError as error:
                sys.stdout.write(f"{path.name}: {error}\n")
                continue
            pages = page_texts(document)
            for passage in paper["passages"]:
                before, _, rest = passage["snippet"].partition("⟦")
                inner, _, after = rest.partition("⟧")
                core = squash(inner)
                wanted = squash(before)[-AROUND // 2 :] + core + squash(after)[: AROUND // 2]
                page = passage["page"]
                near = [pages.get(number, "") for number in range(page - 1, page + 2)]
                judged += 1
                hit = any(wanted in text for text in near)
                found += hit
                words += any(core in text for text in near)
                if not hit and options.misses > 0:
                    options.misses -= 1
                    sys.stdout.write(f"{path.name} p{page} {passage['id']}: {wanted} | {core}\n")
            document.close()
    sys.stdout.write(f"passages in context {found}/{judged} = {found / judged:.3f}; words alone {words / judged:.3f}\n")
    if options.rounds < 1:
        return
    files = [path.read_bytes() for name in SETS for path in sorted((options.shared / "papers" / name).glob("*.pdf"))]
    floor, ours = [float("inf")] * len(files), [float("inf")] * len(files)
    for _ in range(options.rounds):  # in turns, so that a busy machine is as unkind to the one as to the other
        for index, data in enumerate(files):
            floor[index] = min(floor[index], cpu_seconds(bare, data))
            ours[index] = min(ours[index], cpu_seconds(read_and_close, data))
    sys.stdout.write(
        f"{len(files)} PDFs, best of {options.rounds}: bare {sum(floor):.2f} s, read {sum(ours):.2f} s, "
        f"ratio {sum(ours) / sum(floor):.3f}\n"
    )


if __name__ == "__main__":
    main()
