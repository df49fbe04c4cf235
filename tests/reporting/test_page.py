"""The HTML report in a real Chromium: quiet, self-contained, and readable wherever it is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from seedaudit.cli import cli
from seedaudit.reporting.decisions import read_decisions
from seedaudit.reporting.html import render_html
from seedaudit.reporting.review import suggest_review

from . import made_up
from .browser import CHROMIUM, FLAGS, needs_chromium, needs_vnu, vnu

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
pytestmark = needs_chromium

# The contrast of every visible text with the nearest background behind it, where below what WCAG AA asks.
LOW_CONTRAST = """() => {
  const channel = value => { value /= 255; return value <= .04045 ? value / 12.92 : ((value + .055) / 1.055) ** 2.4 };
  const parse = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
  const ground = node => {
    for (; node; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const parent = node.parentElement;
    if (!node.data.trim() || !parent.checkVisibility()) continue;
    const style = getComputedStyle(parent);
    const size = parseFloat(style.fontSize), heavy = parseInt(style.fontWeight) >= 700;
    const [a, b] = [light(parse(style.color)), light(ground(parent))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < (size >= 24 || (heavy && size >= 18.66) ? 3 : 4.5))
      low.push(`${ratio.toFixed(2)} ${node.data.trim().slice(0, 40)}`);
  }
  return low;
}"""

SINGLE = (made_up.RED,)
HOSTILE = (made_up.hostile(), made_up.HOSTILE_FAILURE)
SETS = {"one": SINGLE, "several": made_up.EVERYTHING, "hostile": HOSTILE, "failed": (made_up.FAILED,)}

Opened = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Opened]:
    """Opens the report of some results; whatever the page says, asks for or leaves undone fails the test."""
    contexts, troubles = [], []

    def open_page(
        results: Any,
        *,
        width: int = 1280,
        height: int = 800,
        scheme: str = "light",
        init: str = "",
        permissions: Sequence[str] = (),
        scripts: bool = True,
    ) -> Any:
        path = tmp_path / "report.html"
        path.write_text(
            render_html(results, made_up.TOOL, picture=lambda _: made_up.png(1030, 280), reliability=made_up.FIGURES),
            encoding="utf-8",
        )
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, java_script_enabled=scripts
        )
        contexts.append(context)
        context.grant_permissions(list(permissions))
        page = context.new_page()
        page.add_init_script(init)
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "request",
            lambda request: (
                troubles.append(request.url)
                if request.url != path.as_uri() and not request.url.startswith(("data:", "blob:"))
                else None
            ),
        )
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("width", [320, 768, 1280, 2560])
def test_nothing_scrolls_sideways(opened: Opened, name: str, width: int) -> None:
    page = opened(SETS[name], width=width)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    spilled = page.evaluate(
        """() => [...document.querySelectorAll('main *:not(.unseen)')]
            .filter(one => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1)
            .map(one => one.outerHTML.slice(0, 80))"""
    )
    assert spilled == []


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(opened: Opened, name: str, scheme: str) -> None:
    page = opened(SETS[name], scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate(LOW_CONTRAST) == []


def test_dark_is_dark(opened: Opened) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    assert opened(SINGLE, scheme="dark").evaluate(ground) == "rgb(20, 23, 27)"
    assert opened(SINGLE).evaluate(ground) == "rgb(247, 246, 243)"


def test_first_screen_holds_verdict_sentence_and_what_decides(opened: Opened) -> None:
    page = opened(SINGLE)
    for selector in (".verdict .badge", ".sentence", ".decider >> nth=0", ".decider >> nth=1"):
        box = page.locator(selector).first.bounding_box()
        assert box["y"] + box["height"] <= 800, selector


def test_verdict_is_on_the_first_screen_of_a_phone(opened: Opened) -> None:
    box = opened(SINGLE, width=320, height=568).locator(".verdict .badge").bounding_box()
    assert box["y"] + box["height"] <= 568


def test_payloads_do_not_run(opened: Opened) -> None:
    page = opened(HOSTILE)
    assert page.title() == "Audit of 2 papers · seedaudit"
    assert page.evaluate("document.scripts.length + document.querySelectorAll('img, iframe, [onerror]').length") == 1
    assert made_up.PAYLOADS[0] in page.locator("h2").first.inner_text()


def test_paper_made_of_payloads_is_audited_and_shown_as_text(browser: Any, tmp_path: Path) -> None:
    """From the paper itself, not from an audit: title, section, passage and its surroundings are payloads."""
    payloads = [one for one in made_up.PAYLOADS if one.isprintable()]
    paper = tmp_path / "paper.txt"
    paper.write_text(
        f"{payloads[1]}\n\n1 {payloads[0]}\n\n{' '.join(payloads)} We fix the random seed to 42 for all training "
        f"runs {' '.join(payloads)}. {' '.join(payloads)}\n\nScores are averaged over five runs with different random "
        f"seeds {payloads[2]}.\n",
        encoding="utf-8",
    )
    report = tmp_path / "report.html"
    assert CliRunner().invoke(cli, ["audit", str(paper), "--all", "-o", str(report)]).exit_code == 0
    troubles: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("dialog", lambda dialog: troubles.append(dialog.message))
    page.on("request", lambda one: troubles.append(one.url) if one.url != report.as_uri() else None)
    page.goto(report.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert "broken" not in page.title().split("·")[-1]
    assert page.title() != "broken"
    assert payloads[0] in page.locator("article.finding .quote").first.inner_text()
    assert page.evaluate("document.scripts.length + document.querySelectorAll('img, iframe, [onerror]').length") == 1
    page.close()
    assert troubles == []


def test_pictures_are_drawn_in_both_places(opened: Opened) -> None:
    page = opened(SINGLE)
    assert page.locator("svg.picture image").count() == 4
    drawn = page.evaluate(
        """() => [...document.querySelectorAll('.decider svg use, .finding svg image')]
            .map(one => one.getBBox()).map(box => [box.width, box.height])"""
    )
    assert drawn == [[1030, 280]] * 6


def test_context_link_leads_to_the_finding(opened: Opened) -> None:
    page = opened(SINGLE)
    page.get_by_role("link", name="Show in context").first.click()
    assert page.evaluate("document.querySelector(':target').className") == "finding red-flag"


def test_keyboard_reaches_the_verdict_first(opened: Opened) -> None:
    page = opened(SINGLE)
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.inner_text() == "Skip to the verdict"
    assert focused.bounding_box()["x"] >= 0


def test_screen_reader_finds_landmarks_and_names(opened: Opened) -> None:
    page = opened(made_up.EVERYTHING)
    assert page.get_by_role("main").count() == 1
    assert page.get_by_role("navigation", name="Papers").count() == 1
    assert page.get_by_role("banner").count() == 1
    assert page.get_by_role("contentinfo").count() == 1
    assert page.get_by_role("article", name="A Made-Up Tagger for Invented Treebanks").count() == 1
    assert page.get_by_role("heading", name="Verdict Red flag").count() == 1
    assert page.get_by_role("img", name="Page 4 around the quote").count() == 1


def test_neutral_mentions_are_closed_until_asked_for(opened: Opened) -> None:
    page = opened(SINGLE)
    mention = page.get_by_text("Validation sentences are drawn with")
    assert not mention.is_visible()
    page.get_by_text("1 neutral mention").click()
    assert mention.is_visible()


def test_prints_with_addresses(opened: Opened, tmp_path: Path) -> None:
    pymupdf = pytest.importorskip("pymupdf")
    page = opened(SINGLE, scheme="dark")
    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True, format="A4")
    with pymupdf.open(tmp_path / "report.pdf") as pdf:
        text = "".join(sheet.get_text() for sheet in pdf)
        assert 2 <= len(pdf) <= 6
    assert "Red flag" in text
    assert "https://arxiv.org/abs/2103.03098" in text.replace("\n", "")
    assert "Skip to the verdict" not in text


def test_decision_is_kept_and_exported(opened: Opened, tmp_path: Path) -> None:
    page = opened(SINGLE)
    bar = page.get_by_role("region", name="Your decisions")
    assert not bar.is_visible()
    first = page.locator("article.finding").first
    first.get_by_label("Wrong").check()
    first.get_by_label("Note").fill('not "training" <b>é</b>')
    first.get_by_label("It is").select_option("data-sampling")
    page.locator("article.finding").nth(1).get_by_label("Right").check()
    assert not page.locator("article.finding").nth(1).get_by_label("It is").is_visible()
    assert bar.inner_text().startswith("2 of 5 passages decided. Kept in this browser.")
    page.reload()
    first = page.locator("article.finding").first
    assert first.get_by_label("Wrong").is_checked()
    assert first.get_by_label("It is").input_value() == "data-sampling"
    assert first.get_by_label("Note").input_value() == 'not "training" <b>é</b>'
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as a file").click()
    assert download.value.suggested_filename == f"seedaudit-decisions-{'a' * 12}.json"
    path = tmp_path / "decisions.json"
    download.value.save_as(path)
    wrong, right = read_decisions(path)
    assert (wrong.sha256, wrong.id, wrong.source) == ("a" * 64, "arxiv:2404.00001v2", "tagger.pdf")
    assert (wrong.use, wrong.page, wrong.start, wrong.end) == ("fixed-seed", 4, 1000, 1042)
    assert (wrong.decision, wrong.should_be, wrong.note) == ("wrong", "data-sampling", 'not "training" <b>é</b>')
    assert wrong.is_about(made_up.FIXED)
    assert not wrong.is_about(made_up.FIXED_AGAIN)
    assert right.decision == "right"
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Forget").click()
    assert not page.locator("#decisions").is_visible()
    page.reload()
    assert page.locator("article.finding").first.get_by_label("Open").is_checked()


def test_decisions_are_made_by_keyboard_alone(opened: Opened) -> None:
    page = opened(SINGLE)
    page.emulate_media(reduced_motion="reduce")  # nothing is still on its way when it is looked at
    finding = page.locator("article.finding").first
    finding.get_by_label("Open").focus()
    page.keyboard.press("ArrowLeft")
    assert finding.get_by_label("Unsure").is_checked()
    page.keyboard.press("ArrowLeft")
    assert finding.get_by_label("Wrong").is_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("Decod")
    assert finding.get_by_label("It is").input_value() == "decoding"
    page.keyboard.press("Tab")
    page.keyboard.type("a note")
    assert finding.get_by_label("Note").input_value() == "a note"
    assert page.locator("#decisions-state").inner_text().startswith("1 of 5 passages decided.")
    # What has the focus is seen: not under the bar of decisions.
    for _ in range(30):
        page.keyboard.press("Tab")
        hidden = page.evaluate(
            """() => {
              const box = document.activeElement.getBoundingClientRect();
              const bar = document.getElementById("decisions");
              return document.activeElement !== document.body && !bar.contains(document.activeElement)
                && box.top >= bar.getBoundingClientRect().top;
            }"""
        )
        assert not hidden, page.evaluate("document.activeElement.outerHTML")
    page.get_by_role("button", name="Export as a file").focus()
    with page.expect_download():
        page.keyboard.press("Enter")


def test_decisions_of_several_papers_are_kept_apart(opened: Opened, tmp_path: Path) -> None:
    page = opened(made_up.EVERYTHING)
    page.get_by_label("Unsure").first.check()
    page.locator("article.paper").nth(2).get_by_label("Note").first.fill("look again")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as a file").click()
    download.value.save_as(tmp_path / "decisions.json")
    assert download.value.suggested_filename == "seedaudit-decisions.json"
    assert [(one.sha256[0], one.decision, one.note) for one in read_decisions(tmp_path / "decisions.json")] == [
        ("a", "unsure", ""),
        ("c", "open", "look again"),
    ]


def test_without_storage_decisions_live_as_long_as_the_page(opened: Opened) -> None:
    page = opened(SINGLE, init="Object.defineProperty(window, 'localStorage', {get() { throw new Error('no') }})")
    page.get_by_label("Right").first.check()
    assert "export before you close it" in page.locator("#decisions").inner_text()


def test_wording_is_copied(opened: Opened) -> None:
    page = opened(SINGLE, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the wording").click()
    page.get_by_text("Copied.").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "\n\n".join(suggest_review(made_up.RED))


def test_wording_is_selected_where_it_cannot_be_copied(opened: Opened) -> None:
    page = opened(SINGLE, init="Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.get_by_role("button", name="Copy the wording").click()
    page.get_by_text("Selected: copy it with").wait_for()
    assert page.evaluate("getSelection().toString()").startswith("It is good to see")


def test_report_is_whole_without_scripts(opened: Opened) -> None:
    page = opened(SINGLE, scripts=False)
    assert page.get_by_text("Comparison over random seeds (p. 6, 5 Results)").is_visible()
    assert not page.get_by_role("button").count()
    assert not page.get_by_role("radio").count()


@needs_vnu
def test_html_validates(tmp_path: Path) -> None:
    paths = []
    for name, results in SETS.items():
        paths.append(tmp_path / f"{name}.html")
        made = render_html(results, made_up.TOOL, picture=lambda _: made_up.png(1030, 280))
        paths[-1].write_text(made, encoding="utf-8")
    assert vnu(*paths) == ""
    paths[0].write_text(paths[0].read_text("utf-8").replace("<main", "<main lang=nowhere-at-all", 1), encoding="utf-8")
    assert "nowhere-at-all" in vnu(paths[0])


@pytest.mark.parametrize(
    ("name", "scheme"), [("one", "light"), ("several", "light"), ("several", "dark"), ("hostile", "dark")]
)
def test_axe_finds_nothing(opened: Opened, name: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    page = opened(SETS[name], scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
