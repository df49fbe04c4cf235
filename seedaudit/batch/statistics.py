"""A study -> what can be said of its papers together.

In: an open study, and how often the tool was measured to be right. Out: counts, shares with intervals, tables. The one
decision made here: what a share is a share of. Papers are counted once, however often a list names their bytes; a
failure is never in a denominator; ``none`` and ``unstated`` stand beside the other levels and are added to nothing.

This is the one place, with the tables of the reports, where pandas is imported.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, cast

import pandas as pd

from seedaudit.batch.store import WHOLE_PAPER, Study
from seedaudit.findings import LEVELS, SEED_USES, USES, Level, SearchLevel, Tool, Use

CONFIDENCE = 0.95
PUBLISHED = "more than 50% of 85"
"""What Bethard 2022 (arXiv:2210.13393) found of recent publications from the ACL Anthology; no more is known of it."""

RISKY_LEVELS: tuple[Level, ...] = ("red-flag", "caution")
SEARCH_LEVELS: tuple[SearchLevel, ...] = ("none", "own", "all", "seed-included")
TOGETHER: tuple[Use, ...] = tuple(use for use in USES if use in SEED_USES or use == "unspecified-runs")
SEED_BINS: tuple[tuple[str, int, int], ...] = (
    *((str(number), number, number) for number in range(1, 7)),
    ("7-9", 7, 9), ("10", 10, 10), ("11-20", 11, 20), ("21-100", 21, 100), ("more", 101, 1 << 62),
)  # fmt: skip

_Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


@dataclass(frozen=True, slots=True)
class Share:
    """``count`` of ``of``, with Wilson's interval; ``value`` and the interval are None of nothing."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        """The share, 0 to 1."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's score interval at 95%."""
        return wilson(self.count, self.of) if self.of else None


@dataclass(frozen=True, slots=True)
class Rate:
    """A measured rate: its value, and how many of how many it was measured on, where that is known."""

    value: float
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class UseRow:
    """How many papers make a use, and in how many findings."""

    use: Use
    papers: Share
    findings: int


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One year, venue or source: its audited papers by level, its failures, its share of risky papers."""

    name: str
    audited: int
    failed: int
    levels: Mapping[Level, int]
    risky: Share
    red_flags: Share


@dataclass(frozen=True, slots=True)
class Judged:
    """What a person's judgements say of this study.

    ``uses`` are the right findings among the judged ones; ``risky_right`` the risky papers among those judged that the
    tool calls risky, ``others_right`` the papers without risky use among the others; ``prevalence`` is the share of
    risky papers in the study that follows from both.
    """

    papers: int
    findings: int
    uses: tuple[tuple[Use, Share], ...]
    verdicts: Share
    risky_right: Share
    others_right: Share
    prevalence: Estimate | None


@dataclass(frozen=True, slots=True)
class Statistics:
    """Everything that a study's report says in numbers."""

    named: int
    waiting: int
    duplicates: int
    papers: int
    audited: int
    failures: tuple[tuple[str, int], ...]
    mentions: Share
    levels: tuple[tuple[Level, Share], ...]
    risky: Share
    corrected: Estimate | None
    sensitivity: Rate | None
    specificity: Rate | None
    uses: tuple[UseRow, ...]
    years: tuple[GroupRow, ...]
    venues: tuple[GroupRow, ...]
    sources: tuple[GroupRow, ...]
    seeds: tuple[tuple[str, int], ...]
    seeds_named: Share
    seed_values: tuple[tuple[int, int], ...]
    searches: tuple[tuple[SearchLevel, Share], ...]
    together: tuple[tuple[Use, tuple[int, ...]], ...]
    judged: Judged | None
    tools: tuple[tuple[Tool, int], ...]
    cpu_seconds: float


def wilson(count: int, of: int) -> tuple[float, float]:
    """Wilson's score interval of a share at 95%."""
    share, square = count / of, _Z * _Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = _Z / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, middle - half) if count else 0.0, min(1.0, middle + half) if count < of else 1.0


def rogan_gladen(positive: Share, sensitivity: Rate, specificity: Rate) -> Estimate | None:
    """The share of papers that are risky, from the share that the tool calls risky (Rogan and Gladen 1978).

    The interval takes in how surely sensitivity and specificity are known, after Lang and Reiczigel (2014):
    pseudo-counts are added to all three samples and their variances add up. A rate without a sample counts as exact.
    None where nothing was audited, or where the rates say that the tool does no better than chance.
    """
    gain = sensitivity.value + specificity.value - 1
    if not positive.of or gain <= 0:
        return None
    value = (positive.count / positive.of + specificity.value - 1) / gain
    square = _Z * _Z
    papers = positive.of + square
    share = (positive.count + square / 2) / papers
    se, se_variance = _with_pseudo_counts(sensitivity)
    sp, sp_variance = _with_pseudo_counts(specificity)
    gain = se + sp - 1
    if gain <= 0:
        return None
    middle = (share + sp - 1) / gain
    variance = share * (1 - share) / papers + middle**2 * se_variance + (1 - middle) ** 2 * sp_variance
    shift = 2 * square * (middle * se_variance - (1 - middle) * sp_variance)
    half = _Z * math.sqrt(variance) / gain
    value = _clip(value)
    return Estimate(value, min(value, _clip(middle + shift - half)), max(value, _clip(middle + shift + half)))


def _with_pseudo_counts(rate: Rate) -> tuple[float, float]:
    if rate.of is None:
        return rate.value, 0.0
    shifted = (rate.value * rate.of + 1) / (rate.of + 2)
    return shifted, shifted * (1 - shifted) / (rate.of + 2)


def _clip(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def measured(reliability: Mapping[str, Any] | None, name: str) -> Rate | None:
    """The rate ``name`` of what was measured: ``name`` holds the value, ``name_counts`` [hits, of] where known."""
    value = (reliability or {}).get(name)
    counts = (reliability or {}).get(f"{name}_counts")
    if counts is not None and counts[1]:
        return Rate(counts[0] / counts[1], int(counts[1]))
    return None if value is None else Rate(float(value))


def load_tables(study: Study) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All papers of the study, a row each, and all findings, a row each.

    Papers have ``number``, ``source``, ``host``, ``title``, ``year``, ``venue``, ``id``, ``pages``, ``sha256``,
    ``status`` (audited, failed, waiting), ``level``, ``search``, ``failure``, ``cpu``; ``again`` marks those whose
    bytes an earlier row has. Findings have ``number``, ``position``, ``use``, ``risk``, ``seed_count``,
    ``seed_values``, ``says_seed``.
    """
    papers = _frame(
        study,
        "SELECT papers.id AS number, papers.key, papers.source, host, coalesce(nullif(audits.title, ''), papers.title)"
        " AS title, coalesce(papers.year, audits.year) AS year, venue, coalesce(audits.id, failures.id) AS id, pages,"
        " sha256, CASE failed WHEN 0 THEN 'audited' WHEN 1 THEN 'failed' ELSE 'waiting' END AS status, level, search,"
        " failures.kind AS failure, failures.message, coalesce(cpu, 0.0) AS cpu FROM papers"
        " LEFT JOIN results ON results.paper = papers.id LEFT JOIN audits ON audits.paper = papers.id"
        " LEFT JOIN failures ON failures.paper = papers.id ORDER BY papers.key",
    )
    papers["year"] = papers["year"].astype("Int64")
    papers["pages"] = papers["pages"].astype("Int64")
    papers["venue"] = [venue or venue_of(str(key)) for venue, key in zip(papers["venue"], papers["key"], strict=True)]
    papers["again"] = papers["sha256"].notna() & papers.duplicated("sha256")
    findings = _frame(
        study,
        "SELECT paper AS number, position, use, risk, seed_count, seed_values,"
        " quote LIKE '%seed%' AS says_seed FROM findings ORDER BY paper, position",
    )
    return papers, findings


def venue_of(key: str) -> str:
    """The venue that the key of a paper itself tells; empty where it tells none."""
    if found := re.match(r"acl:\d{4}\.([a-z0-9]+)-", key):
        return found[1].upper()
    if found := re.match(r"pmlr:(v\d+)/", key):
        return f"PMLR {found[1]}"
    return ""


def analyse(
    study: Study,
    reliability: Mapping[str, Any] | None = None,
    tables: tuple[pd.DataFrame, pd.DataFrame] | None = None,
) -> Statistics:
    """Count everything that the report says; ``tables`` are those of :func:`load_tables`, where they are at hand."""
    everything, all_findings = tables or load_tables(study)
    papers = everything[~everything["again"]]
    audited = papers[papers["status"] == "audited"]
    failed = papers[papers["status"] == "failed"]
    findings = all_findings[all_findings["number"].isin(audited["number"])]
    count = len(audited)
    by_level = audited["level"].value_counts()
    risky = Share(int(audited["level"].isin(RISKY_LEVELS).sum()), count)
    sensitivity = measured(reliability, "risky_sensitivity")
    specificity = measured(reliability, "risky_specificity")
    corrected = rogan_gladen(risky, sensitivity, specificity) if sensitivity and specificity else None
    speaking = findings[findings["says_seed"].astype(bool) & (findings["use"] != "not-a-seed")]
    matrix = pd.crosstab(findings["number"], findings["use"]).reindex(columns=list(USES), fill_value=0) > 0
    with_findings = audited[audited["number"].isin(findings["number"])]
    by_search = with_findings["search"].value_counts()
    seeds, seed_values = _seeds(findings)
    return Statistics(
        named=len(everything),
        waiting=int((everything["status"] == "waiting").sum()),
        duplicates=int(everything["again"].sum()),
        papers=len(papers),
        audited=count,
        failures=tuple((str(kind), int(number)) for kind, number in failed["failure"].value_counts().items()),
        mentions=Share(int(speaking["number"].nunique()), count),
        levels=tuple((level, Share(int(by_level.get(level, 0)), count)) for level in LEVELS),
        risky=risky,
        corrected=corrected,
        sensitivity=sensitivity,
        specificity=specificity,
        uses=tuple(
            UseRow(use, Share(int(matrix[use].sum()), count), int((findings["use"] == use).sum())) for use in USES
        ),
        years=_groups(papers, "year"),
        venues=_groups(papers, "venue"),
        sources=_groups(papers, "host"),
        seeds=tuple((name, int(((seeds >= first) & (seeds <= last)).sum())) for name, first, last in SEED_BINS),
        seeds_named=Share(len(seeds), int(findings[findings["use"].isin(SEED_USES)]["number"].nunique())),
        seed_values=seed_values,
        searches=tuple((level, Share(int(by_search.get(level, 0)), len(with_findings))) for level in SEARCH_LEVELS),
        together=tuple((one, tuple(int((matrix[one] & matrix[two]).sum()) for two in TOGETHER)) for one in TOGETHER),
        judged=_judged(study, audited),
        tools=tuple(study.tools().items()),
        cpu_seconds=float(everything["cpu"].sum()),
    )


def _groups(papers: pd.DataFrame, column: str) -> tuple[GroupRow, ...]:
    done = papers[papers["status"] != "waiting"]
    keys = done[column].astype("object").where(done[column].notna() & (done[column] != ""), None)
    names = {key: str(key) for key in sorted(set(keys.dropna()), key=str)}
    made = [_group(name, done[keys == key]) for key, name in names.items()]
    unknown = done[keys.isna()]
    return (*made, *([_group("", unknown)] if len(unknown) else []))


def _group(name: str, members: pd.DataFrame) -> GroupRow:
    audited = members[members["status"] == "audited"]
    levels: dict[Level, int] = {level: int((audited["level"] == level).sum()) for level in LEVELS}
    risky = sum(levels[level] for level in RISKY_LEVELS)
    count = len(audited)
    return GroupRow(name, count, len(members) - count, levels, Share(risky, count), Share(levels["red-flag"], count))


def _seeds(findings: pd.DataFrame) -> tuple[pd.Series, tuple[tuple[int, int], ...]]:
    """The largest number of seeds that each paper names for a use of a training seed, and the ten commonest values."""
    used = findings[findings["use"].isin(SEED_USES)]
    values = used["seed_values"].map(json.loads)
    counts = used["seed_count"].fillna(values.map(len)).astype("int64")
    largest = counts.groupby(used["number"]).max()
    per_paper = values.groupby(used["number"]).agg(lambda lists: sorted({one for items in lists for one in items}))
    named = per_paper.explode().dropna().value_counts()
    common = sorted(((int(value), int(number)) for value, number in named.items()), key=lambda one: (-one[1], one[0]))
    return largest[largest > 0], tuple(common[:10])


def _judged(study: Study, audited: pd.DataFrame) -> Judged | None:
    judgements = [one for one in study.judgements() if one.judgement not in {"unsure", "open"}]
    if not judgements:
        return None
    level_of = dict(zip(audited["number"], audited["level"], strict=True))
    passages = [one for one in judgements if one.position != WHOLE_PAPER]
    verdicts = [one for one in judgements if one.position == WHOLE_PAPER and one.number in level_of]
    truly_risky = {one.number: _risky(one.said if one.judgement == "right" else one.should_be) for one in verdicts}
    known = {number: risky for number, risky in truly_risky.items() if risky is not None}
    called = {number: level_of[number] in RISKY_LEVELS for number in known}
    risky_right = _agree([known[number] for number in known if called[number]], wanted=True)
    others_right = _agree([known[number] for number in known if not called[number]], wanted=False)
    total = Share(sum(level in RISKY_LEVELS for level in level_of.values()), len(level_of))
    by_use = {use: [one.judgement == "right" for one in passages if one.said == use] for use in USES}
    return Judged(
        papers=len(verdicts),
        findings=len(passages),
        uses=tuple((use, _agree(right, wanted=True)) for use, right in by_use.items() if right),
        verdicts=_agree([one.judgement == "right" for one in verdicts], wanted=True),
        risky_right=risky_right,
        others_right=others_right,
        prevalence=_from_judgements(total, risky_right, others_right),
    )


def _risky(level: str) -> bool | None:
    """Whether a level is risky; None where the person said only that the verdict is wrong."""
    return level in RISKY_LEVELS if level in LEVELS else None


def _agree(answers: Sequence[bool], *, wanted: bool) -> Share:
    return Share(sum(one is wanted for one in answers), len(answers))


def _from_judgements(called: Share, risky_right: Share, others_right: Share) -> Estimate | None:
    """The share of risky papers from the two strata that were sampled: called risky, and not."""
    strata = [(called.count, risky_right.count, risky_right.of)]
    strata.append((called.of - called.count, others_right.of - others_right.count, others_right.of))
    if any(papers and not sampled for papers, _, sampled in strata):
        return None
    value, middle, variance = 0.0, 0.0, 0.0
    for papers, risky, sampled in strata:
        if not papers:
            continue
        weight = papers / called.of
        shifted = (risky + 1) / (sampled + 2)
        value += weight * risky / sampled
        middle += weight * shifted
        variance += weight**2 * shifted * (1 - shifted) / (sampled + 2)
    half = _Z * math.sqrt(variance)
    return Estimate(value, min(value, _clip(middle - half)), max(value, _clip(middle + half)))


def _frame(study: Study, statement: str) -> pd.DataFrame:
    columns, rows = study.query(statement)
    # Half of a surrogate pair (an undecodable file name, a damaged font) has no place in a column of text.
    clean = [tuple(_encodable(one) for one in row) for row in rows]
    return pd.DataFrame(cast("Iterable[tuple[Any, ...]]", clean), columns=columns)


def _encodable(value: Any) -> Any:
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value
