"""arXiv: what is asked, what is kept, and a typed error for each of its bad days."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from seedaudit.errors import BadAnswerError, FetchError, NetworkError, NotThereError, OfflineError, RefusedError
from seedaudit.sources import arxiv
from seedaudit.sources.arxiv import Metadata, _read_feed
from seedaudit.sources.http import Answer, Limits
from seedaudit.sources.reference import ArxivReference

LATEST = ArxivReference("2210.13393")
FIRST = ArxivReference("2210.13393", 1)
DAY = 86_400


@pytest.fixture
def good_host(host):
    host.api(host.feed(host.entry("2210.13393v1")))
    host.pdf("2210.13393v1", host.reply(body=host.PDF))
    return host


def pdfs(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*.pdf"))


# The good day


def test_a_paper_with_its_metadata(good_host, make_arxiv):
    paper = make_arxiv().fetch(ArxivReference("2210.13393", source="arXiv:2210.13393"))
    assert paper.data == good_host.PDF
    assert (paper.source, paper.form, paper.id) == ("arXiv:2210.13393", "pdf", "arxiv:2210.13393v1")
    assert (paper.title, paper.year) == ("Seeds that do not grow", 2022)
    assert good_host.asked == ["/api/query?id_list=2210.13393&max_results=1", "/pdf/2210.13393v1"]


def test_all_that_the_api_says(host, make_arxiv):
    entry = host.entry("2210.13393v1").replace(
        "</entry>",
        "<author><name>Steven  Bethard</name></author><author><name>Zoë Müller</name></author>"
        "<arxiv:journal_ref>Proc. of\n Seeds 2022</arxiv:journal_ref><arxiv:doi>10.1000/ABC</arxiv:doi></entry>",
    )
    host.api(host.feed(entry))
    host.pdf("2210.13393v1", host.reply(body=host.PDF))
    for _ in range(2):  # from the host, then from the cache
        paper = make_arxiv().fetch(LATEST)
        assert (paper.authors, paper.venue) == (("Steven Bethard", "Zoë Müller"), "Proc. of Seeds 2022")
        assert paper.ids == ("doi:10.1000/abc",)


PAGE = b'<!DOCTYPE html><html><body><article class="ltx_document"><p>We use five seeds.</p></article></body></html>'


def test_a_page_that_is_named_is_fetched_as_such(good_host, make_arxiv, moment):
    good_host.serve("/html/2210.13393v1", good_host.reply(body=PAGE, kind="text/html"))
    named = ArxivReference("2210.13393", html=True)
    paper = make_arxiv().fetch(named)
    assert (paper.form, paper.data, paper.id, paper.title) == (
        "html", PAGE, "arxiv:2210.13393v1", "Seeds that do not grow",
    )  # fmt: skip
    assert good_host.asked == ["/api/query?id_list=2210.13393&max_results=1", "/html/2210.13393v1"]
    assert make_arxiv(offline=True).fetch(named) == paper
    assert make_arxiv().fetch(named) == paper
    assert len(good_host.asked) == 2


@pytest.mark.parametrize("answer", ["404", "another page"])
def test_the_pdf_stands_in_for_a_page_that_arxiv_has_not(good_host, make_arxiv, answer):
    if answer == "another page":
        good_host.serve("/html/2210.13393v1", good_host.page("<title>No HTML for this paper</title>"))
    named = ArxivReference("2210.13393", 1, html=True)
    for _ in range(2):
        assert make_arxiv().fetch(named).form == "pdf"
    assert good_host.asked[1:] == ["/html/2210.13393v1", "/pdf/2210.13393v1"]
    assert make_arxiv(offline=True).fetch(named).form == "pdf"


def test_what_takes_time_is_said(good_host, make_arxiv, said):
    make_arxiv().fetch(LATEST)
    assert said == ["asking arXiv about 2210.13393", "fetching arXiv 2210.13393v1", "waiting 3 s for arXiv"]


def test_a_title_wrapped_by_hand_and_with_markup(host, make_arxiv):
    host.api(host.feed(host.entry("2210.13393v1", "Seeds & <b>sowing</b>\n  for  $n<5$\n  fields of Zoë")))
    host.pdf("2210.13393v1", host.reply(body=host.PDF))
    assert make_arxiv().fetch(LATEST).title == "Seeds & <b>sowing</b> for $n<5$ fields of Zoë"


@pytest.mark.parametrize("identity", ["math/0611800v2", "math.CA/0611800v2"])
def test_old_ids(host, make_arxiv, identity, own_cache):
    host.api(host.feed(host.entry(identity, year=2006)))
    host.pdf("math/0611800v2", host.reply(body=host.PDF))
    paper = make_arxiv().fetch(ArxivReference("math/0611800"))
    assert (paper.id, paper.year) == ("arxiv:math/0611800v2", 2006)
    assert host.asked[0] == "/api/query?id_list=math/0611800&max_results=1"
    assert (own_cache / "arxiv/math/0611800v2.pdf").read_bytes() == host.PDF


def test_a_content_type_is_not_believed(host, make_arxiv):
    host.api(host.feed(host.entry("2210.13393v1")))
    host.pdf("2210.13393v1", host.reply(body=host.GZIPPED, kind="text/html", Content_Encoding="x-gzip"))
    assert make_arxiv().fetch(LATEST).data == host.PDF


def test_a_pdf_of_unknown_length_is_whole_if_it_has_an_end(host, make_arxiv):
    def without_length(handler):
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(host.PDF)

    host.api(host.feed(host.entry("2210.13393v1")))
    host.pdf("2210.13393v1", host.cut_short(announce=False), without_length)
    assert make_arxiv().fetch(LATEST).data == host.PDF


# What is asked again, and when


def test_a_version_is_never_asked_for_twice(good_host, make_arxiv, moment):
    first = make_arxiv().fetch(FIRST)
    asked = list(good_host.asked)
    moment.now += 1000 * DAY
    assert make_arxiv().fetch(FIRST) == first
    assert good_host.asked == asked


def test_an_id_without_version_is_looked_up_again_after_a_day(good_host, make_arxiv, moment):
    make_arxiv().fetch(LATEST)
    moment.now += DAY - 60
    make_arxiv().fetch(LATEST)
    assert len(good_host.asked) == 2
    moment.now += 120
    assert make_arxiv().fetch(LATEST).id == "arxiv:2210.13393v1"
    assert len(good_host.asked) == 3, "the metadata again, the PDF not"
    good_host.api(good_host.feed(good_host.entry("2210.13393v2", "Seeds that grow")))
    good_host.pdf("2210.13393v2", good_host.reply(body=good_host.PDF + b"\n"))
    moment.now += DAY + 60
    paper = make_arxiv().fetch(LATEST)
    assert (paper.id, paper.title) == ("arxiv:2210.13393v2", "Seeds that grow")
    assert make_arxiv().fetch(FIRST).title == "Seeds that do not grow"


def test_a_clock_put_back_looks_the_version_up_again(good_host, make_arxiv, moment):
    make_arxiv().fetch(LATEST)
    moment.now -= 10 * DAY
    make_arxiv().fetch(LATEST)
    assert len(good_host.asked) == 3


def test_a_bad_paper_is_not_sent_again_for_a_day(host, make_arxiv, moment):
    host.api(host.feed())
    for _ in range(3):
        with pytest.raises(NotThereError):
            make_arxiv().fetch(LATEST)
    assert len(host.asked) == 2, "an empty feed is asked for twice, then remembered"
    moment.now += DAY + 60
    host.api(host.feed(host.entry("2210.13393v1")))
    host.pdf("2210.13393v1", host.reply(404))
    for _ in range(3):
        with pytest.raises(NotThereError):
            make_arxiv().fetch(LATEST)
    assert host.asked[2:] == ["/api/query?id_list=2210.13393&max_results=1", "/pdf/2210.13393v1"]


def test_records_of_another_release_are_not_used(good_host, make_arxiv, own_cache):
    make_arxiv().fetch(FIRST)
    record = own_cache / "arxiv/2210.13393v1.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"schema": 0}))
    assert make_arxiv().fetch(FIRST).title == "Seeds that do not grow"
    assert len(good_host.asked) == 3


# Offline


def test_offline_takes_what_was_fetched(good_host, make_arxiv, moment):
    online = make_arxiv().fetch(FIRST)
    asked = list(good_host.asked)
    moment.now += 30 * DAY
    assert make_arxiv(offline=True).fetch(FIRST) == online
    assert make_arxiv(offline=True).fetch(LATEST).id == "arxiv:2210.13393v1"
    assert good_host.asked == asked


def test_offline_takes_the_newest_version_that_was_fetched(host, make_arxiv):
    for version in (2, 10, 9):
        host.api(host.feed(host.entry(f"math/0611800v{version}")))
        host.pdf(f"math/0611800v{version}", host.reply(body=host.PDF))
        make_arxiv().fetch(ArxivReference("math/0611800", version))
    assert make_arxiv(offline=True).fetch(ArxivReference("math/0611800")).id == "arxiv:math/0611800v10"


@pytest.mark.parametrize("reference", [LATEST, FIRST])
def test_offline_and_not_in_the_cache(host, make_arxiv, reference):
    with pytest.raises(OfflineError, match="not in the cache") as caught:
        make_arxiv(offline=True).fetch(reference)
    assert caught.value.kind == "offline"
    assert "--offline" in caught.value.hint
    assert isinstance(make_arxiv(offline=True).metadata([reference])[reference], OfflineError)
    assert host.asked == []


def test_offline_with_metadata_but_no_pdf(good_host, make_arxiv):
    make_arxiv().metadata([LATEST])
    with pytest.raises(OfflineError):
        make_arxiv(offline=True).fetch(LATEST)
    assert isinstance(make_arxiv(offline=True).metadata([LATEST])[LATEST], Metadata)


# Bad days of the API


@pytest.mark.parametrize("total", [0, 1])
def test_an_unknown_id(host, make_arxiv, total):
    host.api(host.feed(total=total))
    with pytest.raises(NotThereError, match=r"knows no paper 2210\.13393") as caught:
        make_arxiv().fetch(LATEST)
    assert caught.value.kind == "unknown-id"
    assert caught.value.hint


def test_an_unknown_version(host, make_arxiv):
    host.api(host.feed(host.entry("2210.13393v2")))
    with pytest.raises(NotThereError, match="a version 7") as caught:
        make_arxiv().fetch(ArxivReference("2210.13393", 7))
    assert caught.value.hint.endswith("2210.13393")


def test_an_empty_feed_by_mistake_is_asked_for_again(host, make_arxiv):
    host.api(host.feed(total=1), host.feed(host.entry("2210.13393v1")))
    host.pdf("2210.13393v1", host.reply(body=host.PDF))
    assert make_arxiv().fetch(LATEST).id == "arxiv:2210.13393v1"


@pytest.mark.parametrize("status", [200, 400])
def test_the_error_entry(host, make_arxiv, status):
    host.api(host.feed(host.error_entry("incorrect id format for abc"), status=status))
    with pytest.raises(BadAnswerError, match="incorrect id format for abc") as caught:
        make_arxiv().fetch(LATEST)
    assert caught.value.kind == "api-error"
    assert len(host.asked) == 1


CUT_FEED = b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><entry>'


@pytest.mark.parametrize("body", [b"", b"\n", CUT_FEED, b"?"])
def test_an_answer_that_is_no_feed_is_asked_for_again(host, make_arxiv, body):
    host.api(host.reply(body=body), host.feed(host.entry("2210.13393v1")))
    assert isinstance(make_arxiv().metadata([LATEST])[LATEST], Metadata)
    host.api(host.reply(body=body))
    with pytest.raises(BadAnswerError, match="no readable feed"):
        make_arxiv().fetch(ArxivReference("2210.13394"))


def test_a_base_url_that_is_not_the_api(host, make_arxiv):
    host.api(host.reply(404, b"<html>nothing here</html>", "text/html"))
    with pytest.raises(BadAnswerError, match="HTTP 404") as caught:
        make_arxiv().fetch(LATEST)
    assert "SEEDAUDIT_ARXIV_API_URL" in caught.value.hint
    assert len(host.asked) == 1


def test_a_captcha_in_place_of_the_feed(host, make_arxiv):
    host.api(host.reply(200, host.CAPTCHA, "text/html"))
    with pytest.raises(RefusedError, match="Are you a robot") as caught:
        make_arxiv().fetch(LATEST)
    assert caught.value.kind == "captcha"


# Bad days of either


@pytest.fixture(params=["api", "pdf"])
def bad_day(request, good_host):
    """Sets the replies of the API, or those for the PDF, before the good one."""

    def set_replies(*replies):
        if request.param == "api":
            good_host.api(*replies, good_host.feed(good_host.entry("2210.13393v1")))
        else:
            good_host.pdf("2210.13393v1", *replies, good_host.reply(body=good_host.PDF))

    return set_replies


@pytest.mark.parametrize("status", [200, 429, 503])
def test_rate_exceeded_passes(good_host, make_arxiv, bad_day, moment, status):
    bad_day(good_host.reply(status, b"Rate exceeded.", "text/plain"))
    assert make_arxiv().fetch(LATEST).data == good_host.PDF
    assert sum(moment.slept) >= 6.0


@pytest.mark.parametrize("status", [200, 429])
def test_rate_exceeded_stays(good_host, make_arxiv, bad_day, own_cache, status):
    bad_day(*[good_host.reply(status, b"Rate exceeded.", "text/plain")] * 4)
    with pytest.raises(RefusedError) as caught:
        make_arxiv().fetch(LATEST)
    assert caught.value.kind == "rate-limited"
    assert caught.value.hint
    assert pdfs(own_cache) == []
    assert make_arxiv().fetch(LATEST).data == good_host.PDF, "one bad day is not remembered"


def test_access_denied(good_host, make_arxiv, bad_day):
    bad_day(good_host.reply(403, b"Access denied", "text/plain"))
    with pytest.raises(RefusedError) as caught:
        make_arxiv().fetch(LATEST)
    assert caught.value.kind == "refused"
    assert make_arxiv().fetch(LATEST).data == good_host.PDF, "one bad day is not remembered"


def test_unavailable_until_a_time(good_host, make_arxiv, bad_day, moment):
    bad_day(good_host.reply(503, Retry_After="20"))
    assert make_arxiv().fetch(LATEST).data == good_host.PDF
    assert sum(moment.slept) == pytest.approx(23.0)


@pytest.mark.parametrize("broken", ["cut_short", "reset", "silent"])
def test_a_broken_connection_passes(good_host, make_arxiv, bad_day, broken):
    failing = {
        "cut_short": good_host.cut_short(),
        "reset": good_host.reset,
        "silent": lambda handler: time.sleep(0.9),
    }[broken]
    bad_day(failing)
    assert make_arxiv(silence=0.5).fetch(LATEST).data == good_host.PDF


@pytest.mark.parametrize("broken", ["cut_short", "reset"])
def test_a_broken_connection_stays(good_host, make_arxiv, bad_day, own_cache, broken):
    failing = good_host.cut_short() if broken == "cut_short" else good_host.reset
    bad_day(*[failing] * 4)
    with pytest.raises(FetchError) as caught:
        make_arxiv().fetch(LATEST)
    assert caught.value.kind in ({"truncated"} if broken == "cut_short" else {"network", "truncated"})
    assert pdfs(own_cache) == []


def test_no_network(make_client):
    from seedaudit.sources.arxiv import Arxiv

    with pytest.raises(NetworkError, match=r"export\.arxiv\.org cannot be reached"):
        Arxiv(make_client()).fetch(LATEST)


# Bad days of the PDF


def test_a_captcha_in_place_of_the_pdf(good_host, make_arxiv, own_cache):
    good_host.pdf("2210.13393v1", good_host.reply(200, good_host.CAPTCHA, "application/pdf"))
    with pytest.raises(RefusedError, match="Are you a robot") as caught:
        make_arxiv().fetch(LATEST)
    assert caught.value.kind == "captcha"
    assert "browser" in caught.value.hint
    assert len(good_host.asked) == 2, "asking again makes it worse"
    assert pdfs(own_cache) == []
    good_host.pdf("2210.13393v1", good_host.reply(body=good_host.PDF))
    assert make_arxiv().fetch(LATEST).data == good_host.PDF


@pytest.mark.parametrize("said_by", ["comment", "page", "page with status 200"])
def test_a_withdrawn_paper(host, make_arxiv, said_by):
    comment = "This paper has been withdrawn\n by its author" if said_by == "comment" else "12 pages"
    page = b"not found" if said_by == "comment" else b"<html>This version is withdrawn</html>"
    host.api(host.feed(host.entry("2210.13393v3", comment=comment)))
    host.pdf("2210.13393v3", host.reply(200 if "200" in said_by else 404, page, "text/html"))
    with pytest.raises(NotThereError, match="is withdrawn") as caught:
        make_arxiv().fetch(LATEST)
    assert caught.value.kind == "withdrawn"
    assert caught.value.hint.endswith("2210.13393v2")


def test_a_paper_without_pdf(good_host, make_arxiv):
    good_host.pdf("2210.13393v1", good_host.reply(404))
    with pytest.raises(NotThereError, match="has no PDF") as caught:
        make_arxiv().fetch(FIRST)
    assert caught.value.kind == "no-pdf"
    assert caught.value.hint


def test_something_else_in_place_of_the_pdf(good_host, make_arxiv):
    good_host.pdf("2210.13393v1", good_host.reply(200, b"PK\x03\x04 a zip", "application/pdf"))
    with pytest.raises(BadAnswerError, match="10 bytes of application/pdf in place of the PDF") as caught:
        make_arxiv().fetch(FIRST)
    assert caught.value.kind == "bad-answer"


def test_an_empty_pdf_is_asked_for_again(good_host, make_arxiv):
    good_host.pdf("2210.13393v1", good_host.reply(200), good_host.reply(body=good_host.PDF))
    assert make_arxiv().fetch(FIRST).data == good_host.PDF


# Many papers


def test_metadata_of_many_papers_in_one_request(host, make_arxiv):
    references = [ArxivReference(f"2210.{number:05}") for number in range(1, 41)]
    host.api(host.feed(*[host.entry(f"{it.id}v1", f"Seed {it.id}") for it in reversed(references)]))
    found = make_arxiv().metadata(references)
    assert {reference: metadata.title for reference, metadata in found.items()} == {
        reference: f"Seed {reference.id}" for reference in references
    }
    assert len(host.asked) == 1
    assert host.asked[0].endswith("&max_results=40")
    assert make_arxiv().metadata(references) == found
    assert len(host.asked) == 1


@pytest.mark.parametrize(
    ("many", "refuses", "methods"),
    [
        (10, None, ["GET"]),
        (11, None, ["POST"]),
        (100, None, ["POST"]),
        (101, None, ["POST", "GET"]),
        (25, 405, ["POST", "GET", "GET", "GET"]),
        (25, 501, ["POST", "GET", "GET", "GET"]),
    ],
)
def test_metadata_of_more_papers_than_a_url_holds(host, make_arxiv, monkeypatch, many, refuses, methods):
    """The limits are 200 in a URL and 2,000 in a form; here 10 and 100, to be quick."""
    assert (arxiv._IN_URL, arxiv._BATCH) == (200, 2000)
    monkeypatch.setattr(arxiv, "_IN_URL", 10)
    monkeypatch.setattr(arxiv, "_BATCH", 100)

    def answer(handler):
        if handler.command == "POST" and refuses:
            host.reply(refuses, b"no", "text/plain")(handler)
            return
        ids = handler.path.partition("id_list=")[2].partition("&")[0].split(",")
        assert handler.path.endswith(f"max_results={len(ids)}")
        assert len(ids) <= (100 if handler.command == "POST" else 10)
        host.feed(*[host.entry(f"{identity}v1") for identity in ids])(handler)

    host.api(answer)
    references = [ArxivReference(f"2210.{number:05}") for number in range(1, many + 1)]
    found = make_arxiv().metadata(references)
    assert all(isinstance(found[reference], Metadata) for reference in references)
    assert host.methods == methods


def test_metadata_tell_which_papers_are_unknown(host, make_arxiv):
    host.api(host.feed(host.entry("2210.13393v1")))
    unknown = ArxivReference("2210.13394")
    for _ in range(2):
        found = make_arxiv().metadata([LATEST, unknown, LATEST])
        assert set(found) == {LATEST, unknown}
        assert isinstance(found[LATEST], Metadata)
        assert isinstance(found[unknown], NotThereError)
    assert len(host.asked) == 1


def test_two_versions_of_a_paper_are_asked_for_one_after_the_other(host, make_arxiv):
    host.api(host.feed(host.entry("2210.13393v1")), host.feed(host.entry("2210.13393v2")))
    found = make_arxiv().metadata([FIRST, LATEST])
    assert [metadata.version for metadata in found.values()] == [1, 2]


def test_one_id_that_the_api_dislikes_does_not_spoil_the_others(host, make_arxiv):
    references = [ArxivReference(f"2210.{number:05}") for number in range(1, 5)]

    def answer(handler):
        ids = handler.path.partition("id_list=")[2].partition("&")[0].split(",")
        if "2210.00003" in ids:
            host.feed(host.error_entry("no"), status=400)(handler)
        else:
            host.feed(*[host.entry(f"{identity}v1") for identity in ids])(handler)

    host.api(answer)
    found = make_arxiv().metadata(references)
    assert [reference.id for reference, value in found.items() if isinstance(value, FetchError)] == ["2210.00003"]
    assert len(found) == 4


# Killed, and side by side

PROCESS = """
    import sys
    from pathlib import Path
    from seedaudit.sources.arxiv import Arxiv, Hosts
    from seedaudit.sources.cache import Cache
    from seedaudit.sources.http import Client, Limits
    from seedaudit.sources.reference import ArxivReference
    url, folder = sys.argv[1:]
    client = Client(Cache(Path(folder)), trusted=(url,), limits=Limits(interval=0.05))
    print(Arxiv(client, Hosts(url + "/api/query", url)).fetch(ArxivReference("2210.13393")).sha256)
"""


def start_process(host, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(PROCESS), host.url, str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 on this system")
def test_a_killed_download_leaves_nothing_partial(good_host, make_arxiv, own_cache):
    half_sent, release = threading.Event(), threading.Event()

    def stall(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(good_host.PDF)))
        handler.end_headers()
        handler.wfile.write(good_host.PDF[: len(good_host.PDF) // 2])
        handler.wfile.flush()
        half_sent.set()
        release.wait(30)

    good_host.pdf("2210.13393v1", stall, good_host.reply(body=good_host.PDF))
    process = start_process(good_host, own_cache)
    assert half_sent.wait(30)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    release.set()
    files = [path for path in own_cache.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= {".json", ".lock"}
    for path in files:
        if path.suffix == ".json":
            json.loads(path.read_text())
    assert make_arxiv().fetch(FIRST).data == good_host.PDF
    assert len(good_host.asked) == 3, "the metadata were whole, so only the PDF is asked for again"


def test_processes_that_want_the_same_paper_fetch_it_once(good_host, own_cache):
    running = [start_process(good_host, own_cache) for _ in range(3)]
    hashes = {process.communicate(timeout=60)[0] for process in running}
    assert len(hashes) == 1
    assert len(good_host.asked) == 2
    assert good_host.most_open == 1


# Recorded answers


def recorded(shared: Path, name: str) -> list[Metadata]:
    folder = shared / "papers" / "arxiv-api"
    if not folder.is_dir():
        pytest.skip(f"needs the folder {folder}")
    (path,) = folder.glob(name)
    record = json.loads(path.read_text())
    return _read_feed(
        Answer(record["url"], record["status_code"], "application/atom+xml", record["body"].encode(), True, Limits())
    )


@pytest.mark.parametrize(
    ("name", "identity", "year"),
    [
        ("id_1605.08386_*", "1605.08386v1", 2016),
        ("id_2104.12255v1_*", "2104.12255v1", 2021),
        ("id_astro-ph_0601001_*", "astro-ph/0601001v1", 2006),
        ("id_quant-ph_0201082v1_*", "quant-ph/0201082v1", 2002),
        ("id_0808.05394_1707.08567_*", "1707.08567v1", 2017),
    ],
)
def test_recorded_entries(shared, name, identity, year):
    (metadata,) = recorded(shared, name)
    assert (str(metadata.reference), metadata.year) == (identity, year)
    assert metadata.title
    assert metadata.title == " ".join(metadata.title.split())


@pytest.mark.parametrize("name", ["id_0000.0000_*", "id_0808.05394_s0*"])
def test_recorded_feeds_without_entry(shared, name):
    assert recorded(shared, name) == []


def test_recorded_error(shared):
    with pytest.raises(BadAnswerError, match="incorrect id format for abc"):
        recorded(shared, "id_abc_*")


def test_recorded_search(shared):
    assert len({metadata.id for metadata in recorded(shared, "q_testing_s0_m100_*")}) == 100
