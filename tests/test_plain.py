"""What is left of hostile text."""

from __future__ import annotations

import time

import pytest

from seedaudit.plain import line, plain


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred", "red"),
        ("\x1bcreset", "reset"),
        ("bell\x07 and back\x08space", "bell and backspace"),
        ("two\r\nlines\tand a tab", "two lines and a tab"),
        ("\u202eabc\u202c\u2066d\u2069", "abcd"),
        ("half a pair \ud800", "half a pair \ufffd"),
        ("naïve – 種子 👩‍🔬", "naïve – 種子 👩‍🔬"),
        ("no\xa0break", "no break"),
    ],
)
def test_plain(text, left):
    assert plain(text) == left


def test_space_at_the_ends_is_kept_by_plain_and_not_by_line():
    assert plain("\n a ") == " a "
    assert line("\n a ") == "a"


def test_unfinished_escapes_take_linear_time():
    start = time.process_time()
    for piece in ("\x1b]", "\x1b[", "\x1b[0;", "\x9b1", "\x1b]x\x1b"):
        plain(piece * (100_000 // len(piece)))
    assert time.process_time() - start < 5
