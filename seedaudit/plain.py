"""Paper text -> text that can be printed.

In: any string that came from a paper, a file name or a host. Out: the same words without what a terminal, a browser or
a reader's eye could mistake for something else. The one decision owned here: which code points are dropped.
"""

from __future__ import annotations

import re

# Escape sequences go as a whole, so that "\x1b[31m" leaves nothing behind; then what is left of controls, of
# characters that reorder a line, and of code points that have no UTF-8 form or are no characters.
_ESCAPES = re.compile(r"\x1b\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)|(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]?|\x1b[ -~]?")
_SPACES = re.compile(r"[\s\u2028\u2029]+")
_DROPPED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]")
_NO_CHARACTER = re.compile("[\ud800-\udfff\ufffe\uffff]")


def plain(text: str) -> str:
    """``text`` without control characters and escapes; each run of white space becomes one space.

    Leading and trailing space is kept as one space, so that the pieces of a quote can be cleaned apart and joined.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text  # nearly every text of a report: nothing to do
    text = _ESCAPES.sub("", text)
    text = _DROPPED.sub("", text)
    return _SPACES.sub(" ", _NO_CHARACTER.sub("\ufffd", text))


def line(text: str) -> str:
    """``text`` as one line: cleaned, without space at its ends."""
    return plain(text).strip()
