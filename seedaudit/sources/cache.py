"""Files kept in the user's cache folder: whole, or not there at all.

In: a key (a relative path) and bytes. Out: the bytes again, from any later process. The one decision made here is how
a file comes to be: written under ``tmp/``, flushed to disk, then renamed, so that a process killed at any moment
leaves nothing partial under its key. What a key means, and how long it is fresh, is the caller's business.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from seedaudit.errors import CacheError

_LEFTOVER_AGE = 3600.0  # seconds; a temporary file this old belongs to a process that was killed


def default_folder() -> Path:
    """``SEEDAUDIT_CACHE_DIR``, else the user's cache directory on this system."""
    chosen = os.environ.get("SEEDAUDIT_CACHE_DIR")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("seedaudit", appauthor=False))


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

    def write(self, key: str, data: bytes) -> None:
        """Store ``data`` under ``key``, replacing what was there in one step."""
        with self._usable():
            temporary = self.folder / "tmp"
            temporary.mkdir(parents=True, exist_ok=True)
            self._remove_leftovers(temporary)
            descriptor, name = tempfile.mkstemp(dir=temporary)
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(data)
                    stream.flush()
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
