"""The text report: what it says, that it fits, and that nothing from a paper reaches the terminal as a command."""

from __future__ import annotations

import io
import re
import subprocess
import sys

import pytest

from seedaudit.reporting.terminal import render, wants_color

from . import made_up


def text(*results, all_mentions=False, color=False, width=80) -> str:
    return render(results, all_mentions=all_mentions, color=color, width=width)


def test_one_paper_from_title_to_search():
    said = text(made_up.RED)
    order = [
        "A Made-Up Tagger",
        "arxiv:2404.00001v2 · 2024 · 14 pages",
        "RED FLAG  Training runs are described with one fixed seed",
        "- One seed value (42)",
        "One fixed seed (fixed-seed, 2 findings)  red flag",
        "p. 4, 4.1 Experimental setup · 1 seed (42)",
        "“We fix the random seed to 42 for all runs.”",
        "“Random seed | 42”",
        "Comparison over seeds only (seed-comparison, 1 finding)  caution",
        "Seeds combined (ensembling, 1 finding)  safe",
        "Hyperparameter search  A hyperparameter search is described",
    ]
    assert [said.index(part) for part in order] == sorted(said.index(part) for part in order)


def test_a_reason_is_said_once_for_its_findings():
    assert text(made_up.RED).count("One seed value stands behind the scores") == 1


def test_neutral_mentions_only_on_request():
    assert "seed 7" not in text(made_up.RED)
    assert "“Validation sentences are drawn with seed 7.”" in text(made_up.RED, all_mentions=True)


def test_failure_says_what_to_do():
    said = text(made_up.FAILED)
    assert said.startswith("locked.pdf\nNOT AUDITED  locked.pdf is encrypted")
    assert "Hint: give the password with --password" in said


def test_several_papers_are_counted():
    last = text(*made_up.EVERYTHING).splitlines()[-1]
    assert last == "6 papers: 1 red flag, 1 caution, 1 safe, 1 unstated, 1 none, 1 not audited."
    assert "papers:" not in text(made_up.RED)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_line_is_longer_than_the_width_or_ends_in_space(width):
    for line in text(*made_up.EVERYTHING, made_up.hostile(), all_mentions=True, width=width).splitlines():
        assert len(line) <= width
        assert line == line.rstrip()


def test_colour_only_when_asked():
    assert "\x1b" not in text(*made_up.EVERYTHING)
    coloured = text(*made_up.EVERYTHING, color=True)
    assert "\x1b[1;31mRED FLAG" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured).split() == text(*made_up.EVERYTHING).split()


def test_nothing_from_a_paper_commands_the_terminal():
    said = text(made_up.hostile(), made_up.HOSTILE_FAILURE, all_mentions=True)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", said)
    said.encode("utf-8")


def test_rich_markup_and_emoji_names_stay_text():
    odd = made_up.finding(quote="[bold]seed[/bold] :smile: [link=http://x]", marked=())
    audit = made_up.replace(made_up.RED, findings=(odd,))
    assert "“[bold]seed[/bold] :smile: [link=http://x]”" in text(audit, color=True)


def test_environment_does_not_change_the_text(monkeypatch):
    plain = text(made_up.RED)
    for name, value in {"COLUMNS": "200", "FORCE_COLOR": "1", "TERM": "dumb", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    assert text(made_up.RED) == plain
    assert "\x1b[" in text(made_up.RED, color=True)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_wants_color(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert wants_color(Terminal())
    assert not wants_color(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not wants_color(Terminal())
    monkeypatch.setenv("NO_COLOR", "")
    assert wants_color(Terminal())
    monkeypatch.setenv("TERM", "dumb")
    assert not wants_color(Terminal())


def test_other_outputs_need_neither_rich_nor_jinja_nor_pandas():
    code = (
        "import sys, seedaudit.reporting.record, seedaudit.reporting.tables, seedaudit.reporting.markdown, "
        "seedaudit.reporting.terminal, seedaudit.reporting.output; "
        "print([name for name in ('rich', 'jinja2', 'pandas') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
