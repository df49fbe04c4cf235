"""Papers anywhere on the web: a URL or a DOI -> the PDF that it leads to, or the page if it is the paper.

In: a :class:`WebReference` or a :class:`DoiReference`. Out: a :class:`Paper`; or the reference to a paper of a host
that seedaudit knows, when that is where it leads. The one decision made here: what is taken, in this order: a PDF; the
PDF that the page names in ``citation_pdf_url``; the page itself where it holds a whole paper.

The cache holds, below ``web/<host>/`` and ``doi/``, the paper under a hash of its URL or DOI; what a DOI names lasts,
what a URL names is fetched again after a day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, urlsplit

from seedaudit.errors import BadAnswerError, FetchError, NotThereError
from seedaudit.sources import bases
from seedaudit.sources.answers import Content, describe, read_content
from seedaudit.sources.http import Client, LeadsElsewhere, bad_redirect
from seedaudit.sources.paper import Metadata, Paper
from seedaudit.sources.reference import DoiReference, RemoteReference, WebReference, from_url
from seedaudit.sources.shelf import Kept, Shelf, file_key


class Web:
    """Fetches papers through ``client``, or, with ``offline``, only from its cache."""

    def __init__(self, client: Client, *, offline: bool = False) -> None:
        self._client = client
        self._offline = offline

    def fetch(self, reference: WebReference | DoiReference) -> Paper | RemoteReference:
        """The paper, from the cache where that is allowed. Raises a subclass of :class:`FetchError`."""
        is_doi = isinstance(reference, DoiReference)
        start = str(reference)
        if is_doi:
            start = f"{bases.base_url(bases.DOI)}/{quote(start, safe='/:;().')}"
        folder = "doi" if is_doi else f"web/{bases.lane_of(start)}"
        shelf = Shelf(self._client, folder, lasting=is_doi, offline=self._offline)
        key = file_key(str(reference))
        kept = shelf.find(key)
        if kept is None:
            if self._offline:
                raise shelf.unknown_offline(str(reference))
            with self._client.alone(f"{folder}/{key}"):
                kept = shelf.find(key) or self._fetch(start, shelf, key, reference)
        source = reference.source or str(reference)
        if kept.leads_to:
            known = from_url(kept.leads_to)
            if known is None:
                raise BadAnswerError(f"{kept.leads_to} names no paper any more.", hint="Clear the cache.")
            return replace(known, source=source)
        metadata = kept.metadata
        identity = f"doi:{reference}" if is_doi else next(iter(metadata.ids), None)
        return Paper(
            source=source,
            form=kept.form or "pdf",
            data=kept.data,
            id=identity,
            title=metadata.title,
            year=metadata.year,
            authors=metadata.authors,
            venue=metadata.venue,
            ids=tuple(name for name in metadata.ids if name != identity),
        )

    def _fetch(self, start: str, shelf: Shelf, key: str, reference: WebReference | DoiReference) -> Kept:
        try:
            kept = self._ask(bases.on_mirror(start))
        except NotThereError as error:
            if isinstance(reference, DoiReference) and start in error.message:
                error = NotThereError(
                    f"doi.org knows no DOI {reference}.", kind="unknown-id", hint="Compare it with the paper."
                )
            shelf.miss(key, error)
            raise error from None
        shelf.keep(key, kept)
        return kept

    def _ask(self, url: str) -> Kept:
        try:
            return self._look(url)
        except LeadsElsewhere as away:
            return Kept(Metadata(), leads_to=away.url)

    def _look(self, url: str) -> Kept:
        """What is at ``url``; raises :class:`LeadsElsewhere` where that is a paper of a host that is known."""
        self._client.say(f"fetching {url}")
        content = ask(self._client, url, known=_is_known)
        if content.form == "pdf":
            return Kept(Metadata(), "pdf", content.data)
        from seedaudit.sources.citation import read_citation

        citation = read_citation(content.data, content.url)
        try:
            if citation.pdf_url:
                return Kept(citation.metadata, "pdf", self._named_pdf(citation.pdf_url))
        except FetchError:
            if not citation.is_paper:
                raise
        if citation.is_paper:
            return Kept(citation.metadata, "html", content.data)
        raise BadAnswerError(
            f"{urlsplit(content.url).hostname} sent {describe(content.data)} for {content.url}, "
            "which names no PDF (citation_pdf_url) and is no paper itself.",
            hint="Name the URL of the PDF, or download it and name the file.",
        )

    def _named_pdf(self, url: str) -> bytes:
        if _is_known(url):
            raise LeadsElsewhere(url)
        self._client.say(f"fetching {url}")
        content = ask(self._client, bases.on_mirror(url), known=_is_known)
        if content.form != "pdf":
            raise BadAnswerError(
                f"{urlsplit(content.url).hostname} sent {describe(content.data)} in place of the PDF {url}.",
                hint="It may have to be bought, or want a log-in: download it in a browser and name the file.",
            )
        return content.data


def ask(client: Client, url: str, *, known: Callable[[str], bool] = lambda url: False) -> Content:
    """What is at ``url``, across hosts, each in its own lane.

    Raises :class:`LeadsElsewhere` for a redirect to a URL that is ``known``, else a subclass of :class:`FetchError`.
    """
    first = url
    for _ in range(client.limits.redirects + 1):
        name = bases.lane_of(url)

        def belongs(to: str, name: str = name) -> bool:
            return bases.lane_of(to) == name and not known(to)

        try:
            with client.lane(name) as lane:
                return lane.get(url, read_content, belongs=belongs)
        except LeadsElsewhere as away:
            if known(away.url):
                raise
            url = bases.on_mirror(away.url)
    raise bad_redirect(first, f"it leads on more than {client.limits.redirects} times")


def _is_known(url: str) -> bool:
    return from_url(url) is not None
