"""A host on this machine that plays arXiv, with its bad days, and a clock that nobody waits for."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import escape

import pytest

from seedaudit.sources import bases
from seedaudit.sources.arxiv import Arxiv, Hosts
from seedaudit.sources.cache import Cache
from seedaudit.sources.http import Client, Clock, Limits

PDF = b"%PDF-1.5\n% a short paper\n" + b"seed 42\n" * 2000 + b"%%EOF\n"
CAPTCHA = b"<!DOCTYPE html><html><head><title>Are you\n a robot?</title></head><body>captcha</body></html>"

Reply = Callable[[BaseHTTPRequestHandler], None]


def reply(status: int = 200, body: bytes = b"", kind: str = "application/pdf", **headers: str) -> Reply:
    """A whole answer; in header names, ``_`` stands for ``-``."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return send


def page(head: str = "", body: str = "", status: int = 200, **headers: str) -> Reply:
    """A web page."""
    html = f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"
    return reply(status, html.encode(), "text/html", **headers)


def answer_json(content: object, status: int = 200, **headers: str) -> Reply:
    """An answer of an API."""
    return reply(status, json.dumps(content).encode(), "application/json", **headers)


def cut_short(body: bytes = PDF, *, announce: bool = True) -> Reply:
    """Half a body, then a regular end of the connection."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        if announce:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[: len(body) // 2])

    return send


def reset(handler: BaseHTTPRequestHandler) -> None:
    """Half a body, then a reset."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(PDF)))
    handler.end_headers()
    handler.wfile.write(PDF[: len(PDF) // 2])
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def drip(handler: BaseHTTPRequestHandler) -> None:
    """A body that comes steadily and never ends."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    try:
        for _ in range(500):
            handler.wfile.write(b"%PDF-")
            handler.wfile.flush()
            time.sleep(0.02)
    except OSError:
        pass


def entry(identity: str, title: str = "Seeds that do not grow", *, comment: str = "", year: int = 2022) -> str:
    """One entry of a feed; ``identity`` with version."""
    return (
        f"<entry><id>http://arxiv.org/abs/{identity}</id><title>{escape(title)}</title>"
        f"<updated>{year + 1}-02-03T00:00:00Z</updated><published>{year}-10-24T00:00:00Z</published>"
        f"<arxiv:comment>{escape(comment)}</arxiv:comment></entry>"
    )


def error_entry(why: str) -> str:
    """The entry that the API sends in place of an error status."""
    return f"<entry><id>https://arxiv.org/api/errors#bad</id><title>Error</title><summary>{why}</summary></entry>"


def feed(*entries: str, total: int | None = None, status: int = 200) -> Reply:
    """An Atom feed."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom">'
        "<id>https://arxiv.org/api/invented</id><title>arXiv Query</title>"
        f"<opensearch:totalResults>{len(entries) if total is None else total}</opensearch:totalResults>"
        f"{''.join(entries)}</feed>"
    )
    return reply(status, body.encode(), "application/atom+xml")


@dataclass
class Host:
    """A host on this machine. Each path has a list of replies; the last one is repeated."""

    url: str = ""
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    open: int = 0
    most_open: int = 0

    PDF = PDF
    GZIPPED = gzip.compress(PDF)
    CAPTCHA = CAPTCHA
    reply = staticmethod(reply)
    page = staticmethod(page)
    answer_json = staticmethod(answer_json)
    cut_short = staticmethod(cut_short)
    reset = staticmethod(reset)
    drip = staticmethod(drip)
    feed = staticmethod(feed)
    entry = staticmethod(entry)
    error_entry = staticmethod(error_entry)

    @property
    def hosts(self) -> Hosts:
        return Hosts(f"{self.url}/api/query", self.url)

    def serve(self, path: str, *replies: Reply) -> None:
        self.replies[path] = list(replies)

    def api(self, *replies: Reply) -> None:
        self.replies["/api/query"] = list(replies)

    def pdf(self, identity: str, *replies: Reply) -> None:
        self.replies[f"/pdf/{identity}"] = list(replies)


@pytest.fixture
def host() -> Iterator[Host]:
    with play() as played:
        yield played


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Host]]:
    """A host for each base URL, by what stands between SEEDAUDIT_ and _URL, and one for the rest of the web."""
    with contextlib.ExitStack() as stack:
        played = {name.removeprefix("SEEDAUDIT_").removesuffix("_URL"): stack.enter_context(play())
                  for name in bases.DEFAULTS}  # fmt: skip
        played["web"] = stack.enter_context(play())
        for name in bases.DEFAULTS:
            url = played[name.removeprefix("SEEDAUDIT_").removesuffix("_URL")].url
            monkeypatch.setenv(name, f"{url}/api/query" if name == bases.ARXIV_API else url)
        yield played


@contextlib.contextmanager
def play() -> Iterator[Host]:
    """A host that answers while the block runs."""
    played = Host()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def handle(self) -> None:
            with lock:
                played.open += 1
                played.most_open = max(played.most_open, played.open)
            try:
                super().handle()
            finally:
                with lock:
                    played.open -= 1

        def do_POST(self) -> None:
            """A form is as good as a query; what is asked for is noted as ``/path?form``."""
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.path = f"{self.path}?{unquote(form)}"
            self.do_GET()

        def do_GET(self) -> None:
            with lock:
                played.asked.append(self.path)
                played.methods.append(self.command)
                played.times.append(time.time())
                played.headers.append(dict(self.headers))
                replies = played.replies.get(urlsplit(self.path).path, [reply(404, b"not found", "text/plain")])
                send = replies.pop(0) if len(replies) > 1 else replies[0]
            send(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass  # a client that goes away is part of the play

    server = Server(("127.0.0.1", 0), Handler)
    played.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.004}, daemon=True)
    thread.start()
    try:
        yield played
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Time:
    """A clock that sleeping moves on at once."""

    now: float = 1_700_000_000.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.now, sleep=self.sleep)


@pytest.fixture
def moment() -> Time:
    return Time()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def make_client(host: Host, own_cache: Path, moment: Time, said: list[str]) -> Iterator[Callable[..., Client]]:
    """Makes clients on one cache that trust ``host``; keywords are those of Limits."""
    made: list[Client] = []

    def make(*, trusted: tuple[str, ...] | None = None, clock: Clock | None = None, **limits: Any) -> Client:
        client = Client(
            Cache(own_cache),
            trusted=(host.url,) if trusted is None else trusted,
            limits=Limits(**limits),
            clock=clock or moment.clock,
            notify=said.append,
        )
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def make_arxiv(host: Host, make_client: Callable[..., Client]) -> Callable[..., Arxiv]:
    def make(*, offline: bool = False, **limits: Any) -> Arxiv:
        return Arxiv(make_client(**limits), host.hosts, offline=offline)

    return make
