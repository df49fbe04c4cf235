"""Submissions on OpenReview: the id of a forum -> the PDF, and the metadata from the API.

In: an :class:`OpenReviewReference`. Out: a :class:`Paper`. The one decision made here: the API of version 2 is asked,
then that of version 1, which has the older venues; a day later the note is asked for again, and the PDF only when the
note names another one.

The cache holds, below ``openreview/``, the PDF and its record under a hash of the id: ids differ by case alone.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from seedaudit.errors import BadAnswerError, FetchError, NotThereError
from seedaudit.sources import bases
from seedaudit.sources.answers import describe, read_pdf
from seedaudit.sources.http import Answer, Client, TryAgain
from seedaudit.sources.paper import Metadata, Paper
from seedaudit.sources.reference import OpenReviewReference
from seedaudit.sources.shelf import Kept, Shelf, file_key, passes

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


class OpenReview:
    """Fetches papers through ``client``, or, with ``offline``, only from its cache."""

    def __init__(self, client: Client, *, offline: bool = False) -> None:
        self._client = client
        self._site = bases.base_url(bases.OPENREVIEW)
        self._apis = (
            ("OpenReview API", bases.base_url(bases.OPENREVIEW_API)),
            ("OpenReview API 1", bases.base_url(bases.OPENREVIEW_API1)),
        )
        self._offline = offline
        self._shelf = Shelf(client, "openreview", lasting=False, offline=offline)

    def fetch(self, reference: OpenReviewReference) -> Paper:
        """The paper, from the cache where that is allowed. Raises a subclass of :class:`FetchError`."""
        key = file_key(reference.id)
        kept = self._shelf.find(key)
        if kept is None:
            if self._offline:
                raise self._shelf.unknown_offline(f"OpenReview {reference}")
            with self._client.alone(f"openreview/{key}"):
                kept = self._shelf.find(key) or self._ask(reference, key)
        metadata = kept.metadata
        return Paper(
            source=reference.source or str(reference),
            form="pdf",
            data=kept.data,
            id=f"openreview:{reference}",
            title=metadata.title,
            year=metadata.year,
            authors=metadata.authors,
            venue=metadata.venue,
            ids=metadata.ids,
        )

    def _ask(self, reference: OpenReviewReference, key: str) -> Kept:
        self._client.say(f"asking OpenReview about {reference}")
        try:
            note = self._note(reference)
        except NotThereError as error:
            self._shelf.miss(key, error)
            raise
        except FetchError as error:
            if not passes(error):
                raise
            note = {}  # the API refuses more than the site does
        metadata, stamp = _read_note(note)
        before = self._shelf.find(key, any_age=True)
        if before is not None and stamp and before.stamp == stamp:
            kept = Kept(metadata, "pdf", before.data, stamp=stamp)
            self._shelf.keep(key, kept)
            return kept
        with self._client.lane("OpenReview") as lane:
            self._client.say(f"fetching OpenReview {reference}")
            try:
                pdf = lane.get(f"{self._site}/pdf?id={reference}", read_pdf)
            except NotThereError:
                missing = NotThereError(
                    f"OpenReview has no PDF of {reference}.",
                    kind="no-pdf",
                    hint=f"It may be hidden or withdrawn: see {self._site}/forum?id={reference}",
                )
                self._shelf.miss(key, missing)
                raise missing from None
            kept = Kept(metadata, "pdf", pdf, stamp=stamp)
            self._shelf.keep(key, kept)
        return kept

    def _note(self, reference: OpenReviewReference) -> dict[str, Any]:
        """The note as the API of version 2 writes it, from either API."""
        refused: FetchError | None = None
        for name, api in self._apis:
            try:
                with self._client.lane(name) as lane:
                    notes = lane.get(f"{api}/notes?id={reference}", _read_notes)
            except FetchError as error:
                if not passes(error):
                    raise
                refused = error  # one may refuse what the other has
                continue
            if notes:
                return notes[0]
        if refused is not None:
            raise refused
        raise NotThereError(f"OpenReview knows no submission {reference}.", hint="Compare the id with the URL.")


def _read_notes(answer: Answer) -> list[dict[str, Any]]:
    """The notes in an answer of the API; none for an id that it does not know."""
    body = answer.unpacked()
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if answer.status in {400, 404} and (told is None or isinstance(told, dict)):
        return []
    if not isinstance(told, dict) or not isinstance(told.get("notes"), list):
        error = BadAnswerError(
            f"The OpenReview API sent {describe(body, answer.content_type)} (HTTP {answer.status}), no notes.",
            hint="Try again later; SEEDAUDIT_OPENREVIEW_API_URL must name the API, if it is set.",
        )
        raise TryAgain(error) if answer.status == 200 else error
    return [note for note in told["notes"] if isinstance(note, dict)]


def _read_note(note: dict[str, Any]) -> tuple[Metadata, str]:
    """Metadata, and what changes when the PDF does. Fields are under ``value`` in version 2, bare in version 1."""
    content = note.get("content") or {}

    def field(name: str) -> Any:
        value = content.get(name)
        return value.get("value") if isinstance(value, dict) else value

    authors = field("authors")
    venue = " ".join(str(field("venue") or "").split())
    date = note.get("pdate") or note.get("odate") or note.get("cdate")
    year = _YEAR.search(venue)
    metadata = Metadata(
        title=" ".join(str(field("title") or "").split()),
        authors=tuple(map(str, authors)) if isinstance(authors, list) else (),
        year=int(year[0]) if year else datetime.fromtimestamp(date / 1000, UTC).year if date else None,
        venue=venue,
    )
    return metadata, str(field("pdf") or "")
