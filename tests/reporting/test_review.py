"""Wording for a review, remedies, gaps: specific, courteous, and no more than is known."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from seedaudit.documents.document import Block, Document, Section
from seedaudit.findings import USES, Seeds
from seedaudit.reporting.gaps import gaps
from seedaudit.reporting.literature import work
from seedaudit.reporting.remedies import REMEDIES, remedies
from seedaudit.reporting.review import suggest_review

from . import made_up

ACCUSING = re.compile(
    r"wrong|mistake|invalid|flaw|fail|misconduct|violat|cheat|cherry|mislead|should have|must|unfortunately|incorrect",
    re.IGNORECASE,
)
BEST = replace(made_up.COMPARISON, risk="red-flag", notes=("best-of-n",), quote="We report the best of three runs.")


def audit(*findings, **changes):
    return replace(made_up.RED, findings=findings, **changes)


def test_each_thing_has_a_paragraph_with_its_places_and_words():
    praise, fixed, compared = suggest_review(made_up.RED)
    assert praise == "It is good to see that models of several seeds are combined (p. 8, 6 Shared task)."
    assert fixed.startswith(
        "Random seed of the training runs (p. 4, 4.1 Experimental setup; p. 13, A Settings). The paper says: “We fix "
        "the random seed to 42 for all runs.” As I understand it, training uses one seed value (42)."
    )
    assert compared.startswith("Comparison over random seeds (p. 6, 5 Results).")
    assert "The described search (p. 5) helps here." in compared


@pytest.mark.parametrize(
    ("level", "words"),
    [
        ("none", "I did not find how the hyperparameters of the compared systems were chosen"),
        ("own", "Were the compared systems tuned with the same budget"),
        ("all", "The search described for all systems (p. 5) helps here"),
        ("seed-included", "I have no question on this point"),
    ],
)
def test_comparison_follows_the_search(level, words):
    search = replace(made_up.SEARCH, level=level)
    (said,) = suggest_review(audit(made_up.COMPARISON, search=search))
    assert words in said


def test_best_of_n_is_asked_for_its_criterion():
    (said,) = suggest_review(audit(BEST))
    assert said.startswith("Choice of the reported run (p. 6, 5 Results).")
    assert "held-out data" in said


def test_other_levels():
    assert suggest_review(made_up.SAFE)[0].endswith("I have no question on the use of random seeds.")
    assert suggest_review(made_up.UNSTATED)[0].startswith("Reported runs (p. 5, Results).")
    assert suggest_review(made_up.NONE)[0].startswith("I did not find a statement on random seeds")


@pytest.mark.parametrize("level", ["red-flag", "caution", "safe", "unstated", "none"])
def test_verdict_without_its_findings_is_asked_what_was_done(level):
    alone = audit(made_up.SPLIT, verdict=replace(made_up.RED.verdict, level=level))
    assert suggest_review(alone)[0].startswith("I did not find a statement on random seeds")


def test_tone():
    papers = [one for one in made_up.EVERYTHING if isinstance(one, made_up.Audit)]
    for paper in (*papers, audit(BEST), audit(made_up.COMPARISON, search=made_up.Search())):
        for paragraph in suggest_review(paper):
            assert not ACCUSING.search(paragraph), paragraph


def test_long_quotes_many_places_and_missing_pages():
    quote = "words " * 60 + "“seed”"
    many = [made_up.finding(page=page, quote=quote, seeds=Seeds(1, (page,))) for page in range(1, 8)]
    (said,) = suggest_review(audit(*many))
    assert "p. 4, 4.1 Experimental setup; and 3 more places)" in said
    assert re.search(r"“(words )+…”", said)
    assert "one seed value. The seed" in said
    assert "(1 passage)" in suggest_review(audit(replace(many[0], page=None, section="")))[0]


def test_remedies_answer_what_was_found():
    titles = {
        name: [one.title for one in remedies(paper)]
        for name, paper in vars(made_up).items()
        if name.isupper() and isinstance(paper, made_up.Audit)
    }
    assert titles["SAFE"] == titles["NONE"] == []
    assert titles["UNSTATED"] == ["Say what varies between the runs", "Show the spread"]
    assert "Tune the seed like the other hyperparameters" in titles["RED"]
    assert "Tune the seed like the other hyperparameters" not in titles["CAUTION"]
    assert "Compare distributions over configurations" in titles["CAUTION"]


def test_every_remedy_rests_on_known_literature():
    for remedy in REMEDIES:
        assert remedy.answers <= set(USES)
        assert remedy.references
        assert all(work(one).claim for one in remedy.references)


def document(pages: int | None, with_text: set[int], kind: str = "body") -> Document:
    blocks = tuple(Block(page, page + 1, page, "body") for page in sorted(with_text))
    return Document("x" * 20, blocks, (Section(0, 20, "", kind),), pages)


def test_gaps_are_what_is_known():
    whole = gaps(made_up.RED, document(3, {1, 2, 3}, "appendix"))
    assert whole == gaps(made_up.RED)
    scanned = gaps(made_up.RED, document(9, {1, 2, 6}, "appendix"))
    assert scanned[0] == "Pages 3-5, 7-9 hold no text that can be read: blank, or a picture or a scan."
    assert gaps(made_up.RED, document(2, {2}, "appendix"))[0].startswith("Page 1 holds no text")
    assert gaps(made_up.RED, document(1, {1}))[0].startswith("No appendix was found.")
    assert gaps(made_up.NONE)[0].startswith("The paper was read as text")
    part = replace(document(None, {1}, "appendix"), missing=tuple(f"part{at}.tex" for at in range(7)))
    assert gaps(made_up.RED, part)[0].endswith(
        "it: part0.tex, part1.tex, part2.tex, part3.tex, part4.tex and 2 more. What stands there was not read."
    )
