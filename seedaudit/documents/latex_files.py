"""Archives of TeX files, in memory.

In: the bytes of a tar (gzipped or not), a zip, a gzipped TeX file or a TeX file. Out: the text files in it by name, and
which of them is the main one. The one decision made here: an archive is known by its bytes, and nothing of it is ever
written to disk, so that no name in it can lead anywhere.
"""

from __future__ import annotations

import gzip
import io
import json
import posixpath
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator

from seedaudit.errors import UnreadablePaperError

LARGEST = 20_000_000
"""Bytes of one file that are read."""
_ALL = 80_000_000  # of all files
_MOST = 5_000  # files
_ENDINGS = (
    ".tex",
    ".ltx",
    ".latex",
    ".bbl",
    ".bib",
    ".sty",
    ".cls",
    ".tikz",
    ".def",
    ".txt",
    ".xxx",
    ".json",
    ".inp",
    ".pgf",
)
_CLASS = re.compile(r"^[^%\n]*\\document(?:class|style)\b\s*(?:\[[^\]]*\])?\s*\{([^}]*)\}", re.MULTILINE)
_BEGIN = re.compile(r"^[^%\n]*\\begin\s*\{document\}", re.MULTILINE)
_INPUT = re.compile(r"^[^%\n]*\\(?:input|include|subfile)\s*\{?\s*([^\s{}]+)", re.MULTILINE)
_NOT_A_PAPER = re.compile(r"beamer|poster|standalone|letter|subfiles|moderncv|minimal|slides")
_LIKELY = ("main", "paper", "ms", "article", "manuscript", "root")
_TEX = re.compile(r"\\(?:document(?:class|style)|begin\s*\{|section|input|title|def\b|usepackage)")


def _kind(data: bytes) -> str:
    if data[:2] == b"\x1f\x8b":
        return "gzip"
    if data[:4] in {b"PK\x03\x04", b"PK\x05\x06"}:
        return "zip"
    if data[257:262] == b"ustar":
        return "tar"
    return ""


def unpack(data: bytes, named: str) -> dict[str, str]:
    """The text files in ``data`` by name; raise UnreadablePaperError where there are none.

    A single TeX file is called ``main.tex``.
    """
    if not data.strip():
        raise UnreadablePaperError(f"{named} is empty", kind="empty", hint="Fetch or export the source again.")
    kind = _kind(data)
    try:
        if kind == "gzip":
            data = _gunzip(data, named)
            kind = _kind(data)
        if kind == "tar":
            found = dict(_from_tar(data, named))
        elif kind == "zip":
            found = dict(_from_zip(data, named))
        else:
            found = {"main.tex": _one_file(data, named)}
    except (
        tarfile.TarError,
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise UnreadablePaperError(
            f"{named} is damaged: {str(error) or type(error).__name__}", kind="damaged", hint="Fetch the archive again."
        ) from error
    if not any(name.endswith((".tex", ".ltx", ".latex")) for name in found):
        raise UnreadablePaperError(
            f"{named} holds no TeX file", kind="no-tex", hint="Give the folder or archive with the paper's .tex files."
        )
    return {name: _decode(content) for name, content in found.items()}


def find_main(files: dict[str, str], main: str, named: str) -> str:
    """The file that TeX is given; ``main`` where it is there. Raise UnreadablePaperError where none can be."""
    if main and main in files:
        return main
    if (told := _told(files)) is not None:
        return told
    tex = [name for name in files if name.endswith((".tex", ".ltx", ".latex"))]
    whole = [name for name in tex if _BEGIN.search(files[name])] or [name for name in tex if _CLASS.search(files[name])]
    if not whole and len(tex) == 1:
        return tex[0]
    if not whole:
        whole = [name for name in tex if "\\section" in files[name] or "\\bye" in files[name]]
    if not whole:
        raise UnreadablePaperError(
            f"none of the {len(tex)} TeX files in {named} begins a document",
            kind="no-main",
            hint="Name the paper's main .tex file.",
        )
    return min(whole, key=lambda name: _rank(name, files))


def _rank(name: str, files: dict[str, str]) -> tuple[bool, int, int, bool, str]:
    """The smaller, the likelier: a paper, high up, long with all that it includes."""
    text = files[name]
    document_class = found[1] if (found := _CLASS.search(text)) else ""
    stem = posixpath.splitext(posixpath.basename(name))[0].lower()
    return (
        _NOT_A_PAPER.search(document_class) is not None,
        name.count("/"),
        -(_size(name, files, set()) // 2000),
        stem not in _LIKELY,
        name,
    )


def _size(name: str, files: dict[str, str], seen: set[str]) -> int:
    if name in seen or name not in files:
        return 0
    seen.add(name)
    text = files[name]
    folder = posixpath.dirname(name)
    return len(text) + sum(
        _size(posixpath.normpath(posixpath.join(folder, found[1] + ending)), files, seen)
        for found in _INPUT.finditer(text)
        for ending in ("", ".tex")
    )


def _told(files: dict[str, str]) -> str | None:
    """The main file that arXiv's own notes name."""
    for name, text in files.items():
        if posixpath.basename(name).lower() == "00readme.json":
            try:
                listed = json.loads(text).get("sources", [])
            except (ValueError, AttributeError):
                continue
            for one in listed:
                if isinstance(one, dict) and one.get("usage") == "toplevel" and one.get("filename") in files:
                    return str(one["filename"])
        if posixpath.basename(name).lower() == "00readme.xxx":
            for line in text.splitlines():
                words = line.split()
                if len(words) == 2 and words[1] == "toplevelfile" and words[0] in files:
                    return words[0]
    return None


def _gunzip(data: bytes, named: str) -> bytes:
    with gzip.open(io.BytesIO(data)) as stream:
        content = stream.read(_ALL + 1)
    if len(content) > _ALL:
        raise _too_large(named)
    return content


def _from_tar(data: bytes, named: str) -> Iterator[tuple[str, bytes]]:
    left, count = _ALL, 0
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for member in archive:
            count += 1
            name = _name(member.name)
            if count > _MOST:
                raise _too_large(named)
            if not member.isfile() or name is None or member.size > LARGEST:
                continue
            left -= member.size
            if left < 0:
                raise _too_large(named)
            stream = archive.extractfile(member)
            if stream is not None:
                yield name, stream.read()


def _from_zip(data: bytes, named: str) -> Iterator[tuple[str, bytes]]:
    left = _ALL
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        listed = archive.infolist()
        if len(listed) > _MOST:
            raise _too_large(named)
        for member in listed:
            name = _name(member.filename)
            is_link = (member.external_attr >> 16) & 0o170000 == 0o120000
            if member.is_dir() or is_link or name is None or member.file_size > LARGEST:
                continue
            with archive.open(member) as stream:
                content = stream.read(min(LARGEST, left) + 1)
            left -= len(content)
            if left < 0:
                raise _too_large(named)
            yield name, content


def _name(name: str) -> str | None:
    """A member's name inside the archive; None for what is no text, or leads out of it."""
    path = posixpath.normpath(name.replace("\\", "/"))
    if path.startswith(("/", "..")) or "\0" in path or re.match(r"[A-Za-z]:", path):
        return None
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.split("/"))
    return path if path.lower().endswith(_ENDINGS) and not hidden else None


def _one_file(data: bytes, named: str) -> bytes:
    if b"\0" in data[:4096] or _TEX.search(data[:200_000].decode("latin-1")) is None:
        raise UnreadablePaperError(
            f"{named} is no TeX source", kind="not-tex", hint="Give .tex, .tar.gz or .zip, or the paper's PDF."
        )
    return data


def _too_large(named: str) -> UnreadablePaperError:
    return UnreadablePaperError(
        f"{named} unpacks to more than {_ALL // 1_000_000} MB or {_MOST} files",
        kind="too-large",
        hint="Leave out what is no TeX source.",
    )


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
