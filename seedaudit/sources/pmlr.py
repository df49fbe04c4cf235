"""Papers in the Proceedings of Machine Learning Research: volume and slug -> the PDF and its metadata.

In: a :class:`PmlrReference`. Out: a :class:`Paper`. The one decision made here: the page of the paper says where the
PDF is, whichever URL was typed: newer volumes keep it on another host. What was fetched once is never asked for again.

The cache holds, below ``pmlr/<volume>/``, ``<slug>.pdf`` and ``<slug>.json``.
"""

from __future__ import annotations

from seedaudit.errors import BadAnswerError, NotThereError
from seedaudit.sources import bases
from seedaudit.sources.answers import describe
from seedaudit.sources.http import Client
from seedaudit.sources.paper import Paper
from seedaudit.sources.reference import PmlrReference
from seedaudit.sources.shelf import Kept, Shelf
from seedaudit.sources.web import ask


class Pmlr:
    """Fetches papers through ``client``, or, with ``offline``, only from its cache."""

    def __init__(self, client: Client, *, offline: bool = False) -> None:
        self._client = client
        self._base = bases.base_url(bases.PMLR)
        self._offline = offline
        self._shelf = Shelf(client, "pmlr", lasting=True, offline=offline)

    def fetch(self, reference: PmlrReference) -> Paper:
        """The paper, from the cache where it is there. Raises a subclass of :class:`FetchError`."""
        key = str(reference)
        kept = self._shelf.find(key)
        if kept is None:
            if self._offline:
                raise self._shelf.unknown_offline(f"PMLR {reference}")
            with self._client.alone(f"pmlr/{key}"):
                kept = self._shelf.find(key) or self._fetch(reference, key)
        metadata = kept.metadata
        return Paper(
            source=reference.source or key,
            form="pdf",
            data=kept.data,
            id=f"pmlr:{reference}",
            title=metadata.title,
            year=metadata.year,
            authors=metadata.authors,
            venue=metadata.venue or "Proceedings of Machine Learning Research",
            ids=metadata.ids,
        )

    def _fetch(self, reference: PmlrReference, key: str) -> Kept:
        try:
            kept = self._ask(reference)
        except NotThereError as error:
            self._shelf.miss(key, error)
            raise
        self._shelf.keep(key, kept)
        return kept

    def _ask(self, reference: PmlrReference) -> Kept:
        self._client.say(f"fetching PMLR {reference}")
        from seedaudit.sources.citation import read_citation

        try:
            page = ask(self._client, f"{self._base}/{reference}.html")
        except NotThereError:
            raise NotThereError(
                f"PMLR has no paper {reference}.", hint="Compare the URL with the page of its volume."
            ) from None
        citation = read_citation(page.data, page.url)
        if not citation.pdf_url:
            raise BadAnswerError(
                f"The page {page.url} ({describe(page.data)}) names no PDF.", hint="Download the PDF and name the file."
            )
        pdf = ask(self._client, bases.on_mirror(citation.pdf_url))
        if pdf.form != "pdf":
            raise BadAnswerError(
                f"PMLR sent a web page in place of the PDF {citation.pdf_url}.", hint="Try again later."
            )
        return Kept(citation.metadata, "pdf", pdf.data)
