"""One polite HTTP client for every host, and the one place where httpx is imported.

In: URLs. Out: whole answers as :class:`Answer`, read by a function of the caller, or a typed :class:`FetchError`. The
one decision made here is when a request may be sent: one connection at a time and a fixed interval between requests
to each host, over all processes of the user (a :class:`Lane`); again after a failure that may pass, no sooner than
the host asked for; and never to a private address, whether a URL names it, a redirect leads there, or the name turns
out to stand for it only when the connection is made.

httpx, tenacity and filelock are imported when a request is made: a paper from the cache does not pay for them.
"""

from __future__ import annotations

import contextlib
import email.utils
import functools
import ipaddress
import json
import math
import os
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar
from urllib.parse import urlsplit

from seedaudit import __version__
from seedaudit.errors import BadAnswerError, CacheError, FetchError, NetworkError, RefusedError
from seedaudit.sources.cache import Cache

if TYPE_CHECKING:
    import httpx
    import tenacity

T = TypeVar("T")

USER_AGENT = f"seedaudit/{__version__} (+https://github.com/seedaudit/seedaudit)"

_HOLD_IPV4 = tuple(map(ipaddress.IPv6Network, ("::/96", "64:ff9b::/96")))  # and mapped and 6to4 ones
_PAPER_LOCKS = 64
_PRIVATE = "that address is private to this machine or network"
_OFFLINE_HINT = "Check the network and the proxy settings; --offline audits what was fetched before."


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient the client is. Times in seconds, sizes in bytes."""

    interval: float = 3.0
    """Between the end of one request of a lane and the start of the next."""
    attempts: int = 4
    """How often one URL is asked for when the failure may pass."""
    backoff: float = 3.0
    """Before the second attempt; doubled before each further one."""
    longest_wait: float = 300.0
    """A host that asks to wait longer is not waited for: that is an error."""
    silence: float = 30.0
    """How long a connection may take to open, or stay silent."""
    download: float = 600.0
    """How long one answer may take, headers and body, however steadily it drips."""
    queue: float = 1800.0
    """How long to wait for other processes that use the same lane."""
    size: int = 100_000_000
    """The largest body, also after decompression."""
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Clock:
    """Where time comes from and goes to: seconds since the epoch, and sleep."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer with a status below 500, other than 403 and 429."""

    url: str
    status: int
    content_type: str
    body: bytes = field(repr=False)
    """As sent; where the bytes are gzip, decompressed by :meth:`unpacked`."""
    measured: bool
    """Whether the protocol showed that the body is whole; without length or chunks it does not."""
    limits: Limits = field(repr=False)

    def unpacked(self) -> bytes:
        """The body, decompressed if its bytes are gzip, whatever the headers say (arXiv sends ``x-gzip``).

        Raises :class:`TryAgain` when it is cut short and :class:`BadAnswerError` when it is too large.
        """
        if not self.body.startswith(b"\x1f\x8b"):
            return self.body
        decoder = zlib.decompressobj(wbits=31)
        try:
            data = decoder.decompress(self.body, self.limits.size + 1)
        except zlib.error as error:
            raise TryAgain(_cut_short(self.url)) from error
        if len(data) > self.limits.size:
            raise _too_large(self.url, self.limits.size)
        if not decoder.eof:
            raise TryAgain(_cut_short(self.url))
        return data


class TryAgain(Exception):  # noqa: N818 - a request to the client, not an error that a user sees
    """Raised by the reader of an answer, or by the client: the failure may pass.

    ``error`` is what the user sees when it does not; ``after`` is how long the host asked to wait, in seconds.
    """

    def __init__(self, error: FetchError, *, after: float | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.after = after


class LeadsElsewhere(Exception):  # noqa: N818 - an answer to the caller, not an error that a user sees
    """An answer redirects to ``url``, which the caller said is not to be asked for in this lane."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


class Client:
    """Sends requests, in lanes.

    ``trusted`` are the base URLs that the user has set: their hosts may have private addresses. ``notify`` is told in a
    short phrase whenever something takes time.
    """

    def __init__(
        self,
        cache: Cache,
        *,
        trusted: tuple[str, ...] = (),
        limits: Limits | None = None,
        clock: Clock | None = None,
        notify: Callable[[str], None] | None = None,
    ) -> None:
        self.cache = cache
        self.limits = limits or Limits()
        self.clock = clock or Clock()
        self._trusted = frozenset(_origin(url) for url in trusted)
        self._notify = notify
        self._http: httpx.Client | None = None

    def say(self, message: str) -> None:
        """Tell the user what is going on."""
        if self._notify is not None:
            self._notify(message)

    @contextlib.contextmanager
    def lane(self, name: str) -> Iterator[Lane]:
        """Hold the only connection to the hosts called ``name``, over all processes of the user.

        While it is held the cache can be looked at again: another process may just have fetched the same thing.
        Raises :class:`CacheError` when the lock cannot be made and :class:`NetworkError` (kind ``timeout``) when other
        processes do not let go of it.
        """
        with self._locked(_file_name(name), f"talking to {name}"):
            yield Lane(self, name)

    @contextlib.contextmanager
    def alone(self, key: str) -> Iterator[None]:
        """Hold off the other processes of the user that want the paper ``key``, which takes requests in several lanes.

        While it is held the cache can be looked at again. Raises what :meth:`lane` raises.
        """
        # A few locks for all papers: one for each would leave as many files behind.
        number = zlib.crc32(key.encode()) % _PAPER_LOCKS
        with self._locked(f"paper-{number:02}", "fetching the same"):
            yield

    @contextlib.contextmanager
    def _locked(self, name: str, doing: str) -> Iterator[None]:
        import filelock

        path = self.cache.path(f"lanes/{name}.lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(path)
            try:
                lock.acquire(timeout=0)
            except filelock.Timeout:
                self.say(f"waiting for another process that is {doing}")
                lock.acquire(timeout=self.limits.queue)
        except filelock.Timeout as error:
            raise NetworkError(
                f"Other seedaudit processes have been {doing} for {self.limits.queue:.0f} s.",
                kind="timeout",
                hint="Try again when they are done.",
            ) from error
        except (OSError, NotImplementedError) as error:
            raise CacheError(
                f"The cache folder {self.cache.folder} cannot be used: {error}.",
                hint="Set SEEDAUDIT_CACHE_DIR to a folder that you can write to.",
            ) from error
        try:
            yield
        finally:
            lock.release()

    def close(self) -> None:
        """Let go of the network."""
        if self._http is not None:
            self._http.close()
            self._http = None

    def _connection(self) -> httpx.Client:
        import httpx

        if self._http is None:
            certificates = _trusted_certificates()
            try:
                self._http = httpx.Client(
                    headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"},
                    timeout=self.limits.silence,
                    verify=certificates,
                    follow_redirects=False,
                    # A kept connection would be a second one as soon as another process has the lane.
                    limits=httpx.Limits(max_connections=1, max_keepalive_connections=0),
                )
            except (ImportError, ValueError, httpx.InvalidURL) as error:
                raise NetworkError(
                    f"The proxy that the environment names cannot be used: {str(error).rstrip('.')}.",
                    hint="Set HTTPS_PROXY and HTTP_PROXY to http://HOST:PORT; one that speaks SOCKS needs the package "
                    "httpx[socks].",
                ) from error
        return self._http

    def _check_target(self, url: str) -> None:
        """Raise :class:`BadAnswerError` (kind ``redirect``) unless ``url`` may be asked."""
        try:
            parts = urlsplit(url)
            trusted = self._trusts(url)
        except ValueError as error:
            raise bad_redirect(url, f"it is no valid URL: {error}") from error
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise bad_redirect(url, "only http and https are followed")
        if trusted:
            return
        try:
            addresses = {str(info[4][0]) for info in socket.getaddrinfo(parts.hostname, None)}
        except (OSError, UnicodeError):
            return  # a proxy may know the name; without one, connecting fails with the better message
        if any(not _is_public(address) for address in addresses):
            raise bad_redirect(url, _PRIVATE)

    def _trusts(self, url: str) -> bool:
        """Whether the user has set the host of ``url``, which then may have a private address."""
        return _origin(url) in self._trusted


class Lane:
    """The only connection to some hosts, while it is held. Made by :meth:`Client.lane`."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._name = name
        self._state = f"lanes/{_file_name(name)}.json"

    def get(
        self,
        url: str,
        read: Callable[[Answer], T],
        *,
        belongs: Callable[[str], bool] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> T:
        """Ask for ``url`` and give what ``read`` makes of the answer; a ``form`` is posted, wherever the URL leads.

        ``read`` may raise :class:`TryAgain`. Raises a subclass of :class:`FetchError`: :class:`NetworkError`,
        :class:`RefusedError`, :class:`BadAnswerError`, :class:`CacheError`, or whatever ``read`` raises; and
        :class:`LeadsElsewhere` for a redirect to a URL that, as ``belongs`` says, is not this lane's to ask for.
        """
        import tenacity

        limits = self._client.limits
        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(TryAgain),
            stop=tenacity.stop_after_attempt(limits.attempts),
            wait=self._pause,
            before_sleep=self._announce,
            sleep=self._client.clock.sleep,
            reraise=True,
        )
        try:
            answer: T = attempts(self._attempt, url, read, belongs, form)
        except TryAgain as again:
            raise again.error from again
        return answer

    def _attempt(
        self,
        url: str,
        read: Callable[[Answer], T],
        belongs: Callable[[str], bool] | None,
        form: Mapping[str, str] | None,
    ) -> T:
        try:
            return read(self._follow(url, belongs, form))
        except TryAgain as again:
            if again.after is None:
                raise
            # Kept for the other processes too, and for the next paper: they must not ask earlier either.
            self._write_state(free_at=self._client.clock.now() + again.after)
            if again.after > self._client.limits.longest_wait:
                raise self._closed(again.after) from again
            raise

    def _pause(self, state: tenacity.RetryCallState) -> float:
        backoff = self._client.limits.backoff * 2.0 ** (state.attempt_number - 1)
        failure = state.outcome.exception() if state.outcome else None
        asked = failure.after if isinstance(failure, TryAgain) and failure.after is not None else 0.0
        return max(asked, min(backoff, self._client.limits.longest_wait))

    def _announce(self, state: tenacity.RetryCallState) -> None:
        wait = state.next_action.sleep if state.next_action else 0.0
        reason = state.outcome.exception() if state.outcome else ""
        self._client.say(
            f"{reason} Trying again in {math.ceil(wait)} s "
            f"({state.attempt_number + 1} of {self._client.limits.attempts})."
        )

    def _follow(self, url: str, belongs: Callable[[str], bool] | None, form: Mapping[str, str] | None) -> Answer:
        """Ask for ``url``, and for where it leads; each step waits its turn."""
        first = url
        for _ in range(self._client.limits.redirects + 1):
            self._client._check_target(url)
            self._wait_turn()
            try:
                answer, location = self._send(url, form)
            finally:
                self._write_state()
            if location is None:
                return answer
            if belongs is not None and not belongs(location):
                raise LeadsElsewhere(location)
            url = location
        raise bad_redirect(first, f"it leads on more than {self._client.limits.redirects} times")

    def _wait_turn(self) -> None:
        """Sleep until the next request of the lane may be sent, and say since when it is taken."""
        now = self._client.clock.now()
        interval = self._client.limits.interval
        try:
            state = json.loads(self._client.cache.read(self._state) or b'{"asked": 0, "free_at": 0}')
            asked, free_at = float(state["asked"]), float(state["free_at"])
        except (ValueError, TypeError, KeyError):
            asked, free_at = now, 0.0
        # A time in the future means that the clock was put back: then only the interval is certain.
        wait = interval if asked > now else max(asked + interval, free_at) - now
        if wait > self._client.limits.longest_wait:
            raise self._closed(wait)
        if wait > 0:
            if wait >= 0.5:
                self._client.say(f"waiting {math.ceil(wait)} s for {self._name}")
            self._client.clock.sleep(wait)
        self._write_state()

    def _write_state(self, *, free_at: float = 0.0) -> None:
        state = {"asked": self._client.clock.now(), "free_at": free_at}
        self._client.cache.write(self._state, json.dumps(state).encode(), flush=False)

    def _send(self, url: str, form: Mapping[str, str] | None) -> tuple[Answer, str | None]:
        """One request: the answer, and the URL that it redirects to."""
        import httpx

        limits = self._client.limits
        try:
            host = httpx.URL(url).raw_host.decode("ascii")
        except httpx.InvalidURL as error:
            raise bad_redirect(url, f"it is no valid URL: {error}") from error
        watch = _Watch(url, host, limits.download, private=self._client._trusts(url))
        try:
            with (
                watch,
                self._client._connection().stream(
                    "POST" if form else "GET", url, data=form, extensions={"trace": watch.see}
                ) as response,
            ):
                self._refuse(response)
                location = response.headers.get("Location") if response.is_redirect else None
                answer = Answer(
                    url=url,
                    status=response.status_code,
                    content_type=response.headers.get("Content-Type", ""),
                    body=b"" if location else self._read_body(response),
                    measured="Content-Length" in response.headers or "Transfer-Encoding" in response.headers,
                    limits=limits,
                )
                leads_to = str(response.url.join(location)) if location else None
        except httpx.InvalidURL as error:
            raise bad_redirect(url, f"it leads to something that is no URL: {error}") from error
        except httpx.TransportError as error:
            if watch.expired:
                raise self._too_slow(url) from error
            self._explain(error, url)
        if watch.expired:  # a body without length ends where the connection was cut
            raise self._too_slow(url)
        return answer, leads_to

    def _read_body(self, response: httpx.Response) -> bytes:
        limits, url = self._client.limits, str(response.url)
        announced = response.headers.get("Content-Length", "")
        if announced.isdigit() and int(announced) > limits.size:
            raise _too_large(url, limits.size)
        body = bytearray()
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > limits.size:
                raise _too_large(url, limits.size)
        return bytes(body)

    def _too_slow(self, url: str) -> NetworkError:
        return NetworkError(
            f"{_host(url)} sends so slowly that {url} was not complete after {self._client.limits.download:.0f} s.",
            kind="timeout",
            hint="Try again later, or download the PDF and name the file.",
        )

    def _refuse(self, response: httpx.Response) -> None:
        """Raise for the answers that mean the same on every host."""
        status, host = response.status_code, _host(str(response.url))
        after = _retry_after(response.headers.get("Retry-After"), self._client.clock.now())
        if status == 429:
            if after is None:
                after = _reset_time(self._read_body(response), self._client.clock.now())
            raise TryAgain(rate_limited(host, "HTTP 429"), after=after)
        if status == 403:
            raise RefusedError(
                f"{host} denies access (HTTP 403).",
                hint="The host blocks this network or too many requests: wait some hours, or download the PDF in a "
                "browser and name the file.",
            )
        if status >= 500:
            error = RefusedError(
                f"{host} cannot answer now (HTTP {status}).", kind="unavailable", hint="Try again later."
            )
            if status == 501:  # a method that the host does not know, which it will not learn
                raise error
            raise TryAgain(error, after=after)

    def _explain(self, error: httpx.TransportError, url: str) -> NoReturn:
        """Turn an error of httpx into ours; the ones that may pass ask for another attempt."""
        import httpx

        host = _host(url)
        causes = list(_causes(error))
        if any(isinstance(cause, ssl.SSLError) for cause in causes):
            raise NetworkError(
                f"The encrypted connection to {host} failed: {error}.",
                kind="tls",
                hint="Check the clock of this machine, and SSL_CERT_FILE if a proxy has a certificate of its own.",
            ) from error
        if isinstance(error, httpx.TimeoutException):
            slow = NetworkError(
                f"{host} did not answer within {self._client.limits.silence:g} s.", kind="timeout", hint=_OFFLINE_HINT
            )
            raise TryAgain(slow) from error
        if isinstance(error, httpx.ConnectError | httpx.ProxyError | httpx.UnsupportedProtocol):
            why = "its name cannot be resolved" if _has(causes, socket.gaierror) else str(error)
            raise NetworkError(f"{host} cannot be reached: {why}.", hint=_OFFLINE_HINT) from error
        if isinstance(error, httpx.RemoteProtocolError) and "complete" in str(error):
            raise TryAgain(_cut_short(url)) from error
        raise TryAgain(
            NetworkError(f"The connection to {host} broke: {error or type(error).__name__}.", hint=_OFFLINE_HINT)
        ) from error

    def _closed(self, wait: float) -> RefusedError:
        minutes = math.ceil(wait / 60)
        return RefusedError(
            f"{self._name} asks to wait {minutes} min before the next request.",
            kind="rate-limited",
            hint=f"Try again in {minutes} min; --offline audits what was fetched before.",
        )


class _Watch:
    """Looks after one connection: to whom it is, and that it ends.

    It is the context in which ``url`` is asked for; ``host`` is its host, as it is written for a connection. After
    ``seconds`` the connection is cut, and ``expired`` is true: a time limit on each read, which is all that httpx has,
    never ends an answer that drips. Unless it may be ``private``, a connection to a private address is cut before
    anything is sent: the name may stand for another address by now than when it was checked.
    """

    def __init__(self, url: str, host: str, seconds: float, *, private: bool) -> None:
        self.expired = False
        self._url = url
        self._host = host
        self._private = private
        self._asked = ""
        self._stream: Any = None
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *error: object) -> None:
        self._timer.cancel()

    def see(self, event: str, info: dict[str, Any]) -> None:
        """Told by httpx of each step (its extension ``trace``)."""
        if event.endswith("connect_tcp.started"):
            self._asked = str(info["host"])
        elif event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._stream = info["return_value"]
            # Another host than that of the URL is the user's proxy, whose address is the user's business.
            if self._private or self._asked != self._host:
                return
            address = self._stream.get_extra_info("server_addr")
            if address and not _is_public(str(address[0])):
                self._stream.close()
                raise bad_redirect(self._url, _PRIVATE)

    def _expire(self) -> None:
        self.expired = True
        connection = self._stream.get_extra_info("socket") if self._stream is not None else None
        if connection is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)  # below TLS, whose own state is the reader's


def rate_limited(host: str, what: str) -> RefusedError:
    """The error for a host that finds the requests too many."""
    return RefusedError(
        f"{host} finds the requests too many ({what}).",
        kind="rate-limited",
        hint="Try again later; other programs on this network may be asking the same host.",
    )


def _retry_after(value: str | None, now: float) -> float | None:
    """Seconds from a Retry-After header, which holds seconds or an HTTP date; None if it is absent or unreadable."""
    if not value:
        return None
    value = value.strip()
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def _reset_time(body: bytes, now: float) -> float | None:
    """Seconds until the ``resetTime`` (ISO 8601) in the JSON of OpenReview's 429, or None."""
    found = re.search(rb'"resetTime"\s*:\s*"([0-9T:.Z+-]{10,40})"', body[:10_000])
    try:
        return max(0.0, datetime.fromisoformat(found[1].decode()).timestamp() - now) if found else None
    except (ValueError, OverflowError):
        return None


@functools.cache
def _trusted_certificates() -> ssl.SSLContext:
    """Those of httpx, or of SSL_CERT_FILE and SSL_CERT_DIR; reading them takes as long as reading a short paper."""
    import httpx

    try:
        return httpx.create_ssl_context()
    except OSError as error:  # ssl.SSLError is one
        named = " or ".join(name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name))
        raise NetworkError(
            f"The certificates that {named or 'the system'} names cannot be read: {error.strerror or error}.",
            kind="tls",
            hint="Name a file of certificates in PEM form, or unset the variable.",
        ) from error


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.is_site_local:
            return False
        holds = any(ip in network for network in _HOLD_IPV4)
        ip = ip.ipv4_mapped or ip.sixtofour or (ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if holds else ip)
    return ip.is_global and not ip.is_multicast


def _file_name(lane: str) -> str:
    return lane.lower().replace(" ", "-")


def _origin(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)


def _host(url: str) -> str:
    return urlsplit(url).hostname or url


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _has(causes: list[BaseException], kind: type[BaseException]) -> bool:
    return any(isinstance(cause, kind) for cause in causes)


def _cut_short(url: str) -> BadAnswerError:
    return BadAnswerError(
        f"The answer for {url} was cut short.", kind="truncated", hint="Try again; the network may be unstable."
    )


def _too_large(url: str, size: int) -> BadAnswerError:
    return BadAnswerError(
        f"The answer for {url} is larger than {size / 1e6:.0f} MB.",
        kind="too-large",
        hint="Download the PDF and name the file.",
    )


def bad_redirect(url: str, why: str) -> BadAnswerError:
    """The error for a URL that is not asked for."""
    return BadAnswerError(
        f"{url} is not followed: {why}.", kind="redirect", hint="Download the PDF in a browser and name the file."
    )
