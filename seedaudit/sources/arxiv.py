"""Papers on arXiv: an id -> metadata from the API, and the PDF.

In: an :class:`ArxivReference`. Out: a :class:`Paper`, or a typed :class:`FetchError` for every way in which arXiv is
known to answer. The one decision made here is what has to be asked at all: a version, once fetched, never again; the
latest version of an id, and what arXiv was found not to have, again after a day.

The cache holds, below ``arxiv/``: ``<id>v<N>.pdf``; ``<id>v<N>.json`` with that version's metadata; ``<id>.json`` with
those of the version that was the latest when it was written; ``<id>v<N>.missing.json`` for a version without PDF;
``<id>v<N>.html``, or ``<id>v<N>.nohtml.json``, for one whose page was asked for; ``<id>v<N>.src``, or
``<id>v<N>.nosource.json``, for one whose LaTeX source was.

feedparser is imported when an answer of the API is read: a paper from the cache does not pay for it.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
import xml.sax
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, quote

from seedaudit.errors import BadAnswerError, FetchError, NotThereError, OfflineError, RefusedError, UsageError
from seedaudit.sources import bases
from seedaudit.sources.answers import check_whole, describe, is_page, read_content
from seedaudit.sources.cache import Cache
from seedaudit.sources.http import Answer, Client, Lane, TryAgain, rate_limited
from seedaudit.sources.paper import Form, Paper, TextFrom, is_pdf
from seedaudit.sources.reference import ArxivReference
from seedaudit.sources.tex import is_source

_SCHEMA = 2  # of the records in the cache: raise it when Metadata changes
_DAY = 86_400.0  # seconds
_PAGE = 2000  # results in one request, at most
_MOST = 30_000  # results of one search, at most
_BATCH = 2000  # ids in one request, at most
_IN_URL = 200  # ids in a URL; the API refuses one of more than 8 kB (HTTP 414), and takes the same as a form
# Old ids come with or without the subject class: math.CA/0611800v2.
_ENTRY_ID = re.compile(r"/abs/(?P<archive>(?:[a-z-]+(?=[./]))?)(?:\.[A-Za-z-]+)?(?P<number>/?[\d.]+)v(?P<version>\d+)$")
_BROWSER_HINT = "Open it in a browser, download the PDF there and name the file; or try again later."


@dataclass(frozen=True, slots=True)
class Hosts:
    """The base URLs of arXiv, or of a mirror."""

    api: str = bases.DEFAULTS[bases.ARXIV_API]
    site: str = bases.DEFAULTS[bases.ARXIV]

    @classmethod
    def from_environment(cls) -> Hosts:
        """``SEEDAUDIT_ARXIV_API_URL`` and ``SEEDAUDIT_ARXIV_URL`` where they are set.

        Raises :class:`UsageError` when one of them is no http or https URL.
        """
        return cls(bases.base_url(bases.ARXIV_API), bases.base_url(bases.ARXIV))


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the API says of one version of a paper."""

    id: str
    """Without version."""
    version: int
    title: str
    year: int | None
    """In which the first version appeared."""
    comment: str = ""
    authors: tuple[str, ...] = ()
    venue: str = ""
    """Where the authors say it appeared."""
    doi: str = ""
    """Of what appeared there."""

    @property
    def reference(self) -> ArxivReference:
        """The id with its version."""
        return ArxivReference(self.id, self.version)


@dataclass(frozen=True, slots=True)
class Query:
    """A search: categories, words or phrases, and the months between which the first version was submitted."""

    categories: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    most: int = 100

    @classmethod
    def parse(cls, text: str) -> Query:
        """A search as it is typed: ``cat=cs.CL&query="random seed"&from=2023-01&to=2023-12&max=100``.

        Raises :class:`UsageError` for anything else.
        """
        told: dict[str, str] = {}
        for name, value in parse_qsl(text, keep_blank_values=True):
            if name not in {"cat", "query", "from", "to", "max"} or name in told or not value.strip():
                raise _bad_query(f"{name or text}={value}" if value else name or text)
            told[name] = value.strip()
        most = told.get("max", "100")
        dates = [told.get(name, "") for name in ("from", "to")]
        if not told.keys() - {"max"} or not most.isdecimal() or not 1 <= int(most) <= _MOST:
            raise _bad_query(f"max={most}" if told.keys() - {"max"} else text)
        for date in filter(None, dates):
            if not re.fullmatch(r"(?:19|20)\d\d(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?", date):
                raise _bad_query(date)
        words = re.findall(r'"[^"]+"|[^\s"]+', told.get("query", "").replace("“", '"').replace("”", '"'))
        categories = tuple(re.split(r"[,\s]+", told["cat"])) if "cat" in told else ()
        return cls(categories, tuple(words), since=dates[0], until=dates[1], most=int(most))

    @property
    def expression(self) -> str:
        """The search in the API's own words."""
        parts = [f"all:{word}" for word in self.words]
        if self.categories:
            either = " OR ".join(f"cat:{category}" for category in self.categories)
            parts.append(f"({either})" if len(self.categories) > 1 else either)
        if self.since or self.until:
            first = (self.since or "1991").replace("-", "").ljust(4, "0")
            last = (self.until or "2099").replace("-", "")
            first += {4: "0101", 6: "01", 8: ""}[len(first)]
            last += {4: "1231", 6: "31", 8: ""}[len(last)]
            parts.append(f"submittedDate:[{first}0000 TO {last}2359]")
        return " AND ".join(parts)


class Arxiv:
    """Fetches papers through ``client``, or, with ``offline``, only from its cache."""

    def __init__(self, client: Client, hosts: Hosts | None = None, *, offline: bool = False) -> None:
        self._client = client
        self._hosts = hosts or Hosts()
        self._cache = client.cache
        self._offline = offline

    def fetch(self, reference: ArxivReference, text_from: TextFrom = "pdf") -> Paper:
        """The paper, from the cache where that is allowed; its page as HTML where that was named and is there.

        An id without version means the latest version, looked up again when the last look is older than a day.
        ``text_from`` says whether its LaTeX source comes with it, or alone. Raises a subclass of :class:`FetchError`.
        """
        if text_from != "pdf":
            return self._fetch_source(reference, alone=text_from == "latex")
        if reference.html and (page := self._fetch_html(reference)) is not None:
            return page
        metadata = self._recall(reference)
        pdf = None if metadata is None else self._cached_pdf(metadata)
        if metadata is None or pdf is None:
            if self._offline:
                raise OfflineError(
                    f"arXiv {reference} is not in the cache ({self._cache.folder}).",
                    hint="Fetch it once without --offline.",
                )
            with self._client.lane("arXiv") as lane:
                # Another process may have fetched it while this one waited for the lane.
                metadata = self._recall(reference) or self._look_up_one(lane, reference)
                pdf = self._cached_pdf(metadata) or self._download(lane, metadata)
        return self._paper(reference, metadata, "pdf", pdf)

    def _fetch_html(self, reference: ArxivReference) -> Paper | None:
        """The paper's page, or None where arXiv could make none."""
        metadata = self._recall(reference)
        page = None if metadata is None else self._cached_html(metadata)
        if metadata is None or page is None:
            if self._offline:
                return None
            with self._client.lane("arXiv") as lane:
                metadata = self._recall(reference) or self._look_up_one(lane, reference)
                page = self._cached_html(metadata)
                if page is None:
                    page = self._download_html(lane, metadata)
        return self._paper(reference, metadata, "html", page) if page else None

    def _cached_html(self, metadata: Metadata) -> bytes | None:
        """The page, empty where arXiv was found to have none, or None where it was not asked for it."""
        page = self._cache.read(f"arxiv/{metadata.reference}.html")
        if page is None and "missing" in (record := self._read_record(f"{metadata.reference}.nohtml")):
            return b"" if self._offline or self._is_fresh(record) else None
        return page

    def _download_html(self, lane: Lane, metadata: Metadata) -> bytes:
        self._client.say(f"fetching the page of arXiv {metadata.reference}")
        try:
            page = lane.get(f"{self._hosts.site}/html/{metadata.reference}", _read_html)
        except NotThereError as error:
            self._remember_missing(f"{metadata.reference}.nohtml", error)
            return b""
        self._cache.write(f"arxiv/{metadata.reference}.html", page)
        return page

    def _fetch_source(self, reference: ArxivReference, *, alone: bool) -> Paper:
        """The paper's LaTeX source, alone or with the PDF; where there is none, the PDF without it, or an error."""
        metadata = self._recall(reference)
        source = None if metadata is None else self._cached_source(metadata)
        if self._offline and alone and not source:
            raise OfflineError(
                f"The LaTeX source of arXiv {reference} is not in the cache ({self._cache.folder}).",
                hint="Fetch it once without --offline, or use the PDF.",
            )
        if not self._offline and (metadata is None or source is None):
            with self._client.lane("arXiv") as lane:
                metadata = self._recall(reference) or self._look_up_one(lane, reference)
                source = self._cached_source(metadata)
                if source is None:
                    try:
                        source = self._download_source(lane, metadata)
                    except BadAnswerError as error:  # too large, say: the PDF is still to be had
                        if alone:
                            raise
                        self._client.say(f"{error.message} The text is taken from the PDF.")
        if not alone:
            return replace(self.fetch(reference), latex=source or None)
        if not source or metadata is None:
            raise NotThereError(
                f"arXiv has no LaTeX source of {reference}.", kind="no-source", hint="Use the PDF: --source pdf."
            )
        return self._paper(reference, metadata, "latex", source)

    def _cached_source(self, metadata: Metadata) -> bytes | None:
        """The source, empty where arXiv was found to have none, or None where it was not asked for it."""
        source = self._cache.read(f"arxiv/{metadata.reference}.src")
        if source is None and "missing" in (record := self._read_record(f"{metadata.reference}.nosource")):
            return b"" if self._offline or self._is_fresh(record) else None
        return source

    def _download_source(self, lane: Lane, metadata: Metadata) -> bytes:
        self._client.say(f"fetching the LaTeX source of arXiv {metadata.reference}")
        try:
            source = lane.get(f"{self._hosts.site}/e-print/{metadata.reference}", _read_source)
        except NotThereError as error:
            self._remember_missing(f"{metadata.reference}.nosource", error)
            return b""
        self._cache.write(f"arxiv/{metadata.reference}.src", source)
        return source

    @staticmethod
    def _paper(reference: ArxivReference, metadata: Metadata, form: Form, data: bytes) -> Paper:
        return Paper(
            source=reference.source or str(reference),
            form=form,
            data=data,
            id=f"arxiv:{metadata.reference}",
            title=metadata.title,
            year=metadata.year,
            authors=metadata.authors,
            venue=metadata.venue,
            ids=(f"doi:{metadata.doi}",) if metadata.doi else (),
        )

    def metadata(self, references: Iterable[ArxivReference]) -> dict[ArxivReference, Metadata | FetchError]:
        """The metadata of many papers in few requests; for each one that arXiv does not know, the error.

        Raises a :class:`FetchError` only for what concerns all of them: no network, too many requests.
        """
        found: dict[ArxivReference, Metadata | FetchError] = {}
        unknown: list[ArxivReference] = []
        for reference in dict.fromkeys(references):
            try:
                known = self._recall(reference)
            except NotThereError as error:
                found[reference] = error
                continue
            if known is not None:
                found[reference] = known
            elif self._offline:
                found[reference] = OfflineError(
                    f"The metadata of arXiv {reference} are not in the cache ({self._cache.folder}).",
                    hint="Fetch them once without --offline.",
                )
            else:
                unknown.append(reference)
        for batch in _batches(unknown, _BATCH):
            with self._client.lane("arXiv") as lane:
                try:
                    found |= self._look_up(lane, batch)
                except (BadAnswerError, RefusedError) as error:
                    if len(batch) <= _IN_URL or error.kind not in {"bad-answer", "unavailable"}:
                        raise
                    for part in _batches(batch, _IN_URL):  # a mirror may take no forms
                        found |= self._look_up(lane, part)
        return found

    def search(self, query: Query) -> list[Metadata]:
        """The papers that a search finds, oldest first; their metadata are then known, so each costs only its PDF.

        An answer holds for a day, offline for good. Raises a :class:`FetchError`.
        """
        name = f"searches/{hashlib.sha256(repr(query).encode()).hexdigest()[:32]}"
        record = self._read_record(name)
        if not record or not (self._offline or self._is_fresh(record)):
            if self._offline:
                raise OfflineError(
                    f"The search for {query.expression} is not in the cache ({self._cache.folder}).",
                    hint="Search once without --offline.",
                )
            with self._client.lane("arXiv") as lane:
                found = self._search(lane, query)
            for metadata in found:
                self._remember(str(metadata.reference), metadata=asdict(metadata))
            record = {"found": [asdict(metadata) for metadata in found]}
            self._remember(name, found=record["found"])
        return [Metadata(**told | {"authors": tuple(told["authors"])}) for told in record["found"]]

    def _search(self, lane: Lane, query: Query) -> list[Metadata]:
        self._client.say(f"searching arXiv for {query.expression}")
        found: dict[str, Metadata] = {}
        at = 0
        while at < query.most:
            size = min(_PAGE, query.most - at)
            url = (
                f"{self._hosts.api}?search_query={quote(query.expression, safe='():')}&start={at}&max_results={size}"
                "&sortBy=submittedDate&sortOrder=ascending"
            )
            # An empty page is the end of the results, or a bad moment of the API: ask twice.
            page, total = lane.get(url, _read_page)
            if not page:
                page, total = lane.get(url, _read_page)
            found |= {metadata.id: metadata for metadata in page}
            at += len(page)
            if not page or (len(page) < size and at >= total):
                break
        return list(found.values())

    # What is known already

    def _recall(self, reference: ArxivReference) -> Metadata | None:
        """Metadata from the cache if they are fresh enough; a failure that is still fresh is raised again."""
        if self._offline and reference.version is None and (newest := self._newest_fetched(reference)):
            return newest
        record = self._read_record(str(reference))
        if "metadata" in record and (reference.version is not None or self._offline or self._is_fresh(record)):
            return Metadata(**record["metadata"] | {"authors": tuple(record["metadata"]["authors"])})
        self._raise_missing(record)
        return None

    def _newest_fetched(self, reference: ArxivReference) -> Metadata | None:
        folder, _, name = f"arxiv/{reference.id}".rpartition("/")
        versions = [
            int(found[1])
            for key in self._cache.keys(folder, f"{name}v*.pdf")
            if (found := re.search(r"v(\d+)\.pdf$", key))
        ]
        return self._recall(replace(reference, version=max(versions))) if versions else None

    def _cached_pdf(self, metadata: Metadata) -> bytes | None:
        pdf = self._cache.read(f"arxiv/{metadata.reference}.pdf")
        if pdf is not None:
            return pdf
        self._raise_missing(self._read_record(f"{metadata.reference}.missing"))
        return None

    def _is_fresh(self, record: dict[str, Any]) -> bool:
        return 0 <= self._client.clock.now() - float(record["checked"]) < _DAY

    def _raise_missing(self, record: dict[str, Any]) -> None:
        if "missing" in record and self._is_fresh(record):
            raise NotThereError(**record["missing"])

    def _read_record(self, name: str) -> dict[str, Any]:
        """What :meth:`_remember` wrote; empty if nothing, or if another release wrote it otherwise."""
        record = self._cache.record(f"arxiv/{name}.json")
        return record if record.get("schema") == _SCHEMA else {}

    def _remember(self, name: str, **content: object) -> None:
        record = {"schema": _SCHEMA, "checked": self._client.clock.now(), **content}
        self._cache.write(f"arxiv/{name}.json", json.dumps(record, ensure_ascii=False).encode())

    def _remember_missing(self, name: str, error: NotThereError) -> None:
        self._remember(name, missing={"message": error.message, "hint": error.hint, "kind": error.kind})

    # What has to be asked

    def _look_up_one(self, lane: Lane, reference: ArxivReference) -> Metadata:
        answer = self._look_up(lane, [reference])[reference]
        if isinstance(answer, FetchError):
            raise answer
        return answer

    def _look_up(self, lane: Lane, references: Sequence[ArxivReference]) -> dict[ArxivReference, Metadata | FetchError]:
        count = len(references)
        self._client.say(f"asking arXiv about {references[0] if count == 1 else f'{count} papers'}")
        ids = ",".join(map(str, references))
        try:
            # A feed without entry is what arXiv sends for an unknown id, and now and then for a known one: ask twice.
            entries = self._ask_api(lane, ids, count) or self._ask_api(lane, ids, count)
        except BadAnswerError as error:
            if error.kind != "api-error" or count == 1:
                if count == 1:
                    return {references[0]: error}
                raise
            # One id that the API dislikes spoils the answer for all: find it by halves.
            middle = count // 2
            return self._look_up(lane, references[:middle]) | self._look_up(lane, references[middle:])
        by_id = {entry.id: entry for entry in entries}
        found: dict[ArxivReference, Metadata | FetchError] = {}
        for reference in references:
            entry = by_id.get(reference.id)
            if entry is None or reference.version not in {None, entry.version}:
                unknown = _unknown(reference)
                self._remember_missing(str(reference), unknown)
                found[reference] = unknown
                continue
            self._remember(str(entry.reference), metadata=asdict(entry))
            if reference.version is None:
                self._remember(reference.id, metadata=asdict(entry))
            found[reference] = entry
        return found

    def _ask_api(self, lane: Lane, ids: str, count: int) -> list[Metadata]:
        if count > _IN_URL:
            return lane.get(self._hosts.api, _read_feed, form={"id_list": ids, "max_results": str(count)})
        return lane.get(f"{self._hosts.api}?id_list={ids}&max_results={count}", _read_feed)

    def _download(self, lane: Lane, metadata: Metadata) -> bytes:
        self._client.say(f"fetching arXiv {metadata.reference}")
        try:
            pdf = lane.get(f"{self._hosts.site}/pdf/{metadata.reference}", lambda answer: _read_pdf(answer, metadata))
        except NotThereError as error:
            self._remember_missing(f"{metadata.reference}.missing", error)
            raise
        self._cache.write(f"arxiv/{metadata.reference}.pdf", pdf)
        return pdf


@contextlib.contextmanager
def open_arxiv(cache: Cache, *, offline: bool = False, **options: Any) -> Iterator[Arxiv]:
    """An :class:`Arxiv` on the hosts that the environment names; ``options`` are those of :class:`Client`."""
    hosts = Hosts.from_environment()
    client = Client(cache, trusted=bases.all_base_urls(), **options)
    try:
        yield Arxiv(client, hosts, offline=offline)
    finally:
        client.close()


def _bad_query(what: str) -> UsageError:
    return UsageError(
        f"'{what}' is no part of a search on arXiv.",
        hint='A search is arxiv:search?cat=cs.CL&query="random seed"&from=2023-01&to=2023-12&max=100; '
        f"max is at most {_MOST}.",
    )


def _batches(references: Sequence[ArxivReference], size: int) -> Iterable[list[ArxivReference]]:
    """Groups of ``size`` for one request each, none with two versions of a paper: an answer could not be told apart."""
    waiting = list(references)
    while waiting:
        batch: dict[str, ArxivReference] = {}
        later: list[ArxivReference] = []
        for reference in waiting:
            if len(batch) < size and reference.id not in batch:
                batch[reference.id] = reference
            else:
                later.append(reference)
        yield list(batch.values())
        waiting = later


def _read_feed(answer: Answer) -> list[Metadata]:
    """The entries of an Atom feed. Its totalResults is wrong too often to be looked at."""
    import feedparser

    body = answer.unpacked()
    _refuse_text(answer, body)
    # As a stream: feedparser would take a string for an address or a file name and open it.
    feed = feedparser.parse(io.BytesIO(body), response_headers={"content-type": "application/atom+xml; charset=utf-8"})
    if not body.strip() or isinstance(feed.get("bozo_exception"), xml.sax.SAXException) or not feed.version:
        error = BadAnswerError(
            f"The arXiv API sent no readable feed (HTTP {answer.status}, {len(body)} bytes).",
            hint="Try again later; SEEDAUDIT_ARXIV_API_URL must name the API, if it is set.",
        )
        raise TryAgain(error) if answer.status == 200 else error
    entries = []
    for entry in feed.entries:
        found = _ENTRY_ID.search(entry.get("id", ""))
        if found is None:
            said = " ".join(entry.get("summary", "").split()) or "no reason given"
            raise BadAnswerError(
                f"The arXiv API refused the request: {said}.",
                kind="api-error",
                hint="Compare the id with the paper.",
            )
        published = entry.get("published_parsed") or entry.get("updated_parsed")
        entries.append(
            Metadata(
                id=found["archive"] + found["number"],
                version=int(found["version"]),
                title=" ".join(entry.get("title", "").split()),
                year=published.tm_year if published else None,
                comment=" ".join(entry.get("arxiv_comment", "").split()),
                authors=tuple(" ".join(author.get("name", "").split()) for author in entry.get("authors", ())),
                venue=" ".join(entry.get("arxiv_journal_ref", "").split()),
                doi=entry.get("arxiv_doi", "").strip().lower(),
            )
        )
    return entries


def _read_page(answer: Answer) -> tuple[list[Metadata], int]:
    """The entries of a page of results, and how many results there are as far as the API says."""
    total = re.search(rb"totalResults[^>]*>\s*(\d+)", answer.unpacked())
    return _read_feed(answer), int(total[1]) if total else 0


def _read_pdf(answer: Answer, metadata: Metadata) -> bytes:
    """The bytes of a PDF, whatever type was announced."""
    body = answer.unpacked()
    if answer.status == 200 and is_pdf(body):
        check_whole(answer, body)
        return body
    said_withdrawn = b"withdrawn" in body[:20_000].lower()
    if answer.status in {404, 410} or (answer.status == 200 and said_withdrawn):
        raise _no_pdf(metadata, withdrawn=said_withdrawn or "withdrawn" in metadata.comment.lower())
    _refuse_text(answer, body)
    if not body.strip():
        raise TryAgain(
            BadAnswerError(f"arXiv sent an empty answer for {answer.url} (HTTP {answer.status}).", hint="Try again.")
        )
    raise BadAnswerError(
        f"arXiv sent {describe(body, answer.content_type)} in place of the PDF of {metadata.reference} "
        f"(HTTP {answer.status}).",
        hint=_BROWSER_HINT,
    )


def _read_html(answer: Answer) -> bytes:
    """The page of a paper as LaTeXML makes it; another page of the site says that there is none."""
    content = read_content(answer)
    if content.form == "html" and b"ltx_document" in content.data:
        return content.data
    raise NotThereError(f"arXiv has no HTML at {answer.url}.", kind="no-html", hint="The PDF is audited instead.")


def _read_source(answer: Answer) -> bytes:
    """An archive of TeX files or one of them, compressed as it came; a PDF or PostScript in its place is none."""
    body = answer.unpacked()
    if answer.status == 200 and is_source(body) and not is_pdf(body):
        return answer.body
    if answer.status in {404, 410} or is_pdf(body) or body.startswith(b"%!PS"):
        raise NotThereError(f"arXiv has no LaTeX source at {answer.url}.", kind="no-source", hint="Use the PDF.")
    _refuse_text(answer, body)
    if not body.strip():
        raise TryAgain(
            BadAnswerError(f"arXiv sent an empty answer for {answer.url} (HTTP {answer.status}).", hint="Try again.")
        )
    raise NotThereError(
        f"arXiv sent {describe(body, answer.content_type)} in place of LaTeX source at {answer.url}.",
        kind="no-source",
        hint="Use the PDF.",
    )


def _refuse_text(answer: Answer, body: bytes) -> None:
    """Raise for the refusals that come with any status: a plain text, or a page for people in place of data."""
    start = body[:2000].lstrip().lower()
    if start.startswith(b"rate exceeded"):
        raise TryAgain(rate_limited("arXiv", "'Rate exceeded.'"))
    if answer.status == 200 and is_page(body):
        raise RefusedError(
            f"arXiv sent {describe(body, answer.content_type)} in place of {answer.url}, most likely a captcha.",
            kind="captcha",
            hint=_BROWSER_HINT,
        )


def _unknown(reference: ArxivReference) -> NotThereError:
    if reference.version is None:
        return NotThereError(f"arXiv knows no paper {reference}.", hint="Compare the id with the paper.")
    return NotThereError(
        f"arXiv knows no paper {reference.id} with a version {reference.version}.",
        hint=f"Leave out the version to get the latest one: {reference.id}",
    )


def _no_pdf(metadata: Metadata, *, withdrawn: bool) -> NotThereError:
    earlier = ArxivReference(metadata.id, metadata.version - 1)
    hint = f"An earlier version may have one: {earlier}" if earlier.version else _BROWSER_HINT
    if not withdrawn:
        return NotThereError(f"arXiv has no PDF of {metadata.reference}.", kind="no-pdf", hint=hint)
    comment = f" (comment: '{metadata.comment}')" if metadata.comment else ""
    return NotThereError(
        f"arXiv {metadata.reference} is withdrawn and has no PDF{comment}.", kind="withdrawn", hint=hint
    )
