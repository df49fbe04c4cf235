"""What came, told by its bytes: a PDF, a web page, or a refusal in words.

In: an :class:`~seedaudit.sources.http.Answer` of any host. Out: a :class:`Content`, or a typed error that names what
came instead. The one decision made here: what counts as whole, and which answers may be another the next time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from seedaudit.errors import BadAnswerError, NotThereError, RefusedError
from seedaudit.sources.http import Answer, TryAgain, rate_limited
from seedaudit.sources.paper import is_pdf

_BROWSER_HINT = "Open it in a browser, download the PDF there and name the file; or try again later."
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title", re.I | re.S)
_HURDLE = re.compile(
    r"captcha|are you a (?:robot|human)|not a robot|just a moment|access denied|attention required|security check"
    r"|verify(?:ing)? (?:that )?you are|unusual traffic|bot detection|enable javascript and cookies",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Content:
    """A whole PDF or web page, and the URL that gave it."""

    url: str
    form: Literal["pdf", "html"]
    data: bytes = field(repr=False)


def read_content(answer: Answer) -> Content:
    """The PDF or the page of an answer.

    Raises :class:`TryAgain` for what may pass, :class:`NotThereError` (kind ``not-found``), :class:`RefusedError` for
    a captcha, and :class:`BadAnswerError` for everything else.
    """
    body = answer.unpacked()
    if is_pdf(body) and answer.status == 200:
        check_whole(answer, body)
        return Content(answer.url, "pdf", body)
    host = urlsplit(answer.url).hostname or answer.url
    if answer.status in {404, 410}:
        raise NotThereError(
            f"{host} has nothing at {answer.url} (HTTP {answer.status}).",
            kind="not-found",
            hint="Compare the reference with the paper; the page may have moved.",
        )
    if body[:2000].lstrip().lower().startswith(b"rate exceeded"):
        raise TryAgain(rate_limited(host, "'Rate exceeded.'"))
    if not body.strip():
        raise TryAgain(
            BadAnswerError(f"{host} sent an empty answer for {answer.url} (HTTP {answer.status}).", hint="Try again.")
        )
    if is_page(body) and answer.status == 200:
        refuse_hurdle(answer.url, body)
        return Content(answer.url, "html", body)
    raise BadAnswerError(
        f"{host} sent {describe(body, answer.content_type)} for {answer.url} (HTTP {answer.status}), "
        "neither a PDF nor the page of a paper.",
        hint=_BROWSER_HINT,
    )


def read_pdf(answer: Answer) -> bytes:
    """The PDF of an answer; raises what :func:`read_content` raises, and :class:`BadAnswerError` for a page."""
    content = read_content(answer)
    if content.form == "html":
        raise BadAnswerError(
            f"{urlsplit(answer.url).hostname} sent {describe(content.data)} in place of the PDF {answer.url}.",
            hint=_BROWSER_HINT,
        )
    return content.data


def check_whole(answer: Answer, body: bytes) -> None:
    """Raise :class:`TryAgain` for a PDF without end whose length the host did not say."""
    if not answer.measured and b"%%EOF" not in body[-4096:]:
        raise TryAgain(
            BadAnswerError(f"The PDF {answer.url} was cut short.", kind="truncated", hint="Try again later.")
        )


def is_page(body: bytes) -> bool:
    """Whether bytes are a web page."""
    start = body[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head")) or b"<html" in start or b"<head>" in start


def refuse_hurdle(url: str, body: bytes) -> None:
    """Raise :class:`RefusedError` (kind ``captcha``) for a page that asks whether its reader is human."""
    title = _page_title(body)
    if _HURDLE.search(title) or (len(body) < 30_000 and b"captcha" in body.lower() and b"citation_" not in body):
        raise RefusedError(
            f"{urlsplit(url).hostname} sent {describe(body)} for {url}, most likely a captcha.",
            kind="captcha",
            hint=_BROWSER_HINT,
        )


def describe(body: bytes, content_type: str = "") -> str:
    """What ``body`` is, in a few words."""
    if title := _page_title(body):
        return f"a web page ('{title[:80]}')"
    if is_page(body):
        return "a web page"
    return f"{len(body)} bytes of {content_type or 'an unnamed type'}"


def _page_title(body: bytes) -> str:
    found = _TITLE.search(body[:50_000])
    return " ".join(found[1].decode("utf-8", "replace").split()) if found else ""
