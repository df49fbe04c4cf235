"""The polite client, against a host on this machine: turns, retries, limits, redirects, broken connections."""

from __future__ import annotations

import email.utils
import gzip
import json
import socket
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from seedaudit.errors import BadAnswerError, CacheError, FetchError, NetworkError, RefusedError, UsageError
from seedaudit.sources.bases import base_url
from seedaudit.sources.http import USER_AGENT, Answer, Clock


def body(answer: Answer) -> bytes:
    return answer.unpacked()


def get(client, url, read=body):
    with client.lane("arXiv") as lane:
        return lane.get(url, read)


# Turns


def test_requests_of_a_lane_keep_the_interval_and_say_so(host, make_client, moment, said):
    host.replies["/a"] = [host.reply(body=b"a")]
    client = make_client()
    for _ in range(3):
        assert get(client, f"{host.url}/a") == b"a"
    assert moment.slept == [3.0, 3.0]
    assert said == ["waiting 3 s for arXiv"] * 2


def test_a_new_client_knows_when_the_last_request_was(host, make_client, moment):
    host.replies["/a"] = [host.reply(body=b"a")]
    get(make_client(), f"{host.url}/a")
    moment.now += 2.0
    get(make_client(), f"{host.url}/a")
    assert moment.slept == [1.0]


def test_lanes_do_not_wait_for_each_other(host, make_client, moment):
    host.replies["/a"] = [host.reply(body=b"a")]
    client = make_client()
    get(client, f"{host.url}/a")
    with client.lane("OpenReview") as lane:
        lane.get(f"{host.url}/a", body)
    assert moment.slept == []


@pytest.mark.parametrize(
    "state", [b"", b"{", b"[1]", b'{"asked": "x", "free_at": 0}', b'{"asked": 9e9, "free_at": 9e9}']
)
def test_a_damaged_state_or_a_clock_put_back_costs_one_interval(host, make_client, moment, own_cache, state):
    host.replies["/a"] = [host.reply(body=b"a")]
    client = make_client()
    get(client, f"{host.url}/a")
    (own_cache / "lanes" / "arxiv.json").write_bytes(state)
    get(client, f"{host.url}/a")
    assert sum(moment.slept) <= 3.0


def test_each_step_of_a_redirect_waits_its_turn(host, make_client, moment):
    host.replies["/a"] = [host.reply(302, Location="/b")]
    host.replies["/b"] = [host.reply(body=b"b")]
    assert get(make_client(), f"{host.url}/a") == b"b"
    assert moment.slept == [3.0]


PROCESS = """
    import sys
    from pathlib import Path
    from seedaudit.sources.cache import Cache
    from seedaudit.sources.http import Client, Limits
    url, folder, interval, count = sys.argv[1:]
    client = Client(Cache(Path(folder)), trusted=(url,), limits=Limits(interval=float(interval)))
    for _ in range(int(count)):
        with client.lane("arXiv") as lane:
            lane.get(url, lambda answer: answer.body)
"""


def test_processes_together_keep_the_interval_and_one_connection(host, own_cache):
    def slow(handler):
        time.sleep(0.05)
        host.reply(body=b"a")(handler)

    host.replies["/a"] = [slow]
    command = [sys.executable, "-c", textwrap.dedent(PROCESS), f"{host.url}/a", str(own_cache), "0.3", "3"]
    running = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait(60) for process in running] == [0, 0]
    gaps = [after - before for before, after in zip(host.times, host.times[1:], strict=False)]
    assert len(gaps) == 5
    assert min(gaps) >= 0.3
    assert host.most_open == 1


def test_threads_together_have_one_connection(host, make_client):
    def slow(handler):
        time.sleep(0.02)
        host.reply(body=b"a")(handler)

    host.replies["/a"] = [slow]
    client = make_client(interval=0.0, clock=Clock())
    threads = [threading.Thread(target=get, args=(client, f"{host.url}/a")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(host.asked) == 8
    assert host.most_open == 1


def test_a_lane_that_others_do_not_let_go_of(make_client, said):
    holder, waiting = make_client(), make_client(queue=0.1)
    with holder.lane("arXiv"), pytest.raises(NetworkError) as caught, waiting.lane("arXiv"):
        pass
    assert caught.value.kind == "timeout"
    assert said == ["waiting for another process that is talking to arXiv"]


def test_a_cache_folder_that_cannot_be_used(make_client, own_cache):
    own_cache.write_bytes(b"a file")
    with pytest.raises(CacheError), make_client().lane("arXiv"):
        pass


# Headers


def test_the_user_agent_says_who_asks(host, make_client):
    host.replies["/a"] = [host.reply(body=b"a")]
    get(make_client(), f"{host.url}/a")
    assert host.headers[0]["User-Agent"] == USER_AGENT
    assert USER_AGENT.startswith("seedaudit/")
    assert "(+https://" in USER_AGENT


# Retries


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_failure_that_passes_is_asked_again_with_back_off(host, make_client, moment, said, status):
    host.replies["/a"] = [host.reply(status), host.reply(status), host.reply(body=b"a")]
    assert get(make_client(), f"{host.url}/a") == b"a"
    assert moment.slept == [3.0, 6.0]
    assert f"HTTP {status}" in said[0]
    assert said[0].endswith("Trying again in 3 s (2 of 4).")


@pytest.mark.parametrize(("status", "kind"), [(429, "rate-limited"), (503, "unavailable"), (500, "unavailable")])
def test_a_failure_that_stays_is_an_error_after_four_attempts(host, make_client, status, kind):
    host.replies["/a"] = [host.reply(status)]
    with pytest.raises(RefusedError) as caught:
        get(make_client(), f"{host.url}/a")
    assert caught.value.kind == kind
    assert caught.value.hint
    assert len(host.asked) == 4


def test_access_denied_is_not_asked_again(host, make_client):
    host.replies["/a"] = [host.reply(403, b"Access denied", "text/plain")]
    with pytest.raises(RefusedError, match="denies access") as caught:
        get(make_client(), f"{host.url}/a")
    assert caught.value.kind == "refused"
    assert len(host.asked) == 1


def test_retry_after_in_seconds(host, make_client, moment):
    host.replies["/a"] = [host.reply(429, Retry_After="42"), host.reply(body=b"a")]
    assert get(make_client(), f"{host.url}/a") == b"a"
    assert sum(moment.slept) == pytest.approx(42.0)


def test_retry_after_as_a_date(host, make_client, moment):
    date = email.utils.formatdate(moment.now + 42, usegmt=True)
    host.replies["/a"] = [host.reply(503, Retry_After=date), host.reply(body=b"a")]
    assert get(make_client(), f"{host.url}/a") == b"a"
    assert sum(moment.slept) == pytest.approx(42.0, abs=1.0)


@pytest.mark.parametrize("value", ["soon", "-5", "", "Wed, 99 Foo 2022", "0"])
def test_a_retry_after_that_says_nothing_leaves_the_back_off(host, make_client, moment, value):
    host.replies["/a"] = [host.reply(429, Retry_After=value), host.reply(body=b"a")]
    assert get(make_client(), f"{host.url}/a") == b"a"
    assert moment.slept == [3.0]


def test_a_wait_that_is_too_long_is_an_error_and_holds_for_everyone(host, make_client, moment):
    host.replies["/a"] = [host.reply(429, Retry_After="3600"), host.reply(body=b"a")]
    for client in (make_client(), make_client()):
        with pytest.raises(RefusedError, match="60 min") as caught:
            get(client, f"{host.url}/a")
        assert caught.value.kind == "rate-limited"
    assert len(host.asked) == 1
    moment.now += 3600
    assert get(make_client(), f"{host.url}/a") == b"a"


# Broken connections


@pytest.mark.parametrize("broken", ["cut_short", "reset"])
def test_a_broken_body_is_asked_for_again(host, make_client, broken):
    failing = host.cut_short() if broken == "cut_short" else host.reset
    host.replies["/a"] = [failing, host.reply(body=host.PDF)]
    assert get(make_client(), f"{host.url}/a") == host.PDF


def test_a_body_shorter_than_announced_is_never_taken_for_whole(host, make_client):
    host.replies["/a"] = [host.cut_short()]
    with pytest.raises(BadAnswerError) as caught:
        get(make_client(), f"{host.url}/a")
    assert caught.value.kind == "truncated"
    assert len(host.asked) == 4


def test_a_reset_that_stays(host, make_client):
    host.replies["/a"] = [host.reset]
    with pytest.raises(FetchError) as caught:
        get(make_client(), f"{host.url}/a")
    assert caught.value.kind in {"network", "truncated"}


def test_a_host_that_stays_silent(host, make_client, said):
    host.replies["/a"] = [lambda handler: time.sleep(0.5)]
    with pytest.raises(NetworkError, match=r"did not answer within 0\.1 s") as caught:
        get(make_client(silence=0.1, attempts=2), f"{host.url}/a")
    assert caught.value.kind == "timeout"
    assert said[0].endswith("Trying again in 3 s (2 of 2).")


def test_a_body_that_drips(host, make_client):
    host.replies["/a"] = [host.drip]
    with pytest.raises(NetworkError, match="so slowly") as caught:
        get(make_client(download=0.2, clock=Clock()), f"{host.url}/a")
    assert caught.value.kind == "timeout"
    assert len(host.asked) == 1


@pytest.mark.parametrize("where", ["headers", "body of unknown length"])
def test_an_answer_that_drips_before_its_body_or_without_length(host, make_client, where):
    """Each read is quick, and a body without length would seem to end where the connection is cut."""

    def send(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"" if where == "headers" else b"\r\n%PDF-"))
        try:
            for number in range(500):
                handler.wfile.write(f"X-{number}: drop\r\n".encode())
                handler.wfile.flush()
                time.sleep(0.02)
        except OSError:
            pass

    host.replies["/a"] = [send]
    started = time.monotonic()
    with pytest.raises(NetworkError, match="so slowly") as caught:
        get(make_client(download=0.3), f"{host.url}/a")
    assert caught.value.kind == "timeout"
    assert time.monotonic() - started < 5
    assert len(host.asked) == 1


def test_nobody_listens(make_client):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/a"
        with pytest.raises(NetworkError, match="cannot be reached") as caught:
            get(make_client(trusted=(url,)), url)
    assert caught.value.kind == "network"
    assert "--offline" in caught.value.hint


def test_no_network(make_client, moment):
    with pytest.raises(NetworkError, match="name cannot be resolved") as caught:
        get(make_client(), "https://arxiv.org/pdf/2210.13393v1")
    assert caught.value.kind == "network"
    assert moment.slept == []


def test_tls_fails(host, make_client):
    url = host.url.replace("http:", "https:")
    with pytest.raises(NetworkError, match="encrypted connection") as caught:
        get(make_client(trusted=(url,)), f"{url}/a")
    assert caught.value.kind == "tls"


# Sizes and encodings


def test_a_body_announced_too_large_is_not_read(host, make_client):
    def send(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "5000000000")
        handler.end_headers()

    host.replies["/a"] = [send]
    with pytest.raises(BadAnswerError, match="larger than") as caught:
        get(make_client(), f"{host.url}/a")
    assert caught.value.kind == "too-large"


def test_a_body_that_turns_out_too_large(host, make_client):
    def send(handler):
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"x" * 200_000)

    host.replies["/a"] = [send]
    with pytest.raises(BadAnswerError) as caught:
        get(make_client(size=100_000), f"{host.url}/a")
    assert caught.value.kind == "too-large"


def test_a_body_too_large_once_decompressed(host, make_client):
    host.replies["/a"] = [host.reply(body=gzip.compress(b"x" * 200_000))]
    with pytest.raises(BadAnswerError) as caught:
        get(make_client(size=100_000), f"{host.url}/a")
    assert caught.value.kind == "too-large"


@pytest.mark.parametrize("encoding", ["x-gzip", "gzip", "identity"])
def test_gzip_is_known_by_its_bytes(host, make_client, encoding):
    host.replies["/a"] = [host.reply(body=host.GZIPPED, Content_Encoding=encoding)]
    assert get(make_client(), f"{host.url}/a") == host.PDF


def test_an_encoding_that_is_announced_but_absent(host, make_client):
    host.replies["/a"] = [host.reply(body=host.PDF, Content_Encoding="gzip")]
    assert get(make_client(), f"{host.url}/a") == host.PDF


@pytest.mark.parametrize("damage", [lambda data: data[:-20], lambda data: data[:12] + b"\xff" * 20 + data[32:]])
def test_damaged_gzip_is_asked_for_again(host, make_client, damage):
    host.replies["/a"] = [host.reply(body=damage(host.GZIPPED)), host.reply(body=host.GZIPPED)]
    assert get(make_client(), f"{host.url}/a") == host.PDF


# Redirects


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:1/a",
        "http://localhost:1/a",
        "http://2130706433/a",
        "http://[::1]/a",
        "http://[::ffff:127.0.0.1]/a",
        "http://10.0.0.1/a",
        "http://192.168.1.1/a",
        "http://169.254.169.254/latest/meta-data",
        "http://100.64.0.1/a",
        "http://0.0.0.0/a",
        "http://[fe80::1]/a",
        "http://[fec0::1]/a",
        "http://[::7f00:1]/a",
        "http://[64:ff9b::a00:1]/a",
        "http://[2002:7f00:1::]/a",
        "http://[fd00::1]/a",
        "file:///etc/passwd",
        "ftp://arxiv.org/a",
        "http://127.0.0.1:99999/a",
    ],
)
def test_a_redirect_to_a_private_address_is_not_followed(host, make_client, target):
    host.replies["/a"] = [host.reply(302, Location=target)]
    with pytest.raises(BadAnswerError, match="not followed") as caught:
        get(make_client(), f"{host.url}/a")
    assert caught.value.kind == "redirect"
    assert host.asked == ["/a"]


def test_an_address_that_was_not_set_may_not_be_private(host, make_client):
    with pytest.raises(BadAnswerError, match="private"):
        get(make_client(trusted=("https://arxiv.org",)), f"{host.url}/a")
    assert host.asked == []


@pytest.mark.parametrize("name", ["papers.example", "bücher.example"])
@pytest.mark.parametrize("trusted", [False, True])
def test_a_name_that_stands_for_another_address_when_it_is_connected_to(host, make_client, monkeypatch, name, trusted):
    """Between the check and the connection the name is bound again: to a private address, where a host listens."""
    port = int(host.url.rpartition(":")[2])
    host.replies["/a"] = [host.reply(body=b"a secret")]
    lookups = []

    def resolve(asked, *args, **kwargs):
        lookups.append(asked)
        address = "93.184.216.34" if len(lookups) == 1 and not trusted else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    url = f"http://{name}:{port}/a"
    if trusted:
        assert get(make_client(trusted=(url,)), url) == b"a secret"
        return
    with pytest.raises(BadAnswerError, match="private") as caught:
        get(make_client(), url)
    assert caught.value.kind == "redirect"
    assert len(lookups) == 2
    assert host.asked == []


def test_a_ring_of_redirects(host, make_client):
    host.replies["/a"] = [host.reply(301, Location="/b")]
    host.replies["/b"] = [host.reply(301, Location="/a")]
    with pytest.raises(BadAnswerError, match="more than 5 times") as caught:
        get(make_client(), f"{host.url}/a")
    assert caught.value.kind == "redirect"
    assert len(host.asked) == 6


# Base URLs


def test_base_urls(monkeypatch):
    assert base_url("SEEDAUDIT_ARXIV_URL") == "https://arxiv.org"
    monkeypatch.setenv("SEEDAUDIT_ARXIV_URL", "http://127.0.0.1:8000/")
    assert base_url("SEEDAUDIT_ARXIV_URL") == "http://127.0.0.1:8000"


@pytest.mark.parametrize("value", ["arxiv.org", "ftp://arxiv.org", "http://", "http://x:port", "http://[::1"])
def test_a_base_url_that_is_none(monkeypatch, value):
    monkeypatch.setenv("SEEDAUDIT_ARXIV_URL", value)
    with pytest.raises(UsageError, match="SEEDAUDIT_ARXIV_URL"):
        base_url("SEEDAUDIT_ARXIV_URL")


def test_nothing_but_the_turns_is_written(host, make_client, own_cache):
    host.replies["/a"] = [host.reply(body=b"a")]
    get(make_client(), f"{host.url}/a")
    written = {path.relative_to(own_cache) for path in own_cache.rglob("*") if path.is_file()}
    assert written - {Path("lanes/arxiv.lock")} == {Path("lanes/arxiv.json")}
    assert set(json.loads((own_cache / "lanes/arxiv.json").read_text())) == {"asked", "free_at"}
