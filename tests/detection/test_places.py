"""Where findings are said to stand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from seedaudit.auditing import Auditor
from seedaudit.findings import SEED_USES, Audit
from seedaudit.sources.paper import Paper

SAMPLES = Path(__file__).parents[2] / "corpus" / "samples"


def audited(name: str, auditor: Auditor) -> Audit:
    audit, document = auditor.examine(Paper(name, "pdf", (SAMPLES / name / f"{name}.pdf").read_bytes()))
    document.close()
    return audit


@pytest.mark.parametrize("name", ["two-column", "neutral-mentions"])
def test_only_neutral_mentions_go_without_boxes(name: str) -> None:
    whole, spare = audited(name, Auditor()), audited(name, Auditor(neutral_boxes=False))
    assert all(finding.boxes for finding in whole.findings)
    assert spare == replace(
        whole,
        findings=tuple(one if one.use in SEED_USES else replace(one, boxes=None) for one in whole.findings),
    )
    assert any(finding.use not in SEED_USES for finding in whole.findings)
