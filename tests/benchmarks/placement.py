"""How many labelled passages are found again by their hashes alone, in another reader's text.

In: the folder ``shared`` with ``gold/dev-*.jsonl`` and ``papers/dev-*``, and poppler's ``pdftotext``. Out: figures on
standard output: for labels made from the labellers' own text and looked for in seedaudit's, and for the labels that
ship looked for in the text of ``pdftotext``. Run as ``python tests/benchmarks/placement.py [SHARED]``.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from seedaudit import resources
from seedaudit.documents.reader import read
from seedaudit.sources.local import load_file
from seedaudit.sources.reference import FORMS, FileReference
from seedaudit.training import standoff
from seedaudit.training.standoff import Letters

SETS = ("dev-acl", "dev-mixed", "dev-text", "dev-natural")
ROOT = Path(__file__).resolve().parents[2]


def in_our_text(shared: Path, name: str) -> Counter[str]:
    """Marks made from the labelled snippets, in the text that seedaudit reads."""
    told: Counter[str] = Counter()
    for line in (shared / "gold" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        (file,) = (shared / "papers" / name).glob(f"{record['paper']}.*")
        document = read(load_file(FileReference(file, FORMS[file.suffix])))
        letters, pages = Letters(document.text), standoff.page_starts(document)
        for passage in record["passages"]:
            before, _, rest = passage["snippet"].partition("\u27e6")
            judged, _, after = rest.partition("\u27e7")
            named = standoff.mark(Letters(before + judged + after), len(before), len(before) + len(judged))
            found = standoff.place(named, letters, pages, passage["page"])
            told["passages"] += 1
            if found is not None:
                page = document.locate(found.start, found.end).page
                told["placed"] += 1
                told["same letters"] += found.exact
                told["more than a page away"] += None not in {page, passage["page"]} and abs(page - passage["page"]) > 1
        document.close()
    return told


def in_other_text(shared: Path, *options: str) -> Counter[str]:
    """The labels that ship, in what ``pdftotext`` makes of the dev PDFs."""
    told: Counter[str] = Counter()
    files = {
        hashlib.sha256(file.read_bytes()).hexdigest(): file
        for name in SETS
        for file in (shared / "papers" / name).glob("*.pdf")
    }
    for paper in standoff.read_records([resources.labels()]):
        if paper.split != "dev" or paper.sha256 not in files:
            continue
        command = ["pdftotext", *options, str(files[paper.sha256]), "-"]
        text = subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8", "replace")
        pages, at = [], 0
        for number, page in enumerate(text.split("\f"), 1):
            pages.append((at, number))
            at += len(page) + 1
        letters = Letters(text)
        for label in (one for one in paper.labels if one.start is not None):
            found = standoff.place(label.mark, letters, pages, label.page)
            told["passages"] += 1
            if found is not None:
                where = max(number for start, number in pages if start <= found.start)
                told["placed"] += 1
                told["same letters"] += found.exact
                told["more than a page away"] += label.page is not None and abs(where - label.page) > 1
    return told


def main(shared: Path) -> None:
    """Print the figures."""
    for name in SETS:
        sys.stdout.write(f"{name}, labellers' text -> seedaudit: {dict(in_our_text(shared, name))}\n")
    for options in ((), ("-layout",)):
        told = in_other_text(shared, *options)
        sys.stdout.write(f"dev PDFs, seedaudit -> pdftotext {' '.join(options)}: {dict(told)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared")
