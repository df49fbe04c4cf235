"""Papers in the ACL Anthology: an id -> the PDF, and the metadata from its MODS record.

In: an :class:`AnthologyReference`, or the id of a volume. Out: a :class:`Paper`, or the papers of the volume. The one
decision made here: what the Anthology gave once is never asked for again, since it marks every change by a new id
(``v2``); and a paper without its metadata is still a paper.

The cache holds, below ``acl/``, ``<id>.pdf`` and ``<id>.json``; below ``acl/volumes/`` what a volume holds, for a day.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Any
from xml.etree import ElementTree

from seedaudit.errors import BadAnswerError, FetchError, NotThereError
from seedaudit.sources import bases
from seedaudit.sources.answers import describe, read_content, read_pdf
from seedaudit.sources.http import Answer, Client, Lane
from seedaudit.sources.paper import Metadata, Paper
from seedaudit.sources.reference import AnthologyReference, from_url
from seedaudit.sources.shelf import DAY, Kept, Shelf

_LANE = "ACL Anthology"
_MODS = "{http://www.loc.gov/mods/v3}"
_YEAR = re.compile(r"(?:19|20)\d\d")


class Anthology:
    """Fetches papers through ``client``, or, with ``offline``, only from its cache."""

    def __init__(self, client: Client, *, offline: bool = False) -> None:
        self._client = client
        self._base = bases.base_url(bases.ACL)
        self._offline = offline
        self._shelf = Shelf(client, "acl", lasting=True, offline=offline)

    def fetch(self, reference: AnthologyReference) -> Paper:
        """The paper, from the cache where it is there. Raises a subclass of :class:`FetchError`."""
        key = str(reference)
        kept = self._shelf.find(key)
        if kept is None:
            if self._offline:
                raise self._shelf.unknown_offline(f"ACL Anthology {reference}")
            with self._client.lane(_LANE) as lane:
                kept = self._shelf.find(key)  # another process may have fetched it while this one waited
                if kept is None:
                    kept = self._ask(lane, reference)
                    self._shelf.keep(key, kept)
        metadata = kept.metadata
        return Paper(
            source=reference.source or key,
            form="pdf",
            data=kept.data,
            id=f"acl:{reference}",
            title=metadata.title,
            year=metadata.year,
            authors=metadata.authors,
            venue=metadata.venue,
            ids=metadata.ids,
        )

    def volume(self, identity: str) -> list[tuple[AnthologyReference, Metadata]]:
        """The papers of a volume (``2023.acl-long``, ``P18-1``) and their metadata, without its front matter.

        One request a day, which gives the metadata of all its papers as well.

        Raises :class:`NotThereError` where the Anthology has no such volume, or another :class:`FetchError`.
        """
        identity = identity.upper() if "." not in identity else identity.lower()
        key = f"acl/volumes/{identity}.json"
        record = self._client.cache.record(key)
        age = self._client.clock.now() - record.get("checked", 0.0)
        if not record or not (self._offline or 0 <= age < DAY):
            if self._offline:
                raise self._shelf.unknown_offline(f"What the volume {identity} holds")
            self._client.say(f"asking the ACL Anthology what {identity} holds")
            try:
                with self._client.lane(_LANE) as lane:
                    papers = lane.get(
                        f"{self._base}/volumes/{identity}.bib", lambda answer: _read_bib(answer, identity)
                    )
            except NotThereError:
                raise NotThereError(
                    f"The ACL Anthology has no volume {identity}.", hint="A volume looks like 2023.acl-long or P18-1."
                ) from None
            record = {
                "checked": self._client.clock.now(),
                "papers": {name: asdict(metadata) for name, metadata in papers.items()},
            }
            self._client.cache.write(key, json.dumps(record, ensure_ascii=False).encode())
        return [(AnthologyReference(name), _as_metadata(told)) for name, told in record["papers"].items()]

    def _from_volume(self, identity: str) -> Metadata | None:
        """The metadata of a paper from its volume, if that has been asked for."""
        volumes = [identity.rpartition(".")[0]] if "." in identity else [identity[:5], identity[:6]]
        for volume in volumes:
            record = self._client.cache.record(f"acl/volumes/{volume}.json")
            if told := record.get("papers", {}).get(identity):
                return _as_metadata(told)
        return None

    def _ask(self, lane: Lane, reference: AnthologyReference) -> Kept:
        self._client.say(f"fetching ACL Anthology {reference}")
        try:
            pdf = lane.get(f"{self._base}/{reference}.pdf", read_pdf)
        except NotThereError:
            error = NotThereError(
                f"The ACL Anthology has no paper {reference}.",
                hint=f"Compare the id with the page of the paper: {self._base}/{reference.id}/",
            )
            self._shelf.miss(str(reference), error)
            raise error from None
        metadata = self._from_volume(reference.id)
        if metadata is None:
            try:
                metadata = lane.get(f"{self._base}/{reference.id}.xml", _read_mods)
            except FetchError:
                metadata = Metadata()
        return Kept(metadata, "pdf", pdf)


def _as_metadata(told: dict[str, Any]) -> Metadata:
    return Metadata(**told | {"authors": tuple(told["authors"]), "ids": tuple(told["ids"])})


def _read_bib(answer: Answer, volume: str) -> dict[str, Metadata]:
    """The papers in the .bib file of a volume by their ids, without the front matter."""
    from seedaudit.sources.formats import plain_latex, read_bibtex

    text = answer.unpacked().decode("utf-8", "replace")
    if answer.status != 200 or not re.search(r"^@\w+\{", text, re.M):
        read_content(answer)  # raises for the usual refusals
        raise BadAnswerError(
            f"The ACL Anthology sent {describe(answer.body)} for the volume {volume}.", hint="Try again later."
        )
    found: dict[str, Metadata] = {}
    for item in read_bibtex(text):
        named = next((name for url in item.names if isinstance(name := from_url(url), AnthologyReference)), None)
        if named is not None:
            authors = re.split(r"\s+and\s+", item.fields.get("author", "").strip('{}"'))
            found[named.id] = Metadata(
                item.title,
                tuple(" ".join(reversed(plain_latex(author).split(", ", 1))) for author in authors if author),
                item.year,
                item.venue,
                tuple(f"doi:{name.lower()}" for name in item.names if name.startswith("10.")),
            )
    return found


def _read_mods(answer: Answer) -> Metadata:
    """The metadata in a MODS record; empty where there is none."""
    try:
        mods = ElementTree.fromstring(answer.unpacked()).find(f".//{_MODS}mods")
    except ElementTree.ParseError:
        mods = None
    if answer.status != 200 or mods is None:
        return Metadata()

    def text(path: str) -> str:
        return " ".join("".join(node.itertext() if (node := mods.find(path)) is not None else ()).split())

    authors = [
        " ".join(part.text for part in name.findall(f"{_MODS}namePart") if part.text)
        for name in mods.findall(f"{_MODS}name")
        if "author" in [(term.text or "").strip() for term in name.iter(f"{_MODS}roleTerm")]
    ]
    year = _YEAR.search(text(f"{_MODS}originInfo/{_MODS}dateIssued") or text(f".//{_MODS}dateIssued"))
    doi = text(f"{_MODS}identifier[@type='doi']").lower()
    return Metadata(
        title=text(f"{_MODS}titleInfo/{_MODS}title"),
        authors=tuple(authors),
        year=int(year[0]) if year else None,
        venue=text(f"{_MODS}relatedItem[@type='host']/{_MODS}titleInfo/{_MODS}title"),
        ids=(f"doi:{doi}",) if doi else (),
    )
