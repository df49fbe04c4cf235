"""Render the example reports of the sample papers again.

    python reports/examples/render.py                 the reports, from audits.json and the sample papers
    python reports/examples/render.py --audit         audit the samples first, and write audits.json
    python reports/examples/render.py --screenshots   take the pictures for the README too (Chromium, Playwright)

In: audits.json, the audits as they were stored, and corpus/samples. Out: the files beside this script. The one decision
owned here: examples are rendered from stored audits, so that they change with the reports and not with each new model.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from seedaudit.auditing import Auditor
from seedaudit.documents.document import Box
from seedaudit.documents.mupdf import pymupdf
from seedaudit.documents.pdf import read_pdf
from seedaudit.findings import Audit, Evidence, Finding, Search, Seeds, Tool, Verdict
from seedaudit.reporting.gaps import gaps
from seedaudit.reporting.html import render_html
from seedaudit.reporting.markdown import render_markdown
from seedaudit.reporting.marked_pdf import mark_pdf
from seedaudit.sources.paper import Paper

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
STORED = HERE / "audits.json"
SAMPLES = ("settings-table", "two-column", "review-copy", "runs-only")
RELIABILITY = {"measured_on": "nothing: an example with invented papers"}


def source(name: str) -> str:
    """Where a sample lies, as typed in the root of the repository."""
    return f"corpus/samples/{name}/{name}.pdf"


def audit_samples() -> None:
    """Audit the samples and store the audits."""
    auditor = Auditor()
    audits = []
    for name in SAMPLES:
        audit, document = auditor.examine(Paper(source(name), "pdf", (ROOT / source(name)).read_bytes()))
        document.close()
        audits.append(asdict(audit))
    record = {"tool": asdict(auditor.tool), "audits": audits}
    STORED.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def stored() -> tuple[Tool, list[Audit]]:
    """The stored audits and the versions that made them."""
    record = json.loads(STORED.read_text(encoding="utf-8"))
    return Tool(**record["tool"]), [_audit(one) for one in record["audits"]]


def _audit(record: dict[str, Any]) -> Audit:
    verdict, search = record["verdict"], record["search"]
    evidence = tuple(Evidence(**one) for one in search["evidence"])
    return Audit(
        **record
        | {
            "verdict": Verdict(verdict["level"], tuple(verdict["reasons"])),
            "search": Search(search["level"], evidence),
            "findings": tuple(map(_finding, record["findings"])),
        }
    )


def _finding(record: dict[str, Any]) -> Finding:
    lists = {name: tuple(record[name]) for name in ("rules", "references", "notes")}
    return Finding(
        **record
        | lists
        | {
            "boxes": tuple(Box(*one) for one in record["boxes"]) if record["boxes"] else None,
            "seeds": Seeds(record["seeds"]["count"], tuple(record["seeds"]["values"])),
            "marks": tuple((start, end) for start, end in record["marks"]),
        }
    )


def render(folder: Path) -> list[Path]:
    """Write every example into ``folder``, and say which."""
    tool, audits = stored()
    written = []
    for audit in audits:
        name = Path(audit.source).stem
        data = (ROOT / audit.source).read_bytes()
        document = read_pdf(data)
        layout = document.layout
        pictures = {
            id(one): layout.picture(one.page, one.boxes)
            for one in audit.findings
            if layout is not None and one.page is not None and one.boxes
        }
        page = render_html(
            [audit],
            tool,
            picture=lambda finding, pictures=pictures: pictures.get(id(finding)),
            gaps=lambda audit, document=document: gaps(audit, document),
            reliability=RELIABILITY,
        )
        document.close()
        written.append(folder / f"{name}.html")
        written[-1].write_text(page, encoding="utf-8")
        if audit is audits[0]:
            written.append(folder / f"{name}.md")
            written[-1].write_text(render_markdown([audit], all_mentions=False), encoding="utf-8")
            written.append(folder / f"{name}-marked.pdf")
            written[-1].write_bytes(mark_pdf(data, audit))
    return written


def take_screenshots(folder: Path) -> None:
    """report.png: the first screen of a report; marked-pdf.png: a marked passage."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1120, "height": 720})
        page.goto((folder / "two-column.html").resolve().as_uri())
        page.screenshot(path=folder / "report.png")
        browser.close()
    with pymupdf.open(folder / f"{SAMPLES[0]}-marked.pdf") as file:
        sheet = file[1]
        sheet.get_pixmap(dpi=120, clip=(40, 50, 555, 360)).save(folder / "marked-pdf.png")


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(description="Render the example reports again.")
    parser.add_argument("--audit", action="store_true", help="audit the sample papers first")
    parser.add_argument("--screenshots", action="store_true", help="take the pictures for the README too")
    asked = parser.parse_args()
    if asked.audit:
        audit_samples()
    for path in render(HERE):
        sys.stdout.write(f"{path}\n")
    if asked.screenshots:
        take_screenshots(HERE)


if __name__ == "__main__":
    main()
