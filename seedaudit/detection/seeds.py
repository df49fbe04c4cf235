"""How many seeds a passage names, and which.

In: the sentence of a finding. Out: Seeds. The one decision made here: which numbers near the word are a count and which
are values; a count that the sentence does not give is None.
"""

from __future__ import annotations

import re2

from seedaudit.findings import Seeds

_WORDS = {
    **{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10},
    **{"eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "fifty": 50, "hundred": 100, "single": 1},
}
_NUMBER = r"(\d{1,4}|" + "|".join(_WORDS) + r")"
_KIND = r"(?:different|independent|random|distinct|separate|training|fixed|other|various|model|fully)"
_COUNT = re2.compile(
    rf"(?i)\b{_NUMBER}\)? ?(?:{_KIND}(?:ly)?[ -](?:and )?){{0,3}}"
    r"(?:seeds?|initiali[sz]ations?|restarts|(?:re-?)?runs|trials|repetitions|times)\b"
)
_VALUES = re2.compile(
    r"(?i)\bseeds?(?:\w*|[_ ](?:value|number|was|is|are|were|of|to|set|fixed|used|using))*"
    r"(?: (?:to|as|at|of|is|are|with))?[\s:=|({\[∈,]{0,4}"
    r"(\d{1,10}(?:(?:\s?,\s?(?:and\s)?|\s(?:and|or)\s)\d{1,10})*)(?:[\s)}\].,;|]|$)"
)
_LIST = re2.compile(r"\d{1,10}")


def find_seeds(sentence: str) -> Seeds:
    """The number of seeds and their values, as far as ``sentence`` gives them."""
    values: list[int] = []
    for match in _VALUES.finditer(sentence):
        values += [int(one) for one in _LIST.findall(match.group(1))]
    values = sorted(set(values))
    counted = _COUNT.search(sentence)
    if counted:
        word = counted.group(1).lower()
        return Seeds(_WORDS.get(word) or int(word), tuple(values))
    return Seeds(len(values) or None, tuple(values))
