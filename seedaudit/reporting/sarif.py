"""Audits -> SARIF 2.1.0, the form that code scanning reads.

In: results, versions, and what the rule packs explain of each use. Out: one run as JSON text. The one decision owned
here: a use of seeds is a SARIF rule, and a page of a paper stands where code has a line, since viewers and GitHub ask
for a line; the property ``page`` says so too, and the message names the page.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote

from seedaudit.findings import RISKY_USES, SAFE_USES, USES, Failure, Finding, Risk, Tool, Use
from seedaudit.plain import line
from seedaudit.reporting import wording
from seedaudit.reporting.literature import link, work
from seedaudit.reporting.record import Result

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_HOME = "https://github.com/seedaudit/seedaudit"
_LEVELS: dict[Risk, str] = {"red-flag": "error", "caution": "warning", "safe": "note", "neutral": "none"}


class Explained(Protocol):
    """What a rule pack tells of a use."""

    @property
    def why(self) -> str:
        """Why the use matters."""

    @property
    def remedy(self) -> str:
        """What could be done."""

    @property
    def references(self) -> tuple[str, ...]:
        """The literature."""


def to_sarif(
    results: Sequence[Result], tool: Tool, explanations: Mapping[Use, Explained], *, all_mentions: bool = False
) -> str:
    """One SARIF run as JSON text that ends in a line break; the same results give the same bytes.

    Red flags are errors, cautions warnings, safe uses notes, and neutral mentions (with ``all_mentions``) have level
    none. A paper that could not be audited is a notification of the run, which then did not succeed.
    """
    failures = [(at, one) for at, one in enumerate(results) if isinstance(one, Failure)]
    run = {
        "tool": {
            "driver": {
                "name": "seedaudit",
                "informationUri": _HOME,
                "semanticVersion": tool.version,
                "rules": [_rule(use, explanations.get(use)) for use in USES],
                "properties": {"rules": tool.rules, "model": tool.model},
            }
        },
        "invocations": [
            {
                "executionSuccessful": not failures,
                "toolExecutionNotifications": [_notification(at, one) for at, one in failures],
            }
        ],
        "artifacts": [_artifact(one) for one in results],
        "results": [
            _result(finding, at, audit)
            for at, audit in enumerate(results)
            if not isinstance(audit, Failure)
            for finding in (audit.findings if all_mentions else wording.told(audit))
        ],
        "columnKind": "unicodeCodePoints",
    }
    text = json.dumps(_clean({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}), ensure_ascii=False, indent=2)
    return text + "\n"


def _rule(use: Use, explained: Explained | None) -> dict[str, Any]:
    words = wording.USE_WORDS[use]
    kind = "risky" if use in RISKY_USES else "safe" if use in SAFE_USES else "neutral"
    risk: Risk = "caution" if kind == "risky" else "safe" if kind == "safe" else "neutral"
    help_text = [f"{words.name}: {words.meaning}.", *_advice(explained)]
    references = explained.references if explained else ()
    cited = [work(one) for one in references]
    markdown = [*help_text, *(f"- [{one.name}]({one.url}): {one.claim}" for one in cited if one.url)]
    plain_text = [*help_text, *(f"{one.name}: {one.claim} {one.url or ''}".rstrip() for one in cited)]
    rule: dict[str, Any] = {
        "id": use,
        "shortDescription": {"text": f"{words.name}."},
        "fullDescription": {"text": f"A {kind} use of seeds: {words.meaning}."},
        "help": {"text": "\n\n".join(plain_text), "markdown": "\n\n".join(markdown)},
        "defaultConfiguration": {"level": _LEVELS[risk]},
        "properties": {"tags": ["random-seed", kind]},
    }
    addresses = [address for one in references if (address := link(one))]
    if addresses:
        rule["helpUri"] = addresses[0]
    return rule


def _advice(explained: Explained | None) -> list[str]:
    if explained is None:
        return []
    told = [f"Why it matters: {explained.why}"] if explained.why else []
    return [*told, f"What could be done: {explained.remedy}"] if explained.remedy else told


def _artifact(result: Result) -> dict[str, Any]:
    artifact: dict[str, Any] = {"location": {"uri": _uri(result)}, "roles": ["analysisTarget"]}
    if result.sha256:
        artifact["hashes"] = {"sha-256": result.sha256}
    if not isinstance(result, Failure):
        artifact["description"] = {"text": _escaped(wording.title(result))}
        artifact["properties"] = {"verdict": result.verdict.level, "reasons": list(result.verdict.reasons)}
    return artifact


def _uri(result: Result) -> str:
    """Where the paper is: its address for one from a host, else the path as it was typed, relative where that was."""
    address = link(result.id) if result.id else None
    if address:
        return address
    path = result.source.replace("\\", "/")
    return "stdin" if path == "-" else quote(path.encode("utf-8", "replace"), safe="/-._~")


def _place(finding: Finding, at: int, result: Result) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": finding.page or 1, "snippet": {"text": finding.quote}}
    properties = {"page": finding.page, "section": finding.section}
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(result), "index": at},
            "region": region | {"properties": {name: value for name, value in properties.items() if value}},
        }
    }


def _result(finding: Finding, at: int, result: Result) -> dict[str, Any]:
    words = wording.USE_WORDS[finding.use]
    where = wording.place(finding.page, finding.section, finding.place)
    message = f"{words.name}{f' ({where})' if where else ''}: “{line(finding.quote)}” {line(finding.why)}".rstrip()
    found: dict[str, Any] = {
        "ruleId": finding.use,
        "ruleIndex": USES.index(finding.use),
        "level": _LEVELS[finding.risk],
        "message": {"text": _escaped(message)},
        "locations": [_place(finding, at, result)],
        "partialFingerprints": {"seedauditPassage/v1": _fingerprint(finding, result)},
        "properties": {
            "risk": finding.risk,
            "confidence": round(float(finding.confidence), 4),
            "detectionRules": list(finding.rules),
            "remedy": finding.remedy,
            "seeds": {"count": finding.seeds.count, "values": list(finding.seeds.values)},
        },
    }
    if finding.risk == "neutral":
        found["kind"] = "informational"
    return found


def _fingerprint(finding: Finding, result: Result) -> str:
    """The same for the same words of the same paper, so that a later scan knows the finding again."""
    told = "\0".join((_uri(result), finding.use, " ".join(finding.quote.split())))
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()


def _notification(at: int, failure: Failure) -> dict[str, Any]:
    hint = f" {failure.hint}" if failure.hint else ""
    return {
        "level": "error",
        "descriptor": {"id": f"not-audited/{failure.kind}"},
        "message": {"text": _escaped(f"{wording.source(failure)} was not audited: {failure.message}{hint}")},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(failure), "index": at}}}],
    }


def _escaped(message: str) -> str:
    """``message`` without what SARIF reads as a placeholder ({0}) or a link ([text](address)) in words of a paper."""
    return re.sub(r"([\\\[\]])", r"\\\1", message).replace("{", "{{").replace("}", "}}")


def _clean(value: Any) -> Any:
    """``value`` with every text as one line of what can be shown; line breaks of a help text stay."""
    if isinstance(value, str):
        return "\n\n".join(map(line, value.split("\n\n")))
    if isinstance(value, dict):
        return {_clean(name): _clean(one) for name, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, list) else value
