"""The HTML report as text: complete, self-contained, deterministic, and deaf to markup in papers."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from html.parser import HTMLParser

import pytest

from seedaudit.plain import plain
from seedaudit.reporting.html import render_html

from . import made_up


class Page(HTMLParser):
    """Tags with their attributes in order, the text, and every heading's level."""

    VOID = frozenset({"meta", "use", "path", "image", "input"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.words))

    def values(self, name: str) -> list[str]:
        return [attributes[name] or "" for _, attributes in self.tags if name in attributes]


def page(*results, **options) -> Page:
    return Page(render_html(results, made_up.TOOL, **options))


def test_everything_about_a_paper_is_said():
    text = page(made_up.RED, reliability=made_up.FIGURES, generated="on a Wednesday").text
    for words in (
        "A Made-Up Tagger for Invented Treebanks",
        "arxiv:2404.00001v2",
        "Red flag",
        "Training runs are described with one fixed seed",
        "One seed value (42) is used for training runs (p. 4, p. 13).",
        "… All models are trained with AdamW for twenty epochs on one GPU. We fix the random seed to 42 for all runs. "
        "Early stopping uses the loss on the validation part. …",
        "4.1 Experimental setup",
        "Confidence93%",
        "fixed-seed.value",
        "One seed value stands behind the scores",
        "try several on validation data",
        "Bethard 2022",
        "Gundersen et al. 2023",
        "The learning rate and the dropout of our tagger are chosen",
        "Looked for and not found",
        "the spread over seeds is itself the finding",
        "1 neutral mention",
        "Validation sentences are drawn with",
        "62%",
        "8 papers, made-up papers",
        "seedaudit 0.1.0 · rules 9f2c41d07ab3 · model 51ce80aa94f6 · on a Wednesday",
    ):
        assert words in text, words


def test_trigger_words_are_marked():
    html = render_html([made_up.RED], made_up.TOOL)
    assert "We fix the <mark>random seed</mark> to 42 for all runs." in html
    assert "<mark>five random seeds</mark>" in html


@pytest.mark.parametrize(
    ("marks", "shown"),
    [
        ((), "a seed"),
        (((0, 1),), "<mark>a</mark> seed"),
        (((2, 6), (0, 1)), "<mark>a</mark> <mark>seed</mark>"),
        (((2, 6), (2, 4), (4, 99)), "a <mark>seed</mark>"),
        (((0, 4), (2, 6)), "<mark>a seed</mark>"),
        (((6, 9), (3, 3), (-5, 0)), "a seed"),
    ],
)
def test_marks_may_overlap_and_overrun(marks, shown):
    audit = made_up.replace(made_up.RED, findings=(made_up.replace(made_up.FIXED, quote="a seed", marks=marks),))
    assert f'<span class="said">{shown}</span>' in render_html([audit], made_up.TOOL)


def test_links_are_safe_and_go_where_references_say():
    links = page(made_up.RED).values("href")
    assert "https://arxiv.org/abs/2404.00001v2" in links
    assert "https://doi.org/10.1145/3589806.3600044" in links
    assert all(link.startswith(("https://", "http://", "#")) for link in links)


def test_inner_links_have_targets_and_names_are_unique():
    made = page(*made_up.EVERYTHING, picture=lambda _: made_up.png())
    names = made.values("id")
    assert len(names) == len(set(names))
    assert {link[1:] for link in made.values("href") if link.startswith("#")} <= set(names)
    assert {name for value in made.values("aria-labelledby") for name in value.split()} <= set(names)


@pytest.mark.parametrize("results", [[made_up.RED], [made_up.NONE], [made_up.FAILED], made_up.EVERYTHING, []])
def test_outline_has_one_first_heading_and_no_gaps(results):
    made = page(*results)
    levels = [int(tag[1]) for tag, _ in made.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    tags = [tag for tag, _ in made.tags]
    assert tags.count("main") == 1
    assert tags.count("nav") == (len(results) != 1)


def test_several_papers_are_indexed_with_their_verdicts():
    text = page(*made_up.EVERYTHING).text
    assert "Audit of 6 papers 6 papers: 1 red flag" in text
    assert re.search(r"Red flag\s+A Made-Up Tagger .* Not audited\s+locked\.pdf", text)


def test_failure_is_told_with_its_hint():
    text = page(made_up.FAILED).text
    assert "Not audited locked.pdf is encrypted and no password was given give the password" in text
    assert "This paper has no verdict. (password)" in text


def test_figures_that_are_missing_are_not_measured():
    assert page(made_up.RED).text.count("not measured") == 4
    assert page(made_up.RED, reliability={"papers": 1, "risky_sensitivity": None}).text.count("not measured") == 3


def test_pictures_are_asked_once_for_seed_findings_and_embedded():
    asked = []

    def picture(finding):
        asked.append(finding)
        return made_up.png(40, 30) if finding.page == 4 else None

    html = render_html([made_up.RED], made_up.TOOL, picture=picture)
    assert {id(one) for one in asked} == {id(one) for one in made_up.RED.seed_findings}
    assert len(asked) == 4
    address = "data:image/png;base64," + base64.b64encode(made_up.png(40, 30)).decode()
    assert html.count(address) == 1
    assert 'viewBox="0 0 40 30"' in html
    assert "Page 4 around the quote" in html


def test_picture_that_is_no_png_is_refused():
    with pytest.raises(ValueError, match="PNG"):
        render_html([made_up.RED], made_up.TOOL, picture=lambda _: b"GIF89a")


def test_policy_allows_this_style_and_no_more():
    html = render_html([made_up.RED], made_up.TOOL)
    style = re.search("<style>(.*)</style>", html, re.DOTALL)[1]
    script = re.search("<script>(.*)</script>", html, re.DOTALL)[1]
    own, ours = (base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in (style, script))
    policy = next(a["content"] for t, a in Page(html).tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{own}'; script-src 'sha256-{ours}'; base-uri 'none'; "
        "form-action 'none'"
    )
    assert not re.search("url\\(|@import|http", style)
    assert not re.search("innerHTML|outerHTML|insertAdjacent|eval|Function|http|import|fetch", script)


def test_page_of_failures_needs_no_script():
    html = render_html([made_up.FAILED], made_up.TOOL)
    assert "<script" not in html
    assert "script-src &#39;none&#39;" in html


def test_the_same_input_gives_the_same_text():
    first = render_html(made_up.EVERYTHING, made_up.TOOL, picture=lambda _: made_up.png())
    assert first == render_html(made_up.EVERYTHING, made_up.TOOL, picture=lambda _: made_up.png())


def harmless(text: str = "words") -> made_up.Audit:
    """The hostile audit with the same shape and nothing hostile in it."""
    hostile = made_up.hostile()
    tame = tuple(
        made_up.replace(
            one,
            **dict.fromkeys(("quote", "section", "why", "remedy", "before", "after"), text),
            rules=(text,) * len(one.rules),
            references=(text,) * len(one.references),
            marks=((0, 2), (3, 4)),
        )
        for one in hostile.findings
    )
    return made_up.replace(
        hostile,
        source=text + "!",
        title=text,
        id=text,
        verdict=made_up.Verdict("red-flag", (text,) * len(made_up.PAYLOADS)),
        search=made_up.Search("own", (made_up.Evidence(1, text),)),
        findings=tame,
    )


def test_markup_in_a_paper_stays_text():
    hostile = page(made_up.replace(made_up.hostile(), source="other"), picture=lambda _: made_up.png())
    tame = page(harmless(), picture=lambda _: made_up.png())
    # The same tags in the same order, but for the marks' place in the quote and two references that link.
    skeleton = [tag for tag, _ in hostile.tags if tag not in {"a", "span", "mark"}]
    assert skeleton == [tag for tag, _ in tame.tags if tag not in {"a", "span", "mark"}]
    for payload in made_up.PAYLOADS:
        assert plain(payload).strip() in hostile.text
    names = {name for _, attributes in hostile.tags for name in attributes}
    assert names == {name for _, attributes in tame.tags for name in attributes}
    for link in hostile.values("href"):
        assert re.match(r"https?://|#|data:image/png;base64,", link)
    assert not any(tag in {"iframe", "object", "img", "link", "base", "form"} for tag, _ in hostile.tags)
    assert [attributes for tag, attributes in hostile.tags if tag == "script"] == [{}]


def test_hostile_failure_and_versions_stay_text():
    tool = made_up.Tool("<b>1</b>", '"><script>', "</footer>")
    made = Page(
        render_html(
            [made_up.HOSTILE_FAILURE],
            tool,
            reliability={"measured_on": "<script>x</script>"},
            generated="<script>now</script>",
        )
    )
    assert not any(tag in {"script", "b", "img"} for tag, _ in made.tags)
    assert '"><script>' in made.text
    assert "<script>now</script>" in made.text


def test_no_control_characters_reach_the_page():
    html = render_html([made_up.hostile(), made_up.HOSTILE_FAILURE], made_up.TOOL)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", html)
    html.encode("utf-8")


def test_remedies_are_concrete_and_cited():
    text = page(made_up.RED).text
    assert "What the authors could do In the order of what it costs" in text
    assert "Tune the seed like the other hyperparameters" in text
    assert "Cost: No further training. References: Sellam et al. 2021, Agarwal et al. 2021." in text
    assert "What the authors could do" not in page(made_up.SAFE).text


def test_wording_for_the_review_can_be_copied_without_a_script():
    made = page(made_up.RED)
    assert "Random seed of the training runs (p. 4, 4.1 Experimental setup; p. 13, A Settings)." in made.text
    assert "hidden" in next(attributes for _, attributes in made.tags if attributes.get("class") == "copy")


def test_what_was_not_seen_is_told_as_far_as_known():
    assert "What the audit did not see The paper was read as text" in page(made_up.NONE).text
    text = page(made_up.RED, gaps=lambda _: ("Page 3 is a scan.",)).text
    assert "What the audit did not see Page 3 is a scan." in text
    assert "What the audit did not see" not in page(made_up.RED, gaps=lambda _: ()).text


def test_findings_are_named_for_the_file_of_decisions():
    tags = [attributes for _, attributes in page(made_up.RED).tags if "data-use" in attributes]
    assert len(tags) == len(made_up.RED.findings)
    assert tags[0]["data-use"] == "fixed-seed"
    assert (tags[0]["data-page"], tags[0]["data-start"], tags[0]["data-end"]) == ("4", "1000", "1042")
    assert tags[0]["data-quote"] == hashlib.sha256(made_up.FIXED.quote.encode()).hexdigest()
