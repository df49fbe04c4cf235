"""Two versions of a paper: what went, stayed and came."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt

from seedaudit.cli import cli
from seedaudit.findings import Search, Verdict
from seedaudit.reporting.comparison import compare, render_html, render_markdown, render_text, to_json

from . import made_up
from .browser import CHROMIUM, FLAGS, needs_chromium, needs_vnu, vnu

SAMPLES = Path(__file__).parents[2] / "corpus" / "samples"


def version(*findings, **changes):
    return replace(made_up.RED, findings=findings, **changes)


REWORDED = replace(
    made_up.COMPARISON,
    quote=made_up.COMPARISON.quote.replace("We report", "We now report").replace("five", "ten"),
    page=7,
    risk="red-flag",
)


def test_the_same_version_keeps_everything():
    same = compare(made_up.RED, made_up.RED)
    assert (same.went, same.came) == ((), ())
    assert [kept.new for kept in same.stayed] == [one for one in made_up.RED.findings if one.use != "data-sampling"]
    assert all(kept.similarity == 1 and kept.changes == () for kept in same.stayed)


def test_what_went_stayed_and_came():
    told = compare(version(made_up.FIXED, made_up.COMPARISON), version(REWORDED, made_up.ENSEMBLE))
    assert told.went == (made_up.FIXED,)
    assert told.came == (made_up.ENSEMBLE,)
    (kept,) = told.stayed
    assert 0.8 < kept.similarity < 1
    assert kept.changes == ("caution before, red flag now", "reworded", "from p. 6")


def test_another_use_of_the_same_words_is_another_finding():
    told = compare(version(made_up.FIXED), version(replace(made_up.FIXED, use="tuning", risk="safe")))
    assert (len(told.went), len(told.stayed), len(told.came)) == (1, 0, 1)


def test_twins_find_each_other_in_order():
    first, second = made_up.FIXED, replace(made_up.FIXED, page=9)
    told = compare(version(first, second), version(replace(first, page=5), replace(second, page=10), REWORDED))
    assert [(kept.old.page, kept.new.page) for kept in told.stayed] == [(4, 5), (9, 10)]
    assert told.came == (REWORDED,)


def test_neutral_mentions_only_on_request():
    assert compare(version(made_up.SPLIT), version()).went == ()
    assert compare(version(made_up.SPLIT), version(), all_mentions=True).went == (made_up.SPLIT,)


OLD = version(made_up.FIXED, made_up.COMPARISON, source="v1.pdf")
NEW = version(
    REWORDED, made_up.ENSEMBLE, source="v2.pdf", sha256="9" * 64, verdict=Verdict("caution", ()), search=Search("all")
)


def test_text():
    assert render_text(compare(OLD, NEW)) == (
        "Old: v1.pdf\n"
        "New: v2.pdf\n"
        "\n"
        "Verdict: caution; it was red flag.\n"
        "Hyperparameter search: all; it was own.\n"
        "Findings: 1 went, 1 stayed, 1 came.\n"
        "\n"
        "Came (1)\n"
        "  - Seeds combined (safe), p. 8, 6 Shared task\n"
        "    “The submitted system averages the logits of ten parsers that were trained\n"
        "    from different seeds.”\n"
        "\n"
        "Went (1)\n"
        "  - One fixed seed (red flag), p. 4, 4.1 Experimental setup\n"
        "    “We fix the random seed to 42 for all runs.”\n"
        "\n"
        "Stayed (1)\n"
        "  - Comparison over seeds only (red flag), p. 7, 5 Results, caution before, red\n"
        "    flag now, reworded, from p. 6\n"
        "    “We now report the mean and the standard deviation over ten random seeds for\n"
        "    our tagger and for the three baselines of Table 2.”\n"
    )
    assert "Verdict: red flag, as before." in render_text(compare(OLD, OLD))
    assert "Both are the same file." in render_text(compare(OLD, OLD))


def test_json():
    record = json.loads(to_json(compare(OLD, NEW), made_up.TOOL))
    assert list(record) == ["schema", "kind", "tool", "old", "new", "went", "stayed", "came"]
    assert record["old"]["verdict"] == "red-flag"
    assert record["went"][0]["use"] == "fixed-seed"
    assert record["stayed"][0]["changes"] == ["caution before, red flag now", "reworded", "from p. 6"]
    assert record["stayed"][0]["old"]["page"] == 6


def test_markdown_and_hostile_words():
    said = render_markdown(compare(OLD, NEW))
    assert "### Came (1)\n\n- Seeds combined (safe), p. 8, 6 Shared task\n  > “The submitted" in said
    hostile = render_markdown(compare(made_up.hostile(), made_up.RED, all_mentions=True))
    kinds = {token.type for token in MarkdownIt("gfm-like", {"linkify": False}).parse(hostile)}
    assert not {"html_block", "fence", "code_block", "table_open", "hr"} & kinds
    assert "\x1b" not in render_text(compare(made_up.hostile(), made_up.RED))


def test_html_marks_what_was_reworded():
    html = render_html(compare(OLD, NEW), made_up.TOOL)
    assert "Came (1)" in html
    assert (
        "We <ins>now</ins> report the mean and the standard deviation over <del>five</del> <ins>ten</ins> random"
        in html
    )
    assert "Caution before, red flag now, reworded, from p. 6" in html
    assert html == render_html(compare(OLD, NEW), made_up.TOOL)
    assert "<ins>" not in render_html(compare(OLD, OLD), made_up.TOOL)


def test_html_takes_hostile_words_as_text():
    kept = render_html(compare(made_up.hostile(), made_up.hostile(), all_mentions=True), made_up.TOOL)
    gone = render_html(compare(made_up.hostile(), made_up.RED, all_mentions=True), made_up.TOOL)
    for html in (kept, gone):
        assert not re.search(r"<(script|img|iframe|b>|svg/)", html)
        assert "&lt;script&gt;document.title" in html
        assert "\x1b" not in html


@needs_vnu
def test_html_validates(tmp_path):
    paths = [tmp_path / "changes.html", tmp_path / "hostile.html"]
    for path, (old, new) in zip(paths, ((OLD, NEW), (made_up.hostile(), made_up.hostile())), strict=True):
        path.write_text(render_html(compare(old, new, all_mentions=True), made_up.TOOL), encoding="utf-8")
    assert vnu(*paths) == ""


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_in_a_browser(tmp_path, scheme):
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    path, troubles = tmp_path / "changes.html", []
    path.write_text(render_html(compare(OLD, NEW), made_up.TOOL), encoding="utf-8")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_context(viewport={"width": 320, "height": 600}, color_scheme=scheme).new_page()
        page.on("console", lambda message: troubles.append(message.text))
        page.on("request", lambda request: troubles.append(request.url) if request.url != path.as_uri() else None)
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert axe.Axe().run(page).violations_count == 0
        browser.close()
    assert troubles == []


def run(*arguments: object):
    return CliRunner().invoke(cli, ["compare", *map(str, arguments)])


@pytest.fixture
def texts(tmp_path):
    old, new = tmp_path / "v1.txt", tmp_path / "v2.txt"
    old.write_text("Training.\n\nThe random seed is fixed to 42 for all training runs.\n")
    new.write_text("Training.\n\nModels trained with ten different random seeds are combined into an ensemble.\n")
    return old, new


def test_command(texts, tmp_path):
    said = run(*texts)
    assert said.exit_code == 0, said.output
    assert f"Old: {texts[0]}" in said.stdout
    assert "Went (1)" in said.stdout
    assert json.loads(run(*texts, "--format", "json").stdout)["went"][0]["use"] == "fixed-seed"
    assert run(*texts, "-o", tmp_path / "changes.md").exit_code == 0
    assert (tmp_path / "changes.md").read_text().startswith("## ")
    assert run(*texts, "-o", tmp_path / "changes.html").exit_code == 0
    assert (tmp_path / "changes.html").read_text().startswith("<!DOCTYPE html>")


def test_command_names_the_version_that_cannot_be_audited(texts, tmp_path):
    empty = tmp_path / "v3.pdf"
    empty.write_bytes(b"%PDF-1.5")
    said = run(texts[0], empty)
    assert said.exit_code == 3
    assert f"error: {empty}" in said.stderr
