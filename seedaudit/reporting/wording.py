"""The words of the reports, and the order in which findings are told.

In: an audit. Out: names and sentences for its levels and uses, its findings in groups, the findings that decide it.
The one decision owned here: how a report speaks. A sentence describes what a paper says and what that leaves out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seedaudit.findings import RISKY_USES, SEED_USES, USES, Audit, Failure, Finding, Level, Risk, SearchLevel, Use
from seedaudit.plain import line


@dataclass(frozen=True, slots=True)
class UseWords:
    """How a use is called, and what a passage with this use says."""

    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one use, in the order of the paper; ``risk`` is the gravest among them."""

    use: Use
    risk: Risk
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """One explanation and the findings that share it."""

    why: str
    remedy: str
    references: tuple[str, ...]
    findings: tuple[Finding, ...]


LEVEL_NAMES: dict[Level, str] = {
    "red-flag": "red flag",
    "caution": "caution",
    "safe": "safe",
    "unstated": "unstated",
    "none": "none",
}

_LEVEL_SENTENCES: dict[Level, str] = {
    "red-flag": (
        "One fixed seed is used for training runs, and systems are compared over runs in which only the seed is said "
        "to vary."
    ),
    "caution": (
        "Systems are compared over runs in which only the seed is said to vary. The hyperparameter search that the "
        "paper describes narrows what this leaves out; it does not include the seed."
    ),
    "safe": (
        "The uses of training seeds that were found are safe ones: seeds are tuned or combined, or the spread over "
        "them is what is reported."
    ),
    "unstated": "The paper reports repeated or single runs and does not say whether the training seed varies.",
    "none": (
        "No use of a training seed was found. The paper may still use one: the audit reads what is written, and "
        "recognised nothing."
    ),
}
_FIXED_ONLY = (
    "Training runs are described with one fixed seed; how far another seed would move the scores is not shown."
)
_COMPARED_ONLY = "Systems are compared over runs in which only the seed is said to vary, "
_COMPARED_SAFELY = (
    "Systems are compared over seeds, and the hyperparameter search that the paper describes includes the seed."
)
_NO_SEARCH = "and no hyperparameter search was found."
_BEST_OF_N = "and the best run is reported without a held-out criterion for choosing it."

RISK_NAMES: dict[Risk, str] = {"red-flag": "red flag", "caution": "caution", "safe": "safe", "neutral": "neutral"}

USE_WORDS: dict[Use, UseWords] = {
    "fixed-seed": UseWords("One fixed seed", "one seed value is used for training runs"),
    "seed-comparison": UseWords(
        "Comparison over seeds only", "systems are compared by scores over runs that differ only in their seed"
    ),
    "tuning": UseWords("Seed tuned", "several seeds are tried and one is kept by a held-out score"),
    "ensembling": UseWords("Seeds combined", "models trained with different seeds are combined"),
    "sensitivity": UseWords("Spread studied", "the spread over seeds is itself the finding"),
    "unspecified-runs": UseWords("Runs, unspecified", "runs are repeated or single; what varies is not said"),
    "data-sampling": UseWords("Data sampling", "the seed or the repetition drives data only"),
    "decoding": UseWords("Decoding", "the seed drives the inference of a trained model only"),
    "other-randomness": UseWords("Other randomness", "randomness without a claim about training seeds"),
    "discussion": UseWords("Discussion", "not a run of the authors"),
    "not-a-seed": UseWords("Not a seed", "the word means something else here"),
    "boilerplate": UseWords("Boilerplate", "a checklist question, a bibliography entry or leaked figure text"),
}

SEARCH_SENTENCES: dict[SearchLevel, str] = {
    "none": "No hyperparameter search was found for the reported experiments.",
    "own": "A hyperparameter search is described for the authors' own model, or it is unclear for whom.",
    "all": "A hyperparameter search is described for the compared systems too.",
    "seed-included": "The described search includes the seed, or scores are shown over sampled configurations.",
}

SAYS: tuple[str, ...] = (
    "what the paper's text says about seeds in the authors' own training runs, and what that leaves out;",
    "where it says so: each finding quotes the words and names the page;",
    "a level that follows from the findings by a fixed table, never by a judgement of the work.",
)
SAYS_NOT: tuple[str, ...] = (
    "anything about the authors' intent, or whether the results are right or wrong;",
    "that the code does what the text says: code and data are not read;",
    "that several seeds are worse than one: several seeds tell more than one run, "
    "and several sources of variation tell more still;",
    "that nothing else is in the paper: passages can be missed or misread, so read the quotes.",
)

# Risky uses come first; within a kind the order is the guideline's.
_ORDER: dict[Use, int] = {
    use: place
    for place, use in enumerate(
        sorted(USES, key=lambda use: (use not in RISKY_USES, use not in SEED_USES, USES.index(use)))
    )
}
LOOKED_FOR: tuple[Use, ...] = tuple(sorted(SEED_USES, key=_ORDER.__getitem__))
UNSURE_BELOW = 0.5
_GRAVITY: dict[Risk, int] = {"red-flag": 0, "caution": 1, "safe": 2, "neutral": 3}


def groups(findings: Iterable[Finding]) -> tuple[Group, ...]:
    """Findings by use: the gravest use first, risky before safe before neutral."""
    by_use: dict[Use, list[Finding]] = {}
    for finding in findings:
        by_use.setdefault(finding.use, []).append(finding)
    made = [
        Group(use, min((one.risk for one in members), key=_GRAVITY.__getitem__), tuple(members))
        for use, members in by_use.items()
    ]
    return tuple(sorted(made, key=lambda group: (_GRAVITY[group.risk], _ORDER[group.use])))


def advice(findings: Iterable[Finding]) -> tuple[Advice, ...]:
    """Findings by what is said about them, so that a reason is given once; in the order of the paper."""
    shared: dict[tuple[str, str, tuple[str, ...]], list[Finding]] = {}
    for finding in findings:
        shared.setdefault((finding.why, finding.remedy, finding.references), []).append(finding)
    return tuple(Advice(*said, tuple(members)) for said, members in shared.items())


def told(audit: Audit) -> tuple[Finding, ...]:
    """The findings that a report tells unasked: uses of a training seed, and what an ``unstated`` verdict rests on."""
    unstated = audit.verdict.level == "unstated"
    return tuple(one for one in audit.findings if one.use in SEED_USES or (unstated and one.use == "unspecified-runs"))


def deciding(audit: Audit, *, most: int = 2) -> tuple[Finding, ...]:
    """At most ``most`` findings that carry the verdict: each use once first, then the surest; () for ``none``."""
    level = audit.verdict.level
    if level == "unstated":
        candidates = [one for one in told(audit) if one.use == "unspecified-runs"]
    else:
        candidates = [one for one in audit.seed_findings if one.risk == level]
    ranked = sorted(candidates, key=lambda one: (-one.confidence, one.start, _ORDER[one.use]))
    seen: set[Use] = set()
    first: list[Finding] = []
    for one in ranked:
        if one.use not in seen:
            seen.add(one.use)
            first.append(one)
    chosen = (first + [one for one in ranked if one not in first])[:most]
    return tuple(sorted(chosen, key=lambda one: (_ORDER[one.use], one.start)))


def is_unsure(finding: Finding) -> bool:
    """Whether the tool itself thinks the finding more likely wrong than right."""
    return finding.confidence < UNSURE_BELOW


def sentence(audit: Audit) -> str:
    """The verdict in one or two sentences."""
    level = audit.verdict.level
    flagged = {one.use for one in audit.seed_findings if one.risk == "red-flag"}
    if level == "red-flag" and flagged == {"fixed-seed"}:
        return _FIXED_ONLY
    if level == "red-flag" and flagged == {"seed-comparison"}:
        # With a described search, only a best-of-N makes a comparison a red flag.
        return _COMPARED_ONLY + (_NO_SEARCH if audit.search.level == "none" else _BEST_OF_N)
    if level == "safe" and any(one.use == "seed-comparison" for one in audit.seed_findings):
        return _COMPARED_SAFELY
    return _LEVEL_SENTENCES[level]


def source(result: Audit | Failure) -> str:
    """What the user typed, on one line and never empty."""
    typed = line(result.source)
    return "standard input" if typed == "-" else typed or "unnamed paper"


def title(audit: Audit) -> str:
    """The paper's title on one line, or its source where it has none."""
    return line(audit.title) or source(audit)


def place(page: int | None, section: str = "", line_of_source: str = "") -> str:
    """``p. 4, Experiments``, or ``main.tex, line 7, Experiments``; empty where nothing is known."""
    parts = [f"p. {page}"] if page is not None else [line_of_source] if line_of_source else []
    if line(section):
        parts.append(line(section))
    return ", ".join(parts)


def count(number: int, noun: str) -> str:
    """``1 finding``, ``2 findings``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def seeds(finding: Finding) -> str:
    """``5 seeds (1, 2, 3, 4, 5)``, ``seed 42``, or empty where the passage names neither count nor values."""
    values = ", ".join(str(value) for value in finding.seeds.values)
    if finding.seeds.count is None:
        plural = "s" if len(finding.seeds.values) > 1 else ""
        return f"seed{plural} {values}" if values else ""
    return count(finding.seeds.count, "seed") + (f" ({values})" if values else "")


def tally(levels: Sequence[Level | None]) -> str:
    """``3 papers: 1 red flag, 1 safe, 1 not audited``; None stands for a paper that could not be audited."""
    parts = [f"{levels.count(level)} {name}" for level, name in LEVEL_NAMES.items() if level in levels]
    if None in levels:
        parts.append(f"{levels.count(None)} not audited")
    return count(len(levels), "paper") + (": " + ", ".join(parts) if parts else "")
