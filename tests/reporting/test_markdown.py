"""Markdown: the report's own markup works and a paper's words never become markup."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from seedaudit.reporting.markdown import escape, render_markdown

from . import made_up

JOINER = "\u2060"


def shown(markdown: str) -> str:
    """What a reader sees of one paragraph, or the tokens where it is something else than text."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"], tokens
    children = tokens[1].children
    assert {token.type for token in children} <= {"text", "text_special"}, children
    return "".join(token.content for token in children)


@pytest.mark.parametrize(
    "text",
    [
        "plain words",
        "*a* _b_ **c** __d__ ~~e~~ `f` ``g``",
        "# heading",
        "=====",
        "- item",
        "+ item",
        "1. item",
        "12) item",
        "> quote",
        "| a | b |",
        "[text](http://x) ![picture](y) [ref]",
        "<script>alert(1)</script> <b>",
        "&lt; &amp; &#60;",
        "back\\slash \\*",
        "---",
        "***",
        "a $x^2$ b",
        "[x]: http://y",
        "~~~ code",
        "```",
        "seed_words = {1, 2}",
    ],
)
def test_escaped_text_is_shown_as_it_is(text):
    assert shown(escape(text)).replace(JOINER, "") == text


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        ("@someone", "@" + JOINER + "someone"),
        ("see #12", "#" + JOINER + "12"),
        ("www.example.org", "www" + JOINER + ".example.org"),
        ("http://example.org", "http:" + JOINER + "//example.org"),
        ("a :smile: b", ":" + JOINER + "smile:"),
    ],
)
def test_what_sites_link_is_kept_apart(text, apart):
    assert apart in shown(escape(text))


def test_hostile_paper_makes_no_markup_of_its_own():
    def skeleton(*results):
        tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(render_markdown(results, all_mentions=True))
        return [token.type for token in tokens], {
            child.type
            for token in tokens
            for child in token.children or ()
            if child.type not in {"text", "text_special"}
        }

    kinds, inline = skeleton(made_up.hostile())
    assert not {"html_block", "html_inline", "fence", "code_block", "table_open", "hr"} & {*kinds, *inline}
    assert "image" not in inline


def test_report_of_a_paper():
    said = render_markdown([made_up.RED], all_mentions=False)
    assert said.startswith("## A Made-Up Tagger for Invented Treebanks")
    assert "[arxiv:2404.00001v2](<https://arxiv.org/abs/2404.00001v2>), 2024, 14 pages" in said
    assert "**Verdict: red flag.** Training runs are described" in said
    assert "### One fixed seed (`fixed-seed`, red flag)" in said
    assert "> “We fix the random seed to 42 for all runs.”\n>\n> p. 4, 4.1 Experimental setup; 1 seed (42)" in said
    assert "[Bethard 2022](<https://arxiv.org/abs/2210.13393>)" in said
    assert "seed 7" not in said
    assert "development set.”\n>\n> p. 5\n\n### Suggested wording for the review\n\nIt is good to see" in said


def test_failures_and_counts():
    said = render_markdown(made_up.EVERYTHING, all_mentions=False)
    assert said.startswith("6 papers: 1 red flag")
    assert "## locked.pdf\n\n**Not audited** (password): locked.pdf is encrypted" in said
    assert "Hint: give the password" in said
