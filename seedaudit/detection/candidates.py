"""Where a seed may be meant: a cheap scan with high recall.

In: a text. Out: candidates, the trigger words of passages that rules and classifier then judge. The one decision made
here: which wordings are looked at at all. What is missed here is missed for good, so the net is wide; one pass of RE2
over the text keeps it cheap.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import re2

_NUMBER = (
    r"(?:\d{1,3}(?:,?000)*|\d{1,4}|[nkmrst]|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty"
    r"|thirty|fifty|(?:one |a )?(?:hundred|thousand)|several|multiple|many|few|some|various|numerous|a number of|both)"
)
_KIND = (
    r"(?:(?:different|independent|separate|distinct|random|randomi[sz]ed|repeated|individual|training|identical|parallel|"
    r"full|experimental|evaluation|test|monte[- ]carlo|simulation|simulated|consecutive|fine-?tuning|complete|further|"
    r"additional|other|such|total|successive|subsequent|learning|experiment|seeded|optimi[sz]ation|model)\b[- ,]*"
    r"(?:and )?)"
)
_RUN = (
    r"(?:runs?|trials?|repetitions?|repeats|replications?|replicates?|replicas?|re-?runs?|restarts|executions|"
    r"training sessions|reali[sz]ations)"
)
_TIMES = rf"(?:{_NUMBER} (?:different |independent |separate |more )?times|twice|thrice)"
_INIT = r"initiali[sz]ations?"

_TRIGGERS = (
    # seed, seeds, seeded, reseeding, random_seed, manual_seed, seed_everything
    r"(?:\b|_)(?:re-?|un)?seed(?:s|ed|ing|_\w+)?\b",
    # initialisation at random, or several of them
    rf"\brandom(?:ly)?[- ](?:[a-z]+[- ]){{0,3}}(?:re-?)?initiali[sz]\w*|\bre-?initiali[sz]\w*"
    rf"|\binitiali[sz]\w* (?:[a-z]+ ){{0,4}}(?:randomly|at random|from scratch)"
    rf"|\b(?:different|multiple|independent|several|distinct|separate|same|fixed|various|identical|weight|parameter"
    rf"|network|new|fresh)[- ](?:[a-z]+[- ]){{0,2}}{_INIT}\b|\b{_NUMBER} (?:[a-z]+[- ]){{0,2}}{_INIT}\b"
    rf"|\b(?:over|across) (?:the |all )?{_INIT}\b|\b(?:sensitiv\w*|robust\w*) to (?:the )?(?:[a-z]+ )?{_INIT}\b"
    r"|\binitiali[sz]ed (?:[a-z]+ ){0,2}differently|\bdifferent(?:ly)? initiali[sz]ed"
    r"|\b(?:different|random) (?:initial|starting) (?:weights|parameters|points?)\b|\brandom weights\b",
    # restarts
    r"\brandom(?:ly)? (?:re-?)?start(?:s|ing points?|ed)?\b|\brestarts\b|\bmulti-?starts?\b",
    # runs, trials, repetitions
    rf"\b{_NUMBER}[- ]{_KIND}{{0,3}}{_RUN}\b|\b{_KIND}+{_RUN}\b"
    rf"|\b(?:over|across|between|among|from|all) (?:all |the |these )?{_KIND}{{0,2}}"
    r"(?:runs|trials|repetitions|repeats|replications|replicates|reruns)\b"
    rf"|\b(?:single|one|another)[- ]{_KIND}{{0,2}}(?:run|trial|repetition|replication)\b|\brun-to-run\b",
    # repeated N times
    rf"\b(?:repeat\w*|replicat\w*|run|ran|re-?run|trained?|training|conduct\w*|perform\w*|execut\w*|experiments?"
    rf"|evaluat\w*|initiali[sz]ed|fine-?tuned?|averag\w*|tested) (?:[^\s.]+ ){{0,7}}?{_TIMES}\b"
    r"|\brepeat(?:ed|ing)? (?:[a-z]+ ){0,4}(?:experiments?|process|procedure|training|simulations?)"
    r"|\b(?:experiments?|process|procedure|training) (?:[a-z]+ ){0,3}repeated\b",
    # independently trained models and their ensembles
    rf"\bdeep ensembles?\b|\bensemble members?\b"
    rf"|\bensembl\w* (?:[a-z]+ ){{0,4}}(?:independent(?:ly)?|different(?:ly)?|separately|random\w*"
    rf"|{_NUMBER} (?:[a-z]+[- ]){{0,3}}(?:models|networks|runs|members|classifiers|systems|instances))\b"
    r"|\b(?:independently|separately)[- ](?:train|fine-?tun|initiali[sz])ed\b"
    rf"|\btrain\w* (?:[a-z]+ ){{0,2}}{_NUMBER} (?:[a-z]+ ){{0,4}}independently\b",
    # generators and nondeterminism
    r"\bprngs?\b|\b(?:pseudo-?)?random number generators?\b|\bnon-?determinis(?:m|tic)\w*"
    r"|\bdeterministic (?:training|algorithms|operations|cud)\w*"
    r"|\bstochasticity (?:of|in) (?:the )?(?:training|optimi)\w*",
    # summaries over them
    r"\b(?:error ?bars?|shaded|std|standard (?:deviations?|errors?)|confidence intervals?|variances?|mean|median"
    r"|averag\w*) (?:[^\s.;]+ ){0,7}?(?:runs|trials|seeds|repetitions|replications|initiali[sz]ations)\b",
    # runs told apart by a word only
    r"\brun (?:[a-z]+ ){0,3}with different (?:random|initial|starting)\b|\bre-?train\w* (?:[a-z]+ ){0,3}times\b"
    r"|\bbest(?:[- ]of[- ]| out of )(?:\d+|three|five|ten)\b",
)

GAP = 60
"""Trigger words at most this many characters apart belong to one candidate."""
LONGEST = 320
"""A candidate does not grow beyond this many characters."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """The span of a candidate's trigger words, and each trigger's own span (offsets into the text)."""

    start: int
    end: int
    triggers: tuple[tuple[int, int], ...]


def _compile() -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.max_mem = 64 << 20
    return re2.compile("|".join(_TRIGGERS), options)


_NET = _compile()


def spans(net: Any, text: str) -> Iterator[tuple[int, int]]:
    """The spans of ``text`` that ``net``, an expression of RE2, matches.

    RE2 reads bytes; counting characters between matches here costs half of what its wrapper for Python takes.
    """
    data = text.encode()
    at = passed = 0
    for match in net.finditer(data):
        first, last = match.span()
        start = passed + len(data[at:first].decode())
        at, passed = last, start + len(data[first:last].decode())
        yield start, passed


def find_candidates(text: str) -> list[Candidate]:
    """The candidates of ``text``, in order.

    Neighbouring triggers are one candidate where no block (an empty line) parts them.
    """
    groups: list[list[tuple[int, int]]] = []
    for start, end in spans(_NET, text):
        if groups and _belongs(text, groups[-1], start, end):
            groups[-1].append((start, end))
        else:
            groups.append([(start, end)])
    return [Candidate(group[0][0], group[-1][1], tuple(group)) for group in groups]


def _belongs(text: str, group: list[tuple[int, int]], start: int, end: int) -> bool:
    last = group[-1][1]
    return start - last <= GAP and end - group[0][0] <= LONGEST and not _PART.search(text[last - 1 : start])


_PART = re2.compile(r"\n\n|[a-z\d)\]%][.?!] +[A-Z(\[]")
