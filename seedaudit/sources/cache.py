"""Files kept in the user's cache folder: whole, or not there at all.

In: a key (a relative path) and bytes. Out: the bytes again, from any later process. The one decision made here is how
a file comes to be: written under ``tmp/``, flushed to disk, then renamed, so that a process killed at any moment
leaves nothing partial under its key. What a key means, and how long it is fresh, is the caller's business.

Beside a paper lies its hash (``<key>.sha256``), so that a disk that lies can be found out; records (``.json``) and
what the lanes write need none.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import platformdirs

from seedaudit.errors import CacheError

_LEFTOVER_AGE = 3600.0  # seconds; a temporary file this old belongs to a process that was killed


def default_folder() -> Path:
    """``SEEDAUDIT_CACHE_DIR``, else the user's cache directory on this system."""
    chosen = os.environ.get("SEEDAUDIT_CACHE_DIR")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("seedaudit", appauthor=False))


_NO_PAPERS = frozenset((".json", ".sha256", ".lock"))
_OWN = ("lanes", "tmp")  # the folders that hold no papers


@dataclass(frozen=True, slots=True)
class Held:
    """A paper in the cache: its key, its size in bytes, and when it was written, in seconds since the epoch."""

    key: str
    size: int
    written: float


class Cache:
    """A folder of whole files. Every method raises :class:`CacheError` when the folder cannot be used."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: str) -> Path:
        """Where the file of ``key`` lies, or would lie."""
        return self.folder / key

    def read(self, key: str) -> bytes | None:
        """The bytes of ``key``, or None."""
        with self._usable():
            try:
                return self.path(key).read_bytes()
            except FileNotFoundError:
                return None

    def record(self, key: str) -> dict[str, Any]:
        """The JSON object of ``key``; empty where there is none, or none that can be read: it is asked for again."""
        try:
            told = json.loads(self.read(key) or b"{}")
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}

    def write(self, key: str, data: bytes, *, flush: bool = True) -> None:
        """Store ``data`` under ``key``, replacing what was there in one step; beside a paper its hash.

        Without ``flush`` the bytes may be lost when the machine stops, though not when the process does.
        """
        self._place(key, data, flush=flush)
        if Path(key).suffix not in _NO_PAPERS:
            self._place(f"{key}.sha256", hashlib.sha256(data).hexdigest().encode(), flush=False)

    def papers(self) -> list[Held]:
        """The papers that the cache holds, sorted by key."""
        with self._usable():
            found = []
            for place, folders, names in os.walk(self.folder):
                if Path(place) == self.folder:
                    folders[:] = [name for name in folders if name not in _OWN]
                for name in names:
                    path = Path(place, name)
                    if path.suffix not in _NO_PAPERS:
                        facts = path.stat()
                        found.append(Held(path.relative_to(self.folder).as_posix(), facts.st_size, facts.st_mtime))
            return sorted(found, key=lambda held: held.key)

    def verify(self, key: str) -> Literal["whole", "damaged", "unknown"]:
        """Whether the paper of ``key`` is what was written; ``unknown`` where no hash lies beside it."""
        told, data = self.read(f"{key}.sha256"), self.read(key)
        if told is None or data is None:
            return "unknown"
        return "whole" if hashlib.sha256(data).hexdigest().encode() == told else "damaged"

    def remove(self, key: str) -> None:
        """Take the paper of ``key`` out of the cache, so that it is fetched again when it is wanted."""
        with self._usable():
            for name in (key, f"{key}.sha256"):
                self.path(name).unlink(missing_ok=True)

    def clear(self) -> None:
        """Take everything out of the cache but the times of the last requests, which hold whatever was fetched."""
        with self._usable():
            for path in self.folder.iterdir() if self.folder.is_dir() else ():
                if path.name == "lanes":
                    continue
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()

    def _place(self, key: str, data: bytes, *, flush: bool) -> None:
        with self._usable():
            temporary = self.folder / "tmp"
            temporary.mkdir(parents=True, exist_ok=True)
            self._remove_leftovers(temporary)
            descriptor, name = tempfile.mkstemp(dir=temporary)
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(data)
                    stream.flush()
                    if flush:
                        os.fsync(stream.fileno())
                target = self.path(key)
                target.parent.mkdir(parents=True, exist_ok=True)
                Path(name).replace(target)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise

    def keys(self, folder: str, pattern: str) -> list[str]:
        """The keys directly under ``folder`` whose last part matches the glob ``pattern``, sorted."""
        with self._usable():
            return sorted(f"{folder}/{path.name}" for path in self.path(folder).glob(pattern))

    @contextlib.contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise CacheError(
                f"The cache folder {self.folder} cannot be used: {(error.strerror or str(error)).lower()}.",
                hint="Set SEEDAUDIT_CACHE_DIR to a folder that you can write to.",
            ) from error

    @staticmethod
    def _remove_leftovers(temporary: Path) -> None:
        oldest = time.time() - _LEFTOVER_AGE
        for path in temporary.iterdir():
            with contextlib.suppress(FileNotFoundError):  # another process may be doing the same
                if path.stat().st_mtime < oldest:
                    path.unlink()
