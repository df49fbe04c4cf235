"""The report of a study as files, and as pages in a real Chromium."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from seedaudit.auditing import Auditor
from seedaudit.batch.listing import entries
from seedaudit.batch.statistics import analyse
from seedaudit.batch.store import Entry, open_study, read_study
from seedaudit.batch.work import Outcome
from seedaudit.errors import UsageError
from seedaudit.reporting.charts import draw_charts
from seedaudit.reporting.record import load_schema
from seedaudit.reporting.study import render_markdown, write_study
from seedaudit.sources.paper import Paper
from seedaudit.sources.source import obtain

from . import made_up

SAMPLES = Path(__file__).parents[2] / "corpus" / "samples"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic", "--no-first-run"]
RESULTS = (*made_up.EVERYTHING, made_up.hostile(), made_up.HOSTILE_FAILURE)


def make(path: Path, results: Any) -> Path:
    with open_study(path) as study:
        study.enrol(
            Entry(f"/{at:05}", result.source, "file", year=2020 + at % 5, venue=f"Venue {at % 7}")
            for at, result in enumerate(results)
        )
        for (number, _, _), result in zip(list(study.named()), results, strict=True):
            study.store(Outcome(number, result), made_up.TOOL, "")
    return path


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    with read_study(make(folder / "study.db", RESULTS)) as study:
        write_study(study, folder / "report", reliability=made_up.FIGURES, date="25 November 2026")
    return folder / "report"


def test_the_same_study_gives_the_same_report(report: Path, tmp_path: Path) -> None:
    with read_study(make(tmp_path / "study.db", RESULTS)) as study:
        for _ in range(2):  # into a new folder, and over an earlier report
            write_study(study, tmp_path / "again", reliability=made_up.FIGURES, date="25 November 2026")
    files = sorted(path.relative_to(report) for path in report.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(tmp_path / "again") for path in (tmp_path / "again").rglob("*.*"))
    for name in files:
        if name.suffix != ".parquet":
            assert (report / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name


def test_data_hold_every_paper(report: Path) -> None:
    document = json.loads((report / "data" / "study.json").read_text(encoding="utf-8"))
    Draft202012Validator(load_schema()).validate(document)
    assert len(document["papers"]) == len(RESULTS)
    figures = json.loads((report / "data" / "statistics.json").read_text(encoding="utf-8"))
    assert figures["date"] == "25 November 2026"
    assert figures["risky"][:2] == [3, 6]
    pandas = pytest.importorskip("pandas")
    papers = pandas.read_csv(report / "data" / "papers.csv")
    assert papers["status"].tolist().count("failed") == 2
    findings = pandas.read_csv(report / "data" / "findings.csv")
    assert len(set(findings["source"])) == len({result.source for result in RESULTS})
    pytest.importorskip("pyarrow")
    assert len(pandas.read_parquet(report / "data" / "findings.parquet")) == len(findings)
    assert len(pandas.read_parquet(report / "data" / "papers.parquet")) == len(papers)


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with read_study(make(tmp_path / "study.db", (made_up.RED,))) as study:
        for folder in (tmp_path, tmp_path / "study.db"):
            with pytest.raises(UsageError):
                write_study(study, folder)
    assert (tmp_path / "thesis.tex").exists()


@pytest.fixture
def pictured(tmp_path: Path) -> Path:
    """A study of two PDFs and a text, of which one PDF has changed since."""
    folder = tmp_path / "papers"
    folder.mkdir()
    for name in ("two-column", "settings-table"):
        (folder / f"{name}.pdf").write_bytes((SAMPLES / name / f"{name}.pdf").read_bytes())
    (folder / "text.md").write_text("# Setup\n\nWe fix the random seed to 42 for all runs.\n")
    path = tmp_path / "study.db"
    listed = list(entries([str(folder)]))
    with open_study(path) as study:
        study.enrol(entry for entry, _ in listed)
        for number, entry, _ in list(study.named()):
            paper = obtain(next(named for one, named in listed if one == entry))
            study.store(Outcome(number, Auditor().audit(paper)), made_up.TOOL, "")
    (folder / "settings-table.pdf").write_bytes((SAMPLES / "no-seed" / "no-seed.pdf").read_bytes())
    return path


def test_pages_show_the_place_where_the_pdf_is_still_there(pictured: Path, tmp_path: Path) -> None:
    with read_study(pictured) as study:
        remarks = write_study(study, tmp_path / "report")
        assert write_study(study, tmp_path / "bare", pictures=False) == []
    assert [one for one in remarks if "picture" in one] == [
        "1 paper without pictures: the PDF is not at hand, or not the one that was audited."
    ]
    pages = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "report" / "papers").iterdir()}
    told = {name: text.count('href="data:image/png;base64,') for name, text in pages.items()}
    assert told == {"0001.html": 0, "0002.html": 0, "0003.html": 1}
    assert "base64" not in (tmp_path / "bare" / "papers" / "0003.html").read_text(encoding="utf-8")


def test_a_paper_of_a_host_is_looked_for_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = (SAMPLES / "two-column" / "two-column.pdf").read_bytes()
    audited = Auditor().audit(Paper("A title in a list", "pdf", data, id="arxiv:2210.13393v2"))
    asked = []

    def cached(reference: Any, *, offline: bool) -> Paper:
        asked.append((str(reference), offline))
        return Paper("", "pdf", data if str(reference) == "2210.13393v2" else b"%PDF-")

    monkeypatch.setattr("seedaudit.reporting.study.obtain", cached)
    with open_study(tmp_path / "study.db") as study:
        study.enrol([Entry("arxiv:2210.13393", "A title in a list", "arxiv")])
        study.store(Outcome(1, audited), made_up.TOOL, "")
        assert write_study(study, tmp_path / "report") == []
    assert asked == [("2210.13393v2", True)]
    assert "base64" in (tmp_path / "report" / "papers" / "0001.html").read_text(encoding="utf-8")


def test_an_empty_study_has_a_report(tmp_path: Path) -> None:
    with open_study(tmp_path / "study.db") as study:
        study.enrol([Entry("/a", "a.pdf", "file")])
        write_study(study, tmp_path / "report")
    assert "1 not reached yet" in (tmp_path / "report" / "index.html").read_text(encoding="utf-8")


def test_markdown_holds_figures_and_no_words_of_papers(tmp_path: Path) -> None:
    with read_study(make(tmp_path / "study.db", RESULTS)) as study:
        text = render_markdown(analyse(study, made_up.FIGURES), date="today")
    assert "| red flag | 2 | 33% |" in text
    assert "on today" in text
    assert "more than 50% of 85" in text
    assert made_up.RED.title not in text
    assert "<script>" not in text


def test_charts_are_drawn_the_same_and_say_what_they_show(tmp_path: Path) -> None:
    with read_study(make(tmp_path / "study.db", RESULTS)) as study:
        statistics = analyse(study, made_up.FIGURES)
    charts = draw_charts(statistics)
    assert charts == draw_charts(statistics)
    assert [chart.name for chart in charts] == [
        "prevalence", "verdicts", "uses", "seeds", "searches", "years", "venues", "together",
    ]  # fmt: skip
    for chart in charts:
        assert chart.words.endswith(".")
        for name, drawing in chart.drawings.items():
            assert b"<title>" in drawing
            assert b"<image" not in drawing
            assert all(side > 100 for side in chart.size(name))


def test_the_chart_of_venues_has_the_largest(tmp_path: Path) -> None:
    with read_study(make(tmp_path / "study.db", RESULTS)) as study:
        statistics = analyse(study)
    group = statistics.venues[0]
    many = tuple(replace(group, name=f"V{at:02}", audited=1 if at == 3 else 5 + at % 2) for at in range(21))
    chart = next(chart for chart in draw_charts(replace(statistics, venues=many)) if chart.name == "venues")
    assert chart.title == "By venue (the 20 with most papers)"
    assert [name for name in (one.name for one in many) if f"{name}: " not in chart.words] == ["V03"]


sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium on this machine")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def opened(browser: Any) -> Iterator[Any]:
    """Opens a page of a report; whatever it says or asks for elsewhere fails the test."""
    contexts, troubles = [], []

    def open_page(path: Path, *, width: int = 1280, scheme: str = "light", at: str = "") -> Any:
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith("file:") else troubles.append(asked.url))
        page.goto(path.as_uri() + at)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


@needs_chromium
@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [
        ("index.html", 320, "light"), ("index.html", 1280, "dark"), ("papers/0001.html", 1280, "light"),
        ("papers/0007.html", 320, "dark"),
    ],
)  # fmt: skip
def test_pages_fit_and_axe_finds_nothing(opened: Any, report: Path, name: str, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    page = opened(report / name, width=width, scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert "broken" not in page.title().replace(made_up.HOSTILE_TEXT, "")[:12]
    found = axe.Axe().run(page, options={"preload": False})  # it would ask for the style sheet, which is forbidden
    assert found.violations_count == 0, found.generate_report()


@needs_chromium
def test_a_picture_of_the_page_is_shown(opened: Any, pictured: Path, tmp_path: Path) -> None:
    with read_study(pictured) as study:
        write_study(study, tmp_path / "report")
    page = opened(tmp_path / "report" / "papers" / "0003.html")
    picture = page.locator("article.finding svg.picture")
    assert picture.get_attribute("aria-label") == "Page 1 around the quote, with the quote highlighted"
    size = page.evaluate(
        """async () => { const shown = new Image();
            shown.src = document.querySelector('svg.picture image').href.baseVal;
            await shown.decode(); return [shown.naturalWidth, shown.naturalHeight] }"""
    )
    assert min(size) > 100


@needs_chromium
def test_the_table_is_searched_filtered_sorted_and_keeps_its_view(opened: Any, report: Path) -> None:
    page = opened(report / "index.html")
    rows = page.locator("#rows tr")
    assert rows.count() == len(RESULTS)
    page.get_by_label("Verdict", exact=True).select_option("red-flag")
    assert page.locator("#count").inner_text() == "2 of 8 papers"
    page.get_by_role("searchbox", name="Search").fill("TAGGER treebanks")
    assert rows.count() == 1
    assert "verdict=red-flag" in page.url
    again = opened(report / "index.html", at="#" + page.url.partition("#")[2])
    assert again.locator("#rows tr").count() == 1
    assert again.get_by_role("searchbox", name="Search").input_value() == "TAGGER treebanks"
    again.get_by_role("button", name="Clear").click()
    again.get_by_role("button", name="Year").press("Enter")
    assert again.locator("th[aria-sort=ascending]").inner_text().startswith("Year")
    years = again.locator("#rows td:nth-child(4)").all_inner_texts()
    assert years == sorted(years)
    again.get_by_role("button", name="Year").press("Enter")
    assert again.locator("#rows td:nth-child(4)").all_inner_texts() == sorted(years, reverse=True)
    again.get_by_role("link", name="A Made-Up Tagger").click()
    assert again.get_by_role("heading", name="Verdict Red flag").count() == 1
    again.get_by_role("link", name="All papers of the study").click()
    assert again.get_by_role("heading", name="Study of 8 papers").count() == 1


@needs_chromium
def test_ten_thousand_rows_are_there_at_once(opened: Any, tmp_path: Path) -> None:
    many = [
        replace(
            made_up.EVERYTHING[at % 5], source=f"paper-{at}.pdf", title=f"Paper {at}", sha256=f"{at:064}", findings=()
        )
        for at in range(10_000)
    ]
    path = make(tmp_path / "study.db", many[:1])
    with read_study(path) as study:
        write_study(study, tmp_path / "report")
    index = tmp_path / "report" / "index.html"
    text = index.read_text(encoding="utf-8")
    start = text.index('id="papers-data">') + len('id="papers-data">')
    end = text.index("</script>", start)
    data = json.loads(text[start:end])
    [first] = data["rows"]
    data["rows"] = [[*first[:1], f"Paper {at}", *first[2:]] for at in range(10_000)]
    index.write_text(text[:start] + json.dumps(data) + text[end:], encoding="utf-8")
    started = time.perf_counter()
    page = opened(index)
    page.locator("#rows tr").first.wait_for()
    loaded = time.perf_counter() - started
    assert page.locator("#count").inner_text() == "10000 of 10000 papers, 1 to 50 shown"
    took = page.evaluate(
        """() => { const q = document.getElementById('q'); const from = performance.now();
            q.value = 'paper 99'; q.dispatchEvent(new Event('input')); return performance.now() - from }"""
    )
    assert loaded < 5, "one second on a quiet machine"
    assert took < 500
    page.get_by_role("button", name="Next").click()
    assert page.locator("#where").inner_text() == "Page 2 of 6"
