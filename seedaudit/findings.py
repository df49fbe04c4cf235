"""What an audit says: the values between detection, verdict and reports.

The names of uses, risks and levels are those of the labelling guideline; JSON, rules and reports spell them the same.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, get_args

from seedaudit.documents.document import Box

Use = Literal[
    "tuning",
    "ensembling",
    "sensitivity",
    "fixed-seed",
    "seed-comparison",
    "unspecified-runs",
    "data-sampling",
    "decoding",
    "other-randomness",
    "discussion",
    "not-a-seed",
    "boilerplate",
]
Risk = Literal["red-flag", "caution", "safe", "neutral"]
Level = Literal["red-flag", "caution", "safe", "unstated", "none"]
SearchLevel = Literal["none", "own", "all", "seed-included"]

USES: tuple[Use, ...] = get_args(Use)
SAFE_USES: frozenset[Use] = frozenset({"tuning", "ensembling", "sensitivity"})
RISKY_USES: frozenset[Use] = frozenset({"fixed-seed", "seed-comparison"})
SEED_USES: frozenset[Use] = SAFE_USES | RISKY_USES
LEVELS: tuple[Level, ...] = get_args(Level)


def use_named(name: object) -> Use:
    """The use of that name. Raises ValueError where there is none."""
    for use in USES:
        if use == name:
            return use
    raise ValueError(f"unknown label {name!r}")


@dataclass(frozen=True, slots=True)
class Seeds:
    """How many seeds a passage names, and which values."""

    count: int | None = None
    values: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One passage and one use of it.

    ``start`` and ``end`` are the quote's offsets in the document's text; ``marks`` are (start, end) offsets *within
    the quote* of the words that made it a candidate. ``before`` and ``after`` are the words around the quote.
    ``boxes`` are PDF points of ``page``. ``confidence`` is the calibrated probability of ``use``, 0 to 1.
    ``notes`` holds flags that the verdict reads: ``best-of-n``. ``place`` is the file and line of a quote from LaTeX
    source, as a reader is told them.
    """

    use: Use
    risk: Risk
    confidence: float
    rules: tuple[str, ...]
    page: int | None
    boxes: tuple[Box, ...] | None
    section: str
    quote: str
    why: str
    remedy: str
    references: tuple[str, ...]
    seeds: Seeds
    start: int
    end: int
    marks: tuple[tuple[int, int], ...] = ()
    before: str = ""
    after: str = ""
    notes: tuple[str, ...] = ()
    place: str = ""

    @property
    def quote_sha256(self) -> str:
        """What names the words of the quote where they must not be shown: the SHA-256 of their UTF-8 bytes, in hex."""
        return hashlib.sha256(self.quote.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quote and its page (from 1; None where the paper has no pages)."""

    page: int | None
    quote: str


@dataclass(frozen=True, slots=True)
class Search:
    """What the paper says about a hyperparameter search for the reported experiments."""

    level: SearchLevel = "none"
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The paper's level and the sentences that give its reasons."""

    level: Level
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Audit:
    """One audited paper. ``findings`` holds neutral mentions too; ``seed_findings`` only uses of a training seed."""

    source: str
    id: str | None
    title: str
    year: int | None
    pages: int | None
    sha256: str
    verdict: Verdict
    search: Search
    findings: tuple[Finding, ...]

    @property
    def seed_findings(self) -> tuple[Finding, ...]:
        """The findings whose use is one of the five uses of a training seed."""
        return tuple(finding for finding in self.findings if finding.use in SEED_USES)


@dataclass(frozen=True, slots=True)
class Failure:
    """One paper that could not be audited, and why."""

    source: str
    kind: str
    message: str
    hint: str = ""
    id: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """The versions that an audit depends on."""

    version: str
    rules: str
    model: str
