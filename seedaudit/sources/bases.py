"""Where each host is: its own address, or the one that the user has set in the environment.

In: the environment. Out: base URLs, and URLs moved from an address to the other. The one decision made here: a base URL
stands for a whole host, so that a link to the original, met in a page or a redirect, is asked for on the mirror, and a
URL on the mirror names the same paper as on the original.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from seedaudit.errors import UsageError

ARXIV_API: Final = "SEEDAUDIT_ARXIV_API_URL"
ARXIV: Final = "SEEDAUDIT_ARXIV_URL"
ACL: Final = "SEEDAUDIT_ACL_URL"
OPENREVIEW: Final = "SEEDAUDIT_OPENREVIEW_URL"
OPENREVIEW_API: Final = "SEEDAUDIT_OPENREVIEW_API_URL"
OPENREVIEW_API1: Final = "SEEDAUDIT_OPENREVIEW_API1_URL"
PMLR: Final = "SEEDAUDIT_PMLR_URL"
DOI: Final = "SEEDAUDIT_DOI_URL"

DEFAULTS: Final = {
    ARXIV_API: "https://export.arxiv.org/api/query",
    ARXIV: "https://arxiv.org",
    ACL: "https://aclanthology.org",
    OPENREVIEW: "https://openreview.net",
    OPENREVIEW_API: "https://api2.openreview.net",
    OPENREVIEW_API1: "https://api.openreview.net",
    PMLR: "https://proceedings.mlr.press",
    DOI: "https://doi.org",
}
"""The environment variables, and the hosts that they stand for."""

_LANES = {
    ARXIV: "arXiv",
    ARXIV_API: "arXiv",
    ACL: "ACL Anthology",
    OPENREVIEW: "OpenReview",
    OPENREVIEW_API: "OpenReview API",
    OPENREVIEW_API1: "OpenReview API 1",
    PMLR: "PMLR",
    DOI: "doi.org",
}


def base_url(variable: str) -> str:
    """The URL in an environment variable, without a slash at the end, or the host's own.

    Raises :class:`UsageError` when the variable holds no http or https URL.
    """
    default = DEFAULTS[variable]
    url = os.environ.get(variable) or default
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise UsageError(f"{variable} is no http or https URL: {url}", hint=f"Unset it, or set it as {default} is.")
    return url.rstrip("/")


def all_base_urls() -> tuple[str, ...]:
    """The base URLs of all hosts. Raises :class:`UsageError` as :func:`base_url` does."""
    return tuple(base_url(variable) for variable in DEFAULTS)


def on_mirror(url: str) -> str:
    """``url``, moved to the address that the user has set for its host."""
    for variable, default in DEFAULTS.items():
        found = re.match(rf"https?://(?:www\.)?{re.escape(default.partition('://')[2])}(?=[/?#]|$)", url, re.I)
        if found and base_url(variable) != default:
            return base_url(variable) + url[found.end() :]
    return url


def originals(url: str) -> Iterator[str]:
    """The URLs on the hosts' own addresses that ``url``, on an address the user has set, may stand for."""
    for variable, default in DEFAULTS.items():
        mirror = os.environ.get(variable, "").rstrip("/")
        if mirror and mirror != default and url.startswith(f"{mirror}/"):
            yield default + url[len(mirror) :]


def lane_of(url: str) -> str:
    """The name of the lane (see :class:`~seedaudit.sources.http.Lane`) that requests for ``url`` keep to."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if host == "arxiv.org" or host.endswith(".arxiv.org"):
        return "arXiv"
    mirrors = {base_url(variable): name for variable, name in _LANES.items()}
    for base in sorted(mirrors, key=len, reverse=True):
        if url == base or url.startswith(f"{base}/"):
            return mirrors[base]
    return re.sub(r"[^a-z0-9.-]", "_", host.removeprefix("www."))
