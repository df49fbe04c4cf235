"""A report -> a file, written whole or not at all.

In: the text or the bytes of a report and where it goes. Out: the file. The one decision owned here: a reader of the
file sees the old report or the new one, never half of one.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from seedaudit.errors import UsageError


def write(report: str | bytes, path: Path) -> None:
    """Write ``report`` (text as UTF-8) to ``path``, replacing a file that is there; line ends are kept as they are.

    Raises UsageError (kind ``output``) where the folder is missing, ``path`` is a folder, or writing is not allowed.
    """
    path = Path(path)
    data = report if isinstance(report, bytes) else report.encode("utf-8", "backslashreplace")
    folder = path.parent
    if not folder.is_dir():
        raise UsageError(f"{path}: the folder {folder} does not exist", hint="create the folder first", kind="output")
    if path.is_dir():
        raise UsageError(f"{path} is a folder", hint="name a file to write to", kind="output")
    if path.exists() and not path.is_file():
        # A pipe or /dev/stdout cannot be replaced, and a reader of it sees a stream in any case.
        _stream(data, path)
        return
    # A link keeps pointing where it points: what is replaced is the file behind it.
    target = path.resolve()
    try:
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".tmp", dir=target.parent)
    except OSError as error:
        raise _refused(path, error) from error
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.chmod(mode)
        partial.replace(target)
    except OSError as error:
        raise _refused(path, error) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _stream(data: bytes, path: Path) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise _refused(path, error) from error


def _umask() -> int:
    # The only way to read the mask is to set it.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _refused(path: Path, error: OSError) -> UsageError:
    return UsageError(
        f"{path} cannot be written: {error.strerror or error}",
        hint="choose a place that you may write to",
        kind="output",
    )
