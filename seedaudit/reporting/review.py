"""An audit -> words that a reviewer can put into a review.

In: an audit. Out: paragraphs, each about one thing the paper says, with its pages and its words. The one decision owned
here: the tone. A paragraph says what was read and asks what is not told; it judges neither the work nor the authors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seedaudit.findings import Audit, Finding, Use
from seedaudit.plain import line
from seedaudit.reporting import wording
from seedaudit.verdict import BEST_OF_N

_LONGEST_QUOTE = 160
_MOST_PLACES = 4

_SAFE: dict[Use, str] = {
    "tuning": "the seed is chosen by a held-out score, like the other hyperparameters",
    "ensembling": "models of several seeds are combined",
    "sensitivity": "the spread over seeds is shown",
}


def suggest_review(audit: Audit) -> tuple[str, ...]:
    """Paragraphs for a review, in the first person of the reviewer; never empty.

    They rest on what the audit found: who uses them has read the passages.
    """
    paragraphs = list(_paragraphs(audit))
    praise = [
        f"{said} ({_places(some)})"
        for use, said in _SAFE.items()
        if (some := [one for one in audit.seed_findings if one.use == use])
    ]
    if praise:
        told = f"It is good to see that {_listed(praise)}."
        paragraphs.insert(0, told if paragraphs else f"{told} I have no question on the use of random seeds.")
    return tuple(paragraphs) or (_NOTHING,)


_NOTHING = (
    "I did not find a statement on random seeds or on repeated training runs. Could the authors say how many runs "
    "stand behind each reported score, and what differed between them?"
)


def _paragraphs(audit: Audit) -> Iterator[str]:
    seeds = audit.seed_findings
    if fixed := [one for one in seeds if one.use == "fixed-seed"]:
        yield _fixed(fixed)
    if best := [one for one in seeds if one.use == "seed-comparison" and BEST_OF_N in one.notes]:
        yield (
            f"Choice of the reported run ({_places(best)}). The paper says: {_quote(best[0])} I did not find the "
            "criterion by which the reported run was chosen. Could the authors name it, if possible a score on "
            "held-out data, or report all runs beside the best one?"
        )
    if compared := [one for one in seeds if one.use == "seed-comparison" and BEST_OF_N not in one.notes]:
        yield _comparison(audit, compared)
    if runs := [one for one in wording.told(audit) if one.use == "unspecified-runs"]:
        yield (
            f"Reported runs ({_places(runs)}). The paper says: {_quote(runs[0])} Could the authors add what "
            "differs between the runs, for instance the random seed, the split or the order of the data? A reader can "
            "then tell what the reported variation covers."
        )


def _fixed(findings: Sequence[Finding]) -> str:
    values = sorted({value for one in findings for value in one.seeds.values})
    value = f" ({values[0]})" if len(values) == 1 else ""
    return (
        f"Random seed of the training runs ({_places(findings)}). The paper says: {_quote(findings[0])} As I "
        f"understand it, training uses one seed value{value}. The seed decides, among others, the initial weights, so "
        "a reader cannot tell how far another value would move the scores. Could the authors say how the value was "
        "chosen? Choosing it on validation data like the other hyperparameters, or showing the scores of several "
        "seeds, would settle this."
    )


def _comparison(audit: Audit, findings: Sequence[Finding]) -> str:
    head = f"Comparison over random seeds ({_places(findings)}). The paper says: {_quote(findings[0])} "
    if audit.search.level == "seed-included":
        return head + (
            "Since the seed is part of the described search or of the distribution that is shown, I have no question "
            "on this point."
        )
    pages = sorted({one.page for one in audit.search.evidence if one.page is not None})
    where = f" (p. {', '.join(map(str, pages))})" if pages else ""
    search = {
        "none": "I did not find how the hyperparameters of the compared systems were chosen; could the authors add it?",
        "own": f"The described search{where} helps here. Were the compared systems tuned with the same budget, and was "
        "the seed part of it?",
        "all": f"The search described for all systems{where} helps here. Was the seed part of it?",
    }[audit.search.level]
    return head + (
        "Several seeds tell more than a single run, and I appreciate that they are reported. As I understand it, only "
        "the seed varies between the compared runs, so the spread does not cover other hyperparameters, the data or "
        f"the test items. {search} A bootstrap over the test items would need no further training; distributions of "
        "scores over sampled configurations would cover more."
    )


def _places(findings: Sequence[Finding]) -> str:
    """``p. 4, 4.1 Setup; p. 13, A Settings``; without pages and sections, how many passages."""
    named = list(dict.fromkeys(filter(None, (wording.place(one.page, one.section, one.place) for one in findings))))
    if not named:
        return wording.count(len(findings), "passage")
    more = len(named) - _MOST_PLACES
    return "; ".join(named[:_MOST_PLACES]) + (f"; and {wording.count(more, 'more place')}" if more > 0 else "")


def _quote(finding: Finding) -> str:
    """The passage in quotation marks, cut at a word where it is long."""
    words = line(finding.quote).replace("“", "‘").replace("”", "’")
    if len(words) > _LONGEST_QUOTE:
        words = words[: words.rfind(" ", 0, _LONGEST_QUOTE) if " " in words[:_LONGEST_QUOTE] else _LONGEST_QUOTE] + " …"
    return f"“{words}”"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + ", and " + parts[-1]
