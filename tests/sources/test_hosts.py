"""The ACL Anthology, OpenReview, PMLR, DOIs and the rest of the web: what is asked, what is kept, what is said."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from seedaudit.errors import BadAnswerError, FetchError, NetworkError, NotThereError, OfflineError, RefusedError
from seedaudit.sources.anthology import Anthology
from seedaudit.sources.openreview import OpenReview
from seedaudit.sources.paper import Paper
from seedaudit.sources.pmlr import Pmlr
from seedaudit.sources.reference import (
    AnthologyReference,
    ArxivReference,
    DoiReference,
    OpenReviewReference,
    PmlrReference,
    WebReference,
    parse,
)
from seedaudit.sources.web import Web

DAY = 86_400

MODS = """<?xml version="1.0" encoding="UTF-8"?>
<modsCollection xmlns="http://www.loc.gov/mods/v3"><mods ID="mosbach-2020">
<titleInfo><title>On the Stability of <i>Fine-tuning</i> Zoë</title></titleInfo>
<name type="personal"><namePart type="given">Zoë</namePart><namePart type="family">Müller</namePart>
<role><roleTerm authority="marcrelator" type="text">author</roleTerm></role></name>
<name type="personal"><namePart type="given">An</namePart><namePart type="family">Editor</namePart>
<role><roleTerm authority="marcrelator" type="text">editor</roleTerm></role></name>
<originInfo><dateIssued>2020-07</dateIssued></originInfo>
<relatedItem type="host"><titleInfo><title>Proceedings of ACL</title></titleInfo></relatedItem>
<identifier type="doi">10.18653/v1/2020.acl-main.1</identifier>
</mods></modsCollection>""".replace("<i>", "").replace("</i>", "")


@pytest.fixture
def client(hosts, make_client):
    return make_client(trusted=tuple(host.url for host in hosts.values()))


def total(hosts) -> int:
    return sum(len(host.asked) for host in hosts.values())


# ACL Anthology


@pytest.fixture
def acl(hosts):
    host = hosts["ACL"]
    host.serve("/2020.acl-main.1.pdf", host.reply(body=host.PDF))
    host.serve("/2020.acl-main.1.xml", host.reply(body=MODS.encode(), kind="application/xml"))
    return host


ACL_PAPER = AnthologyReference("2020.acl-main.1", source="https://aclanthology.org/2020.acl-main.1/")


def test_a_paper_of_the_anthology(acl, client, own_cache):
    paper = Anthology(client).fetch(ACL_PAPER)
    assert (paper.source, paper.form, paper.data) == (ACL_PAPER.source, "pdf", acl.PDF)
    assert (paper.id, paper.title, paper.year) == (
        "acl:2020.acl-main.1", "On the Stability of Fine-tuning Zoë", 2020,
    )  # fmt: skip
    assert (paper.authors, paper.venue) == (("Zoë Müller",), "Proceedings of ACL")
    assert paper.ids == ("doi:10.18653/v1/2020.acl-main.1",)
    assert acl.asked == ["/2020.acl-main.1.pdf", "/2020.acl-main.1.xml"]
    assert (own_cache / "acl/2020.acl-main.1.pdf").read_bytes() == acl.PDF


def test_the_anthology_is_asked_once_for_good_and_never_offline(acl, client, moment):
    with pytest.raises(OfflineError, match="not in the cache"):
        Anthology(client, offline=True).fetch(ACL_PAPER)
    first = Anthology(client).fetch(ACL_PAPER)
    moment.now += 1000 * DAY
    assert Anthology(client).fetch(ACL_PAPER) == first
    assert Anthology(client, offline=True).fetch(ACL_PAPER) == first
    assert len(acl.asked) == 2


def test_requests_to_the_anthology_keep_the_interval(acl, client, moment):
    Anthology(client).fetch(ACL_PAPER)
    assert moment.slept == [3.0]


@pytest.mark.parametrize("record", [b"", b"<html>", b"<modsCollection xmlns='http://www.loc.gov/mods/v3'/>"])
def test_a_paper_of_the_anthology_without_metadata_is_still_a_paper(acl, client, record):
    acl.serve("/2020.acl-main.1.xml", acl.reply(404 if not record else 200, record))
    paper = Anthology(client).fetch(ACL_PAPER)
    assert (paper.data, paper.title) == (acl.PDF, "")


def test_a_paper_that_the_anthology_does_not_have(acl, client, moment):
    unknown = AnthologyReference("P18-9999")
    for _ in range(2):
        with pytest.raises(NotThereError, match="no paper P18-9999") as caught:
            Anthology(client).fetch(unknown)
        assert caught.value.kind == "unknown-id"
    assert acl.asked == ["/P18-9999.pdf"]
    moment.now += DAY + 1
    acl.serve("/P18-9999.pdf", acl.reply(body=acl.PDF))
    assert Anthology(client).fetch(unknown).data == acl.PDF


def test_a_revision(acl, client):
    acl.serve("/2020.acl-main.1v2.pdf", acl.reply(body=acl.PDF + b"2"))
    paper = Anthology(client).fetch(AnthologyReference("2020.acl-main.1", 2))
    assert (paper.id, paper.title[:6]) == ("acl:2020.acl-main.1v2", "On the")


@pytest.mark.parametrize(
    ("page", "error", "kind"),
    [
        (lambda host: host.reply(200, host.CAPTCHA), RefusedError, "captcha"),
        (lambda host: host.page("<title>Maintenance</title>"), BadAnswerError, "bad-answer"),
        (lambda host: host.reply(200, b"PK\x03\x04"), BadAnswerError, "bad-answer"),
        (lambda host: host.reply(200, b"", "application/pdf"), BadAnswerError, "bad-answer"),
        (lambda host: host.reply(403), RefusedError, "refused"),
        (lambda host: host.reply(500), RefusedError, "unavailable"),
        (lambda host: host.cut_short(), BadAnswerError, "truncated"),
        (lambda host: host.cut_short(announce=False), BadAnswerError, "truncated"),
        (lambda host: host.reply(200, b"Rate exceeded.", "text/plain"), RefusedError, "rate-limited"),
    ],
)
def test_bad_days_of_the_anthology_are_not_remembered(acl, client, own_cache, page, error, kind):
    acl.serve("/2020.acl-main.1.pdf", page(acl))
    with pytest.raises(error) as caught:
        Anthology(client).fetch(ACL_PAPER)
    assert caught.value.kind == kind
    assert caught.value.hint
    assert not list(own_cache.rglob("*.pdf"))
    acl.serve("/2020.acl-main.1.pdf", acl.reply(body=acl.PDF))
    assert Anthology(client).fetch(ACL_PAPER).data == acl.PDF


# OpenReview

NOTE2 = {
    "notes": [
        {
            "id": "rJl-b3RcF7",
            "pdate": 1_546_300_800_000,
            "content": {
                "title": {"value": "The Lottery\n Ticket"},
                "authors": {"value": ["Jonathan Frankle", "Michael Carbin"]},
                "venue": {"value": "ICLR 2019"},
                "pdf": {"value": "/pdf/abc.pdf"},
            },
        }
    ]
}
NOTE1 = {"notes": [{"cdate": 1_517_000_000_000, "content": {"title": "Old", "authors": ["A B"], "pdf": "/pdf/x.pdf"}}]}
FORUM = OpenReviewReference("rJl-b3RcF7", source="https://openreview.net/forum?id=rJl-b3RcF7")


@pytest.fixture
def openreview(hosts):
    hosts["OPENREVIEW_API"].serve("/notes", hosts["web"].answer_json(NOTE2))
    hosts["OPENREVIEW_API1"].serve("/notes", hosts["web"].answer_json({"notes": []}))
    hosts["OPENREVIEW"].serve("/pdf", hosts["web"].reply(body=hosts["web"].PDF))
    return hosts


def test_a_submission(openreview, client, moment):
    paper = OpenReview(client).fetch(FORUM)
    assert (paper.source, paper.id, paper.title) == (FORUM.source, "openreview:rJl-b3RcF7", "The Lottery Ticket")
    assert (paper.authors, paper.venue, paper.year) == (("Jonathan Frankle", "Michael Carbin"), "ICLR 2019", 2019)
    assert openreview["OPENREVIEW_API"].asked == ["/notes?id=rJl-b3RcF7"]
    assert openreview["OPENREVIEW"].asked == ["/pdf?id=rJl-b3RcF7"]
    assert total(openreview) == 2
    assert moment.slept == [], "each host has a lane of its own"
    assert OpenReview(client, offline=True).fetch(FORUM) == paper
    assert total(openreview) == 2


@pytest.mark.parametrize("unknown", [200, 404, 400])
def test_the_older_api_has_the_older_venues(openreview, client, unknown):
    content = {"notes": []} if unknown == 200 else {"name": "NotFoundError", "status": unknown}
    openreview["OPENREVIEW_API"].serve("/notes", openreview["web"].answer_json(content, unknown))
    openreview["OPENREVIEW_API1"].serve("/notes", openreview["web"].answer_json(NOTE1))
    paper = OpenReview(client).fetch(FORUM)
    assert (paper.title, paper.authors, paper.year, paper.venue) == ("Old", ("A B",), 2018, "")


def test_a_submission_that_neither_api_knows(openreview, client):
    openreview["OPENREVIEW_API"].serve("/notes", openreview["web"].answer_json({"notes": []}))
    for _ in range(2):
        with pytest.raises(NotThereError, match="knows no submission") as caught:
            OpenReview(client).fetch(FORUM)
        assert caught.value.hint
    assert total(openreview) == 2


def test_a_submission_whose_pdf_is_hidden(openreview, client):
    openreview["OPENREVIEW"].serve("/pdf", openreview["web"].reply(404, b'{"name":"NotFoundError"}'))
    with pytest.raises(NotThereError, match="no PDF") as caught:
        OpenReview(client).fetch(FORUM)
    assert caught.value.kind == "no-pdf"


def test_an_api_that_refuses_does_not_cost_the_paper(openreview, client):
    openreview["OPENREVIEW_API"].serve("/notes", openreview["web"].answer_json({"name": "ForbiddenError"}, 403))
    paper = OpenReview(client).fetch(FORUM)
    assert (paper.data, paper.title) == (openreview["web"].PDF, "")


@pytest.mark.parametrize("status", [403, 500])
def test_the_older_api_is_asked_when_the_newer_one_refuses(openreview, client, status):
    openreview["OPENREVIEW_API"].serve("/notes", openreview["web"].answer_json({"name": "ForbiddenError"}, status))
    openreview["OPENREVIEW_API1"].serve("/notes", openreview["web"].answer_json(NOTE1))
    assert OpenReview(client).fetch(FORUM).title == "Old"


def test_a_submission_is_looked_up_again_after_a_day_and_its_pdf_when_it_is_another(openreview, client, moment):
    first = OpenReview(client).fetch(FORUM)
    moment.now += DAY + 1
    assert OpenReview(client).fetch(FORUM) == first
    assert len(openreview["OPENREVIEW_API"].asked) == 2
    assert len(openreview["OPENREVIEW"].asked) == 1
    changed = json.loads(json.dumps(NOTE2).replace("abc.pdf", "def.pdf"))
    openreview["OPENREVIEW_API"].serve("/notes", openreview["web"].answer_json(changed))
    openreview["OPENREVIEW"].serve("/pdf", openreview["web"].reply(body=openreview["web"].PDF + b"2"))
    moment.now += DAY + 1
    assert OpenReview(client).fetch(FORUM).data == openreview["web"].PDF + b"2"


@pytest.mark.parametrize("form", ["Z", "+00:00"])
def test_reset_time_is_waited_for(openreview, client, moment, form):
    then = datetime.fromtimestamp(moment.now + 42, UTC).strftime("%Y-%m-%dT%H:%M:%S.000") + form
    limited = openreview["web"].answer_json(
        {"name": "RateLimitError", "status": 429, "details": {"limit": 36, "remaining": 0, "resetTime": then}}, 429
    )
    openreview["OPENREVIEW_API"].serve("/notes", limited, openreview["web"].answer_json(NOTE2))
    assert OpenReview(client).fetch(FORUM).title == "The Lottery Ticket"
    assert sum(moment.slept) == pytest.approx(42.0, abs=1.0)


def test_a_reset_time_that_says_nothing_leaves_the_back_off(openreview, client, moment):
    limited = openreview["web"].answer_json({"details": {"resetTime": "2026-99-99T00:00:00Z"}}, 429)
    openreview["OPENREVIEW_API"].serve("/notes", limited, openreview["web"].answer_json(NOTE2))
    OpenReview(client).fetch(FORUM)
    assert moment.slept == [3.0]


def test_an_api_that_sends_no_notes(openreview, client):
    openreview["OPENREVIEW_API"].serve("/notes", openreview["web"].page("<title>Hello</title>"))
    assert OpenReview(client).fetch(FORUM).data == openreview["web"].PDF


# PMLR

SEED_PAPER = PmlrReference("v139", "picard21a", source="https://proceedings.mlr.press/v139/picard21a.html")


def head(pdf: str = "", title: str = "torch.manual_seed(3407)", **more: str) -> str:
    tags = {"citation_title": title, "citation_author": "Picard, David", "citation_publication_date": "2021/07/01"}
    tags |= {"citation_conference_title": "ICML"} | {f"citation_{name}": value for name, value in more.items()}
    if pdf:
        tags["citation_pdf_url"] = pdf
    return "".join(f'<meta name="{name}" content="{content}">' for name, content in tags.items())


@pytest.mark.parametrize("absolute", [False, True])
def test_a_paper_of_pmlr(hosts, client, absolute):
    host = hosts["PMLR"]
    pdf = "http://proceedings.mlr.press/v139/picard21a/picard21a.pdf" if absolute else "picard21a/picard21a.pdf"
    host.serve("/v139/picard21a.html", host.page(head(pdf)))
    host.serve("/v139/picard21a/picard21a.pdf", host.reply(body=host.PDF))
    paper = Pmlr(client).fetch(SEED_PAPER)
    assert (paper.id, paper.title, paper.authors) == (
        "pmlr:v139/picard21a", "torch.manual_seed(3407)", ("David Picard",),
    )  # fmt: skip
    assert (paper.year, paper.venue, paper.data) == (2021, "ICML", host.PDF)
    assert Pmlr(client, offline=True).fetch(SEED_PAPER) == paper
    assert host.asked == ["/v139/picard21a.html", "/v139/picard21a/picard21a.pdf"]


def test_a_paper_of_pmlr_whose_pdf_lies_elsewhere(hosts, client):
    hosts["PMLR"].serve("/v235/x.html", hosts["PMLR"].page(head(f"{hosts['web'].url}/raw/x.pdf")))
    hosts["web"].serve("/raw/x.pdf", hosts["web"].reply(body=hosts["web"].PDF, kind="application/octet-stream"))
    assert Pmlr(client).fetch(PmlrReference("v235", "x")).data == hosts["web"].PDF


def test_bad_days_of_pmlr(hosts, client):
    host = hosts["PMLR"]
    for _ in range(2):
        with pytest.raises(NotThereError, match="no paper v139/picard21a"):
            Pmlr(client).fetch(SEED_PAPER)
    assert len(host.asked) == 1
    host.serve("/v1/a.html", host.page("<title>Nothing</title>"))
    with pytest.raises(BadAnswerError, match="names no PDF"):
        Pmlr(client).fetch(PmlrReference("v1", "a"))
    host.serve("/v1/b.html", host.page(head("b.pdf")))
    host.serve("/v1/b.pdf", host.page("<title>Nothing</title>"))
    with pytest.raises(BadAnswerError, match="in place of the PDF"):
        Pmlr(client).fetch(PmlrReference("v1", "b"))
    with pytest.raises(OfflineError):
        Pmlr(client, offline=True).fetch(PmlrReference("v1", "c"))


# Any URL

PROSE = "<h2>Introduction</h2>" + "<p>" + "We average the results over five random seeds. " * 15 + "</p>"
WHOLE_PAPER = "<article>" + PROSE * 8 + "</article>"


@pytest.fixture
def web(hosts):
    return hosts["web"]


def fetch(client, url: str, **options) -> Paper:
    found = Web(client, **options).fetch(WebReference(url, source=f"<{url}>"))
    assert isinstance(found, Paper)
    return found


def test_a_url_that_is_a_pdf(web, client, moment):
    web.serve("/people/paper", web.reply(body=web.PDF, kind="text/html"))
    paper = fetch(client, f"{web.url}/people/paper")
    assert (paper.form, paper.data, paper.id, paper.source) == ("pdf", web.PDF, None, f"<{web.url}/people/paper>")
    moment.now += DAY - 60
    assert fetch(client, f"{web.url}/people/paper") == paper
    assert len(web.asked) == 1
    moment.now += 120
    assert fetch(client, f"{web.url}/people/paper") == paper
    assert len(web.asked) == 2
    moment.now += 10 * DAY
    assert fetch(client, f"{web.url}/people/paper", offline=True) == paper
    assert len(web.asked) == 2


def test_a_page_that_names_its_pdf(web, client):
    web.serve("/abs/1", web.page(head("../files/1.pdf", doi="10.1000/A1") + '<base href="/deep/er/">'))
    web.serve("/deep/files/1.pdf", web.reply(body=web.PDF))
    paper = fetch(client, f"{web.url}/abs/1")
    assert (paper.form, paper.data, paper.title, paper.year) == ("pdf", web.PDF, "torch.manual_seed(3407)", 2021)
    assert paper.id == "doi:10.1000/a1"


def test_a_page_that_is_the_paper(web, client):
    web.serve("/article", web.page(head(), WHOLE_PAPER))
    paper = fetch(client, f"{web.url}/article")
    assert paper.form == "html"
    assert b"five random seeds" in paper.data
    assert paper.title == "torch.manual_seed(3407)"
    assert fetch(client, f"{web.url}/article", offline=True) == paper


@pytest.mark.parametrize("instead", ["login", "gone", "refused"])
def test_a_pdf_that_cannot_be_had_leaves_the_page_if_that_is_the_paper(web, client, instead):
    web.serve("/article", web.page(head("article.pdf"), WHOLE_PAPER))
    web.serve("/abstract", web.page(head("article.pdf"), PROSE))
    if instead == "login":
        web.serve("/article.pdf", web.page("<title>Log in</title>"))
    elif instead == "refused":
        web.serve("/article.pdf", web.reply(403))
    assert fetch(client, f"{web.url}/article").form == "html"
    with pytest.raises(FetchError) as caught:
        fetch(client, f"{web.url}/abstract")
    said = {"login": "'Log in') in place of the PDF", "gone": "has nothing at", "refused": "denies access"}
    assert said[instead] in caught.value.message


@pytest.mark.parametrize(
    ("reply", "expected", "kind"),
    [
        (lambda web: web.page("<title>Our group</title>", "<p>Hello</p>"), "'Our group'", "bad-answer"),
        (lambda web: web.page(head("javascript:alert(1)")), "names no PDF", "bad-answer"),
        (lambda web: web.reply(200, b"\x89PNG" + b"x" * 50, "image/png"), "54 bytes of image/png", "bad-answer"),
        (lambda web: web.reply(404, b"gone", "text/plain"), "HTTP 404", "not-found"),
        (lambda web: web.reply(418, b"tea", "text/plain"), "HTTP 418", "bad-answer"),
        (lambda web: web.page("<title>Just a moment...</title>"), "most likely a captcha", "captcha"),
    ],
)
def test_what_came_instead_is_named(web, client, reply, expected, kind):
    web.serve("/x", reply(web))
    with pytest.raises(FetchError) as caught:
        fetch(client, f"{web.url}/x")
    assert expected in caught.value.message
    assert caught.value.kind == kind
    assert caught.value.hint


def test_a_url_that_is_gone_is_remembered_for_a_day(web, client):
    for _ in range(3):
        with pytest.raises(NotThereError):
            fetch(client, f"{web.url}/gone")
    assert len(web.asked) == 1
    with pytest.raises(OfflineError):
        fetch(client, f"{web.url}/other", offline=True)


def test_a_page_that_leads_to_a_known_host(hosts, client):
    web = hosts["web"]
    web.serve("/a", web.reply(302, Location="https://arxiv.org/pdf/2210.13393v1"))
    web.serve("/b", web.page(head("https://aclanthology.org/P18-1023.pdf")))
    web.serve("/c", web.page(head("c.pdf")))
    web.serve("/c.pdf", web.reply(302, Location=f"{hosts['OPENREVIEW'].url}/pdf?id=rJl-b3RcF7"))
    expected = {
        "a": ArxivReference("2210.13393", 1),
        "b": AnthologyReference("P18-1023"),
        "c": OpenReviewReference("rJl-b3RcF7"),
    }
    for name, reference in expected.items():
        for offline in (False, True):
            assert Web(client, offline=offline).fetch(WebReference(f"{web.url}/{name}")) == reference
    assert total(hosts) == 4, "the other hosts are asked in lanes of their own"


def test_redirects_lead_from_host_to_host(hosts, client):
    web, other = hosts["web"], hosts["PMLR"]
    web.serve("/a", web.reply(301, Location=f"{other.url}/elsewhere/b"))
    other.serve("/elsewhere/b", other.reply(301, Location=f"{web.url}/c"))
    web.serve("/c", web.reply(body=web.PDF))
    assert fetch(client, f"{web.url}/a").data == web.PDF


def test_a_ring_of_redirects_over_two_hosts(hosts, client):
    web, other = hosts["web"], hosts["PMLR"]
    web.serve("/a", web.reply(301, Location=f"{other.url}/ring/b"))
    other.serve("/ring/b", other.reply(301, Location=f"{web.url}/a"))
    with pytest.raises(BadAnswerError, match="more than 5 times") as caught:
        fetch(client, f"{web.url}/a")
    assert caught.value.kind == "redirect"
    assert total(hosts) == 6


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:9/x.pdf", "http://169.254.169.254/", "http://[::1]/", "file:///etc/passwd"]
)
@pytest.mark.parametrize("how", ["redirect", "citation_pdf_url", "typed"])
def test_private_addresses_are_not_asked(web, client, target, how):
    if how == "redirect":
        web.serve("/a", web.reply(302, Location=target))
    else:
        web.serve("/a", web.page(head(target)))
    with pytest.raises(BadAnswerError) as caught:
        fetch(client, target if how == "typed" else f"{web.url}/a")
    assert caught.value.kind in {"redirect", "bad-answer"}
    assert web.asked == ([] if how == "typed" else ["/a"])


def test_a_host_that_cannot_be_reached(client):
    with pytest.raises(NetworkError, match=r"example\.org cannot be reached"):
        fetch(client, "https://example.org/paper.pdf")


# DOIs


def test_a_doi_that_leads_to_a_page(hosts, client, moment):
    doi, web = hosts["DOI"], hosts["web"]
    doi.serve("/10.1000/x%281%29", doi.reply(404))
    doi.serve("/10.1000/x(1)", doi.reply(302, Location=f"{web.url}/article/1"))
    web.serve("/article/1", web.page(head("/1.pdf", doi="10.1000/X(1)")))
    web.serve("/1.pdf", web.reply(body=web.PDF))
    reference = DoiReference("10.1000/x(1)", source="doi:10.1000/X(1)")
    paper = Web(client).fetch(reference)
    assert isinstance(paper, Paper)
    assert (paper.id, paper.ids, paper.source) == ("doi:10.1000/x(1)", (), "doi:10.1000/X(1)")
    moment.now += 1000 * DAY
    assert Web(client).fetch(reference) == paper, "what a DOI names lasts"
    assert total(hosts) == 3


def test_a_doi_that_leads_to_a_known_host(hosts, client):
    hosts["DOI"].serve("/10.5555/1", hosts["DOI"].reply(302, Location="https://proceedings.mlr.press/v1/a.html"))
    for offline in (False, True):
        assert Web(client, offline=offline).fetch(DoiReference("10.5555/1")) == PmlrReference("v1", "a")
    assert total(hosts) == 1


def test_a_doi_that_is_none(hosts, client):
    for _ in range(2):
        with pytest.raises(NotThereError, match=r"doi\.org knows no DOI 10\.5555/none") as caught:
            Web(client).fetch(DoiReference("10.5555/none"))
        assert caught.value.kind == "unknown-id"
    assert total(hosts) == 1


# On mirrors


@pytest.mark.parametrize(
    ("variable", "path", "expected"),
    [
        ("ACL", "/P18-1023.pdf", AnthologyReference("P18-1023")),
        ("ARXIV", "/pdf/2210.13393v1", ArxivReference("2210.13393", 1)),
        ("OPENREVIEW", "/forum?id=rJl-b3RcF7", OpenReviewReference("rJl-b3RcF7")),
        ("PMLR", "/v139/picard21a.html", PmlrReference("v139", "picard21a")),
    ],
)
def test_a_url_on_a_mirror_names_the_same_paper(hosts, variable, path, expected):
    assert parse(hosts[variable].url + path) == expected
