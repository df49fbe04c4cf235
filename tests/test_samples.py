"""What an audit says of the sample papers: every use, every verdict."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import seedaudit

SAMPLES = Path(__file__).parents[1] / "corpus" / "samples"
EXPECTED: dict[str, Any] = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))["papers"]


@cache
def audited(name: str) -> seedaudit.Audit:
    return seedaudit.audit(SAMPLES / name / f"{name}.pdf")


def squash(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


@pytest.mark.parametrize("name", EXPECTED)
def test_the_verdict_is_the_expected_one(name: str) -> None:
    assert audited(name).verdict.level == EXPECTED[name]["verdict"]


@pytest.mark.parametrize("name", EXPECTED)
def test_every_expected_finding_is_there_on_its_page(name: str) -> None:
    told = [(one.use, one.page, squash(one.quote)) for one in audited(name).seed_findings]
    for wanted in EXPECTED[name]["findings"]:
        assert any(
            use == wanted["use"] and page == wanted["page"] and squash(wanted["quote"]) in quote
            for use, page, quote in told
        ), wanted


def test_every_use_and_every_verdict_is_shown() -> None:
    uses = {one.use for name in EXPECTED for one in audited(name).seed_findings}
    assert uses == {"tuning", "ensembling", "sensitivity", "fixed-seed", "seed-comparison"}
    assert {audited(name).verdict.level for name in EXPECTED} == {"red-flag", "caution", "safe", "unstated", "none"}


def test_findings_say_where_and_why() -> None:
    for name in EXPECTED:
        for finding in audited(name).seed_findings:
            assert finding.boxes
            assert finding.why
            assert finding.remedy
            assert finding.references
            assert 0 < finding.confidence <= 1
            assert [finding.quote[start:end] for start, end in finding.marks]


def test_the_same_paper_gives_the_same_audit() -> None:
    path = SAMPLES / "two-column" / "two-column.pdf"
    assert seedaudit.audit(path) == seedaudit.audit(path)
