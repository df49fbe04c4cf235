"""The papers of one host in the cache: bytes, metadata, and what the host was found not to have.

In: a key of the host (``P18-1023``). Out: what is known about it. The one decision made here: how long that holds. A
paper that its host never changes is kept for good; one that it may change, and what it did not have, for a day;
offline, everything counts whatever its age.

Below the host's folder lie ``<key>.json`` and, written before it, ``<key>.pdf`` or ``<key>.html``.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from seedaudit.errors import FetchError, NotThereError, OfflineError
from seedaudit.sources.http import Client
from seedaudit.sources.paper import Metadata

DAY = 86_400.0  # seconds
_SCHEMA = 1  # of the records: raise it when Metadata changes


@dataclass(frozen=True, slots=True)
class Kept:
    """What lies on the shelf for one key; ``form`` and ``data`` are empty where only the metadata are there."""

    metadata: Metadata
    form: Literal["pdf", "html", ""] = ""
    data: bytes = field(default=b"", repr=False)
    leads_to: str = ""
    """The URL of another host that has the paper, where this one only points there."""
    stamp: str = ""
    """What the host said about the state of the paper when it was fetched."""


class Shelf:
    """What the cache holds of one host; ``lasting``: the host never changes a paper."""

    def __init__(self, client: Client, folder: str, *, lasting: bool, offline: bool) -> None:
        self._cache = client.cache
        self._now = client.clock.now
        self._folder = folder
        self._lasting = lasting
        self._offline = offline

    def find(self, key: str, *, any_age: bool = False) -> Kept | None:
        """What is known and still holds, or with ``any_age`` what is known at all.

        Raises :class:`NotThereError` again where the host was found not to have the paper.
        """
        record = self._record(key)
        fresh = self._offline or 0 <= self._now() - float(record.get("checked", 0)) < DAY
        if "missing" in record:
            if fresh and not any_age:
                raise NotThereError(**record["missing"])
            return None
        if not record or not (self._lasting or fresh or any_age):
            return None
        form = record["form"]
        data = self._cache.read(f"{self._folder}/{key}.{form}") if form else b""
        if data is None:
            return None
        told = record["metadata"]
        metadata = Metadata(**told | {"authors": tuple(told["authors"]), "ids": tuple(told["ids"])})
        return Kept(metadata, form, data, record["leads_to"], record["stamp"])

    def keep(self, key: str, kept: Kept) -> None:
        """Put ``kept`` on the shelf, the bytes first: a record says that they are whole."""
        if kept.form:
            self._cache.write(f"{self._folder}/{key}.{kept.form}", kept.data)
        self._write(key, metadata=asdict(kept.metadata), form=kept.form, leads_to=kept.leads_to, stamp=kept.stamp)

    def miss(self, key: str, error: NotThereError) -> None:
        """Remember that the host does not have the paper."""
        self._write(key, missing={"message": error.message, "hint": error.hint, "kind": error.kind})

    def unknown_offline(self, what: str) -> OfflineError:
        """The error for a paper that is not on the shelf when no host may be asked."""
        return OfflineError(
            f"{what} is not in the cache ({self._cache.folder}).", hint="Fetch it once without --offline."
        )

    def _record(self, key: str) -> dict[str, Any]:
        """The record; empty if there is none, or if another release wrote it otherwise."""
        record = self._cache.record(f"{self._folder}/{key}.json")
        return record if record.get("schema") == _SCHEMA else {}

    def _write(self, key: str, **content: object) -> None:
        record = {"schema": _SCHEMA, "checked": self._now(), **content}
        self._cache.write(f"{self._folder}/{key}.json", json.dumps(record, ensure_ascii=False).encode())


def file_key(name: str) -> str:
    """A key for any name, in characters and length that every file system takes, whatever the case."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def passes(error: FetchError) -> bool:
    """Whether what went wrong with one request leaves the others a chance: the host still answers."""
    return error.kind not in {"network", "timeout", "tls", "offline", "cache", "rate-limited"}
