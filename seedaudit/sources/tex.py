r"""A paper's LaTeX source on disk -> one value that holds all of it.

In: a folder, or its main file. Out: a zip archive of the text files that belong to the paper, the same bytes each time.
Also: whether bytes that a host sent are such source. The one decision made here: which files belong. Of a folder all
that TeX reads; of a single file those that it names, and those that these name, as far as they lie in its folder.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from seedaudit.errors import UnreadablePaperError

ENDINGS = frozenset((".tex", ".ltx", ".latex"))
"""Of files that a paper begins with."""
_READ = ENDINGS | {".bbl", ".bib", ".sty", ".cls", ".tikz", ".def", ".json", ".xxx"}
_LARGEST = 20_000_000  # bytes of one file
_ALL = 80_000_000  # bytes of a paper
_MOST = 3_000  # files
_LOOKED_AT = 400_000  # bytes of a file, for the beginning of a document
_BEGINS = re.compile(rb"^[^%\n]*\\begin\s*\{document\}", re.MULTILINE)
_TEX = re.compile(rb"\\(?:document(?:class|style)\b|begin\s*\{document\}|input\b|magnification\b)")
_NAMED = re.compile(
    r"\\(?:input|include|subfile|subfileinclude|InputIfFileExists|bibliography|addbibresource|usepackage|RequirePackage)"
    r"\s*(?:\[[^\]]*\])?\s*\{?([^{}\\%\s][^{}\\%\n]*)|\\(?:sub)?import\s*\{([^{}]*)\}\s*\{([^{}]*)\}"
)


def is_source(data: bytes) -> bool:
    """Whether bytes, not compressed, are a tar archive or a file of TeX."""
    return data[257:262] == b"ustar" or (b"\0" not in data[:4096] and _TEX.search(data) is not None)


def is_tex_folder(folder: Path) -> bool:
    """Whether a folder is one paper's source: a document begins in it, or in one folder of it beside no PDF."""
    try:
        if _begins_in(folder):
            return True
        entries = list(folder.iterdir())
        if any(path.suffix.lower() == ".pdf" for path in entries):
            return False
        inner = [path for path in entries if path.is_dir() and not path.name.startswith(".")]
        return len(inner) <= 20 and sum(map(_begins_in, inner)) == 1
    except OSError:
        return False


def _begins_in(folder: Path) -> bool:
    for path in folder.iterdir():
        if path.suffix.lower() in ENDINGS and path.is_file():
            with path.open("rb") as stream:
                if _BEGINS.search(stream.read(_LOOKED_AT)):
                    return True
    return False


def pack_folder(folder: Path) -> bytes:
    """The text files of a folder. Raises UnreadablePaperError (``unreadable``, ``too-large``)."""
    return _packed(folder, sorted(_walk(folder)))


def pack_file(path: Path) -> bytes:
    """A main file with those that it names. Raises UnreadablePaperError (``unreadable``, ``too-large``)."""
    root = path.parent.resolve()
    found = [path.parent / path.name]
    beside = path.with_suffix(".bbl")
    if beside.is_file():
        found.append(beside)
    for one in found:
        try:
            text = one.read_bytes()[:_LARGEST].decode("utf-8", "replace")
        except OSError as error:
            raise _unreadable(one, error) from error
        for name in _names(text):
            for folder in dict.fromkeys((path.parent, one.parent)):
                inner = _inside(folder, name, root)
                if inner is not None and inner not in found and len(found) < _MOST:
                    found.append(inner)
    return _packed(path.parent, found)


def _names(text: str) -> Iterator[str]:
    for match in _NAMED.finditer(text):
        if match[2] is not None:
            yield f"{match[2].strip()}/{match[3].strip()}"
        else:
            yield from (name.strip().strip('"') for name in match[1].split(","))


def _inside(folder: Path, name: str, root: Path) -> Path | None:
    """The file that a name means, where it lies in ``root``; a path that leads out is looked for by its last parts."""
    parts = [part for part in name.split("/") if part not in {"", "."}]
    for first in range(len(parts)):
        for ending in ("", ".tex", ".bib", ".sty"):
            path = folder.joinpath(*parts[first:])
            path = path.with_name(path.name + ending)
            if path.suffix.lower() in _READ and path.is_file() and path.resolve().is_relative_to(root):
                return Path(os.path.normpath(path))
        if ".." not in parts:
            return None
    return None


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if path.suffix.lower() in _READ and not name.startswith(".") and not path.is_symlink():
                yield path


def _packed(folder: Path, paths: list[Path]) -> bytes:
    left = _ALL
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in paths[:_MOST]:
            try:
                if path.stat().st_size > _LARGEST:
                    continue
                content = path.read_bytes()
            except OSError as error:
                raise _unreadable(path, error) from error
            left -= len(content)
            if left < 0:
                raise UnreadablePaperError(
                    f"The source in {folder} is larger than {_ALL // 1_000_000} MB.",
                    kind="too-large",
                    hint="Name the paper's main .tex file.",
                )
            archive.writestr(zipfile.ZipInfo(path.relative_to(folder).as_posix()), content)
    return packed.getvalue()


def _unreadable(path: Path, error: OSError) -> UnreadablePaperError:
    return UnreadablePaperError(
        f"{path} cannot be read: {(error.strerror or str(error)).lower()}.",
        hint="Check that the file is there and readable for you.",
    )
