"""Whether a passage reports the best of several runs.

In: a sentence about runs that differ by seed, and the words behind it. Out: yes or no. The one decision made here:
which words say that the best run stands for all of them, chosen by nothing that was held out. The smallest and largest
value as a band, the mean of best values, and the best setting or checkpoint do not.
"""

from __future__ import annotations

import re

_NUMBER = (
    r"(?:\d+|two|three|four|five|six|seven|eight|nine|ten|fifteen|twenty|fifty|several|multiple|many|different|various)"
)
_RUNS = r"(?:seeds?|runs|trials|initiali[sz]ations?|restarts|repetitions|replicates|replications)"
_TOP = r"(?:best|highest|top|max(?:imum)?)"
_NO_RUN = (
    r"(?! (?:set of |found |possible )?(?:hyper|settings?\b|config|architect|point|values? (?:of|for|reported)\b"
    r"|learning|checkpoint|epoch|practice|parameter|network parameter|combination|step|runtime|time\b|in bold))"
)
"""What may be best, highest or largest without being a run."""
_BEST_OF = (
    # the best score of the five seeds
    rf"\b{_TOP}\b{_NO_RUN}(?:[- ](?!averaged|averages?\b|mean|median|found)[\w.@-]+){{0,5}}?"
    rf" (?:of|out of|among|from|over|across|for) (?:the |all |our |these )*(?:{_NUMBER} )?"
    r"(?:(?:independent|different|distinct|random|randomly|separate|training|model|weight|network|parameter|initial"
    rf"|repeated)[- ])*{_RUNS}\b"
    # best of five; the top 3 out of 10 runs
    rf"|\bbest[- ]of[- ]{_NUMBER}\b"
    r"|\b(?:best|top)(?:[- ](?:performing|scoring|\d+|single|random|model|result|one))* (?:of|out of) (?:the )?"
    rf"{_NUMBER}\b(?:[- ]\w+){{0,3}}[- ]{_RUNS}"
    # the best seed; the seed that gave the highest score; models selected across seeds
    r"|\b(?:best|top)[- ](?:performing |scoring |random |single |\d+ )*(?:seed|initiali[sz]ation|restart)s?\b"
    r"|\b(?:seed|run|one) (?:that|which|with the) (?:(?:perform|achiev|gave|giv|obtain|yield)\w* )?(?:the )?"
    r"(?:best|highest)\b"
    r"|\btop[- ](?:\d+|k)\b(?:[- ](?:performing|of|out|\(?(?:out )?of \d+\)?|\d+))*"
    r" (?:seeds?|runs|initiali[sz]ations)\b"
    r"|\bbest (?:one )?shown\b"
    r"|\bbest [\w ]{0,12}models? selected (?:across|over|among)"
)
_THEN_REPORTED = (
    rf"\b(?:seeds?|runs|trials|times|initiali[sz]ations|restarts|repetitions|replicates)\b[^;]{{0,140}}?"
    r"\b(?:report|show|select|choos|chose|take|took|pick|use|keep|kept|present|plot|list|submit|provid)\w* "
    rf"(?:only )?(?:the |one that performs the |our )?(?P<top>{_TOP})\b{_NO_RUN}"
)
"""Runs, and then that the best is reported; in the same sentence or the next."""
_MEAN = r"\baverag|\bmean\b|\bmedian|\bdeviation|\bstd\b"
_BAND = (
    r"\bmin(?:imum|ima)?\b[^.]{0,25}\bmax|\bmax\w*[^.]{0,25}\bmin|λ ?max|\bmean and max|\bworst|\bmean, |\bbold lines?"
    r"|\bbest practice"
)
_HELD_OUT = r"\b(?:val(?:idation)?|dev(?:elopment)?|held[- ]out|hold-?out|cross-validat\w*)\b"


def is_best_of_n(sentence: str, behind: str) -> bool:
    """Whether ``sentence`` reports the best of several runs; ``behind`` are the words that follow it."""
    both = f"{sentence} {behind}"
    if _found(_HELD_OUT, both) or _found(_BAND, sentence):
        return False
    if _found(_BEST_OF, sentence):
        return True
    later = _found(_THEN_REPORTED, both)
    return later is not None and not _found(_MEAN, both[: later.start("top")])


def _found(pattern: str, words: str) -> re.Match[str] | None:
    # Compiled when the first comparison is met: a batch waits for what modules do when they are imported.
    return re.search(pattern, words, re.IGNORECASE)
