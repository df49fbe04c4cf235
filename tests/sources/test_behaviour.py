"""What must hold for every host, on its bad days and side by side with other processes."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import sys
import textwrap
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from seedaudit.errors import FetchError, NetworkError
from seedaudit.sources import bases
from seedaudit.sources.http import Clock, Limits
from seedaudit.sources.reference import parse
from seedaudit.sources.source import obtain

NOTE = {"notes": [{"content": {"title": {"value": "Seeds"}}}]}
PAGE = '<meta name="citation_title" content="Seeds"><meta name="citation_pdf_url" content="x.pdf">'
PAPERS = {
    "ARXIV": ("2210.13393v1", "/pdf/2210.13393v1"),
    "ACL": ("P18-1023", "/P18-1023.pdf"),
    "OPENREVIEW": ("https://openreview.net/forum?id=rJl-b3RcF7", "/pdf"),
    "PMLR": ("https://proceedings.mlr.press/v97/x.html", "/v97/x.pdf"),
    "DOI": ("10.5555/1", "/10.5555/1"),
}


@pytest.fixture(params=list(PAPERS))
def paper(request, hosts, monkeypatch, moment):
    """A paper of each host: what names it, its host, and where on the host its PDF is."""
    monkeypatch.setattr("seedaudit.sources.http.Clock", lambda: moment.clock)
    typed, path = PAPERS[request.param]
    host = hosts[request.param]
    hosts["ARXIV_API"].api(host.feed(host.entry("2210.13393v1")))
    hosts["OPENREVIEW_API"].serve("/notes", host.answer_json(NOTE))
    hosts["PMLR"].serve("/v97/x.html", host.page(PAGE))
    host.serve(path, host.reply(body=host.PDF))
    return typed, host, path


def limit(monkeypatch, **limits) -> None:
    monkeypatch.setattr("seedaudit.sources.http.Limits", lambda: Limits(**limits))


def endless(handler: BaseHTTPRequestHandler) -> None:
    """A body without end and without length, as fast as it goes."""
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"%PDF-" * 20_000)
    except OSError:
        pass


def five_gigabytes(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "5000000000")
    handler.end_headers()


BAD_DAYS = {
    "cut-short": (lambda host: host.cut_short(), {"truncated"}),
    "reset": (lambda host: host.reset, {"truncated", "network"}),
    "429": (lambda host: host.reply(429), {"rate-limited"}),
    "503": (lambda host: host.reply(503, b"Rate exceeded.", "text/plain"), {"unavailable"}),
    "rate-exceeded": (lambda host: host.reply(200, b"Rate exceeded.", "text/plain"), {"rate-limited"}),
    "captcha": (lambda host: host.reply(200, host.CAPTCHA, "application/pdf"), {"captcha"}),
    "ring": (lambda host: lambda handler: host.reply(302, Location=handler.path)(handler), {"redirect"}),
    "private": (lambda host: host.reply(302, Location="http://10.0.0.1/x.pdf"), {"redirect"}),
    "5-gigabytes": (lambda host: five_gigabytes, {"too-large"}),
    "endless": (lambda host: endless, {"too-large"}),
    "drip": (lambda host: host.drip, {"timeout"}),
    "no-pdf": (lambda host: host.reply(200, b"PK\x03\x04", "application/pdf"), {"bad-answer"}),
    "empty": (lambda host: host.reply(200, b"", "application/pdf"), {"bad-answer"}),
}


@pytest.mark.parametrize("day", BAD_DAYS)
def test_a_bad_day_is_a_typed_error_that_is_not_kept(paper, day, monkeypatch, own_cache):
    typed, host, path = paper
    reply, kinds = BAD_DAYS[day]
    host.serve(path, reply(host))
    if day == "drip":
        monkeypatch.setattr("seedaudit.sources.http.Clock", Clock)
        limit(monkeypatch, interval=0.0, backoff=0.0, download=0.2)
    elif day == "endless":
        limit(monkeypatch, size=1_000_000)
    with pytest.raises(FetchError) as caught:
        obtain(parse(typed))
    assert caught.value.kind in kinds
    assert caught.value.hint
    assert not list(own_cache.rglob("*.pdf"))
    host.serve(path, host.reply(body=host.PDF))
    assert obtain(parse(typed)).data == host.PDF


@pytest.mark.parametrize("day", ["cut-short", "reset", "429", "503", "rate-exceeded", "empty"])
def test_a_bad_moment_passes(paper, day):
    typed, host, path = paper
    host.serve(path, BAD_DAYS[day][0](host), host.reply(body=host.PDF))
    assert obtain(parse(typed)).data == host.PDF


@pytest.mark.parametrize("damage", [b"", b"{", b"[1]", b"\xff\xfe", b"null"])
def test_a_record_that_is_damaged_is_asked_for_again(paper, own_cache, damage):
    typed = paper[0]
    first = obtain(parse(typed))
    for record in own_cache.rglob("*.json"):
        record.write_bytes(damage)
    assert obtain(parse(typed)) == first


def test_a_type_is_not_believed_over_the_bytes(paper):
    typed, host, path = paper
    host.serve(path, host.reply(body=host.GZIPPED, kind="text/html; charset=utf-8"))
    assert obtain(parse(typed)).data == host.PDF


def test_no_network_at_all(paper, hosts, monkeypatch):
    for variable in bases.DEFAULTS:
        monkeypatch.delenv(variable)
    with pytest.raises(NetworkError, match="cannot be reached") as caught:
        obtain(parse(paper[0]))
    assert "--offline" in caught.value.hint


# Side by side

PROCESS = """
    import functools, sys
    from seedaudit.sources import http
    http.Limits = functools.partial(http.Limits, interval=0.15)
    from seedaudit.sources.reference import parse
    from seedaudit.sources.source import obtain
    obtain(parse(sys.argv[1]))
"""


def test_eight_processes_keep_one_connection_and_the_interval(hosts):
    """The interval is 3 s; here it is short, so that the test is."""
    assert Limits().interval == 3.0
    host = hosts["ARXIV"]

    def answer(handler) -> None:
        time.sleep(0.02)
        identity = handler.path.partition("id_list=")[2].partition("&")[0]
        host.feed(host.entry(f"{identity}v1"))(handler)

    host.api(answer)
    for number in range(1, 9):
        host.pdf(f"2210.{number:05}v1", host.reply(body=host.PDF))
    environment = os.environ | {bases.ARXIV_API: f"{host.url}/api/query"}
    command = [sys.executable, "-c", textwrap.dedent(PROCESS)]
    running = [subprocess.Popen([*command, f"2210.{number:05}"], env=environment) for number in range(1, 9)]
    assert [process.wait(120) for process in running] == [0] * 8
    assert len(host.asked) == 16
    assert host.most_open == 1
    assert min(after - before for before, after in zip(host.times, host.times[1:], strict=False)) >= 0.15


def test_processes_that_want_the_same_paper_fetch_it_once(paper, hosts):
    typed = paper[0]
    command = [sys.executable, "-c", textwrap.dedent(PROCESS), typed]
    running = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0] * 3
    both = {name: host.asked for name, host in hosts.items() if host.asked}
    assert all(len(set(asked)) == len(asked) for asked in both.values()), both
    assert 1 <= sum(map(len, both.values())) <= 2


# Certificates and proxies


@pytest.fixture
def encrypted(tmp_path):
    """An https host whose certificate nobody has signed but itself: its URL, and the certificate's file."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"%PDF-1.5\n%%EOF\n"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Quiet(HTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = Quiet(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}", certificate
    server.shutdown()
    server.server_close()


ASK = """
    import sys
    from seedaudit.errors import FetchError
    from seedaudit.sources.reference import parse
    from seedaudit.sources.source import obtain
    try:
        print(obtain(parse(sys.argv[1])).form)
    except FetchError as error:
        print(error.kind, error.hint)
"""


def ask(url: str, **environment: str) -> str:
    command = [sys.executable, "-c", textwrap.dedent(ASK), url]
    return subprocess.check_output(command, text=True, env=os.environ | environment).strip()


def test_a_certificate_that_nobody_signed(encrypted):
    url, certificate = encrypted
    said = ask(f"{url}/paper.pdf", SEEDAUDIT_DOI_URL=url)
    assert said.startswith("tls ")
    assert "SSL_CERT_FILE" in said
    assert ask(f"{url}/paper.pdf", SEEDAUDIT_DOI_URL=url, SSL_CERT_FILE=str(certificate)) == "pdf"


def test_a_proxy_by_the_usual_variable(host):
    host.serve("/paper.pdf", host.reply(body=host.PDF))
    assert ask("http://papers.invalid/paper.pdf", HTTP_PROXY=host.url, http_proxy=host.url, NO_PROXY="") == "pdf"
    assert host.asked == ["http://papers.invalid/paper.pdf"]


@pytest.mark.parametrize(
    ("variable", "value", "kind", "named"),
    [
        ("HTTP_PROXY", "ftp://127.0.0.1:9", "network", "HTTPS_PROXY"),
        ("HTTP_PROXY", "http://127.0.0.1:port", "network", "HTTPS_PROXY"),
        ("SSL_CERT_FILE", "/no/such/file.pem", "tls", "PEM"),
        ("SSL_CERT_FILE", __file__, "tls", "PEM"),
    ],
)
def test_settings_of_the_network_that_cannot_be_used(variable, value, kind, named):
    said = ask("http://papers.invalid/paper.pdf", **{variable: value, variable.lower(): value, "NO_PROXY": ""})
    assert said.startswith(f"{kind} ")
    assert named in said
