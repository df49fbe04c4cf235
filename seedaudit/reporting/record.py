"""Audits -> the JSON contract, schema 1.

In: results (audits and failures, in order) and the tool's versions. Out: dictionaries of plain values, and their text.
The one decision owned here: which keys the contract has, in which order, and how numbers are rounded. Everything else
that writes tables or JSON reads these records instead of the value types.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from seedaudit.findings import Audit, Failure, Finding, Tool

Result = Audit | Failure

SCHEMA_VERSION = 1
_SURROGATE = re.compile("[\ud800-\udfff]")


def paper_record(result: Result, *, all_mentions: bool) -> dict[str, Any]:
    """One paper as the contract's ``papers`` entry.

    A failure has every key too: status ``failed``, no verdict, no findings. With ``all_mentions`` the neutral mentions
    follow the order of the paper among the findings; without, only the five uses of a training seed appear.
    """
    if isinstance(result, Failure):
        return {
            "source": result.source,
            "id": result.id,
            "title": "",
            "year": None,
            "pages": None,
            "sha256": result.sha256,
            "status": "failed",
            "error": {"kind": result.kind, "message": result.message, "hint": result.hint},
            "verdict": None,
            "reasons": [],
            "search": {"level": "none", "evidence": []},
            "findings": [],
        }
    findings = result.findings if all_mentions else result.seed_findings
    return {
        "source": result.source,
        "id": result.id,
        "title": result.title,
        "year": result.year,
        "pages": result.pages,
        "sha256": result.sha256,
        "status": "audited",
        "error": None,
        "verdict": result.verdict.level,
        "reasons": list(result.verdict.reasons),
        "search": {
            "level": result.search.level,
            "evidence": [{"page": item.page, "quote": item.quote} for item in result.search.evidence],
        },
        "findings": [finding_record(finding) for finding in findings],
    }


def finding_record(finding: Finding) -> dict[str, Any]:
    """One finding as the contract's ``findings`` entry."""
    boxes = finding.boxes
    return {
        "use": finding.use,
        "risk": finding.risk,
        "confidence": round(float(finding.confidence), 4),
        "rules": list(finding.rules),
        "page": finding.page,
        "boxes": None if boxes is None else [[round(float(edge), 2) for edge in box] for box in boxes],
        "section": finding.section,
        "quote": finding.quote,
        "why": finding.why,
        "remedy": finding.remedy,
        "references": list(finding.references),
        "seeds": {"count": finding.seeds.count, "values": list(finding.seeds.values)},
    }


def document_record(results: Sequence[Result], tool: Tool, *, all_mentions: bool) -> dict[str, Any]:
    """The whole document: schema version, tool versions and one record per result, in the order given."""
    return {
        "schema": SCHEMA_VERSION,
        "tool": {"name": "seedaudit", "version": tool.version, "rules": tool.rules, "model": tool.model},
        "papers": [paper_record(result, all_mentions=all_mentions) for result in results],
    }


def to_json(results: Sequence[Result], tool: Tool, *, all_mentions: bool) -> str:
    """The document as JSON text that ends in a line break; the same results give the same bytes."""
    return to_text(document_record(results, tool, all_mentions=all_mentions))


def to_text(record: dict[str, Any]) -> str:
    """A record as JSON text that ends in a line break.

    Half of a surrogate pair (an undecodable file name, a damaged font) has no UTF-8 form and becomes U+FFFD.
    """
    text = json.dumps(record, ensure_ascii=False, indent=2, allow_nan=False)
    return _SURROGATE.sub("\ufffd", text) + "\n"


def load_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the document, as shipped in ``audit.schema.json``."""
    schema: dict[str, Any] = json.loads(
        files("seedaudit.reporting").joinpath("audit.schema.json").read_text(encoding="utf-8")
    )
    return schema
