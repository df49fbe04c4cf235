"""The page of an evaluation: whole in itself, closed to what a paper's name may hold, readable."""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ET
from base64 import b64decode
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from seedaudit.reporting.evaluation import render_evaluation, render_text

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def share(hits: int, of: int) -> dict[str, Any]:
    return {"hits": hits, "of": of, "value": hits / of if of else None, "interval": [0.1, 0.9] if of else None}


RECORD: dict[str, Any] = {
    "tool": {"version": "0.1.0", "rules": "9f", "model": "51"},
    "papers": 3,
    "measured_on": "papers <b>made up</b>",
    "passage_micro_f1": 0.8,
    "passage_precision": 0.75,
    "passage_recall": 0.85,
    "passage_macro_f1": 0.7,
    "per_use": {
        use: {"f1": 0.5, "right": 1, "false": 1, "missed": 1, "precision": share(1, 2), "recall": share(1, 2)}
        for use in ("tuning", "fixed-seed")
    },
    "verdict_accuracy": 0.66,
    "verdict_kappa": 0.5,
    "risky_sensitivity": 1.0,
    "risky_sensitivity_counts": [2, 2],
    "risky_specificity": None,
    "risky_specificity_counts": [0, 0],
    "intervals": {
        "passage_precision": [0.1, 0.9], "passage_recall": [0.1, 0.9], "verdict_accuracy": [0.1, 0.9],
        "risky_sensitivity": [0.1, 0.9], "risky_specificity": None,
    },
    "confusion": {"red-flag": {"red-flag": 1, "none": 1}, "none": {"none": 1}},
    "passage_confusion": {"tuning": {"tuning": 1, "not found": 1}, "not labelled": {"fixed-seed": 2}},
    "calibration": {
        "error": 0.04, "findings": 20,
        "bins": [{"confidence": 0.6, "right": 6, "of": 10, "interval": [0.3, 0.8]},
                 {"confidence": 0.9, "right": 9, "of": 10, "interval": [0.6, 0.98]}],
    },
    "by_venue": [
        {"name": "<script>alert(1)</script>", "papers": 2, "passages": 1, "passage_f1": 0.5, "verdict": share(1, 2),
         "sensitivity": share(1, 1), "specificity": share(0, 0)},
        {"name": "", "papers": 1, "passages": 0, "passage_f1": 0.0, "verdict": share(1, 1),
         "sensitivity": share(0, 0), "specificity": share(1, 1)},
    ],
    "by_year": [],
    "error_kinds": {"verdict": 1, "label-confused": 1},
    "errors": [
        {"kind": "label-confused", "paper": "one\"><img src=x>", "page": 3, "start": 10, "end": 20,
         "labelled": "tuning", "told": "fixed-seed", "confidence": 0.7, "counts": "both", "why": ""},
        {"kind": "verdict", "paper": "two", "page": None, "start": None, "end": None, "labelled": "safe",
         "told": "none", "confidence": None, "counts": "verdict", "why": "findings"},
    ],
}  # fmt: skip


def test_the_page_needs_nothing_else_and_runs_nothing() -> None:
    page = render_evaluation(RECORD)
    assert page == render_evaluation(RECORD)
    assert "default-src 'none'" in unescape(page)
    assert not re.findall(r"<script|<img src=x|<b>|https?://", page.replace("http://www.w3.org", ""))
    assert set(re.findall(r'(?:src|srcset|href)="([^"]{5})', page)) == {"data:", "#main"}


def test_charts_are_drawings_with_their_words() -> None:
    page = render_evaluation(RECORD)
    found = re.findall(r'<img src="data:image/svg\+xml;base64,([^"]+)" alt="([^"]+)"', page)
    assert len(found) == 2
    for drawing, words in found:
        assert ET.fromstring(b64decode(drawing)).tag.endswith("svg")
        assert len(words) > 60
    assert "Expected calibration error 0.040" in found[0][1]
    assert "told 90%: 9 of 10 right" in found[0][1]
    assert page.count("<source") == 8


def test_a_record_without_findings_or_errors_has_a_page() -> None:
    empty = RECORD | {
        "calibration": {"error": None, "findings": 0, "bins": []}, "error_kinds": {}, "errors": [], "by_venue": [],
        "per_use": {}, "passage_confusion": {}, "papers": 1,
    }  # fmt: skip
    page = render_evaluation(empty)
    assert "<img" not in page
    assert "None." in page
    assert "no such paper" in render_text(empty)
    short = {key: value for key, value in RECORD.items() if key != "errors"}
    assert "Each with its place" not in render_evaluation(short)
    assert "label-confused" in render_text(short)


def test_the_text_tells_every_figure_with_what_it_was_counted_over() -> None:
    text = render_text(RECORD)
    for words in (
        "micro-F1 0.800", "kappa 0.500 over 3 papers", "risky sensitivity: 2 of 2 = 1.000 [0.100, 0.900]",
        "risky specificity: no such paper", "calibration error 0.040", "told 0.60:    6 of   10 right",
        "page 3 · 10-20 · tuning told as fixed-seed", "not known",
    ):  # fmt: skip
        assert words in text


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium on this machine")
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_the_page_is_accessible_and_does_not_scroll_sideways(tmp_path: Path, scheme: str, width: int) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    path = tmp_path / "page.html"
    path.write_text(render_evaluation(RECORD), encoding="utf-8")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme).new_page()
        troubles: list[str] = []
        page.on("console", lambda message: troubles.append(message.text))
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate("[...document.images].every(one => one.complete && one.naturalWidth > 0)")
        found = axe.Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert troubles == []
        browser.close()
