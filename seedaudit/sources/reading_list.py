"""What the user named, or a file in which people keep references -> the papers that are meant.

In: sources as typed (papers, lists, folders, globs, searches), or the text of a list. Out: :class:`Entries`, one for
each paper in order, each with its reference or the error that says why there is none. The decisions made here: what a
source is; which of an entry's names is used (a file that is there, then the hosts that give every paper away, then a
DOI, then any URL); and what is the same paper twice.

A text file, or standard input, is a list where at least half of its lines name something that can be audited, and the
text of a paper otherwise.
"""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from seedaudit.errors import SeedauditError, UnknownReferenceError, UsageError
from seedaudit.sources.paper import is_pdf
from seedaudit.sources.reference import (
    FORMS,
    ArxivReference,
    DoiReference,
    FileReference,
    Reference,
    StandardInput,
    WebReference,
    identity,
    parse,
    remote,
)

if TYPE_CHECKING:
    from seedaudit.sources.formats import Item

LIST_ENDINGS = frozenset((".bib", ".bibtex", ".ris", ".json", ".csv", ".tsv", ".rdf", ".list", ".lst"))
_TEXTS = frozenset((".txt", ".text", ""))  # a list or a paper: by content
_NAMES = frozenset(FORMS) - {".html", ".htm", ".xhtml"}  # in a folder; saved pages come with pages that are no papers
_SAMPLE = 200  # lines that show what a text is
_COMMENT = re.compile(r"(?:^|\s)#.*")
_SEARCH = re.compile(r"arxiv:\s*search\?(?P<query>.*)", re.I | re.S)
_VOLUME = re.compile(
    r"(?:acl:\s*|(?:https?://)?(?:www\.)?aclanthology\.org/volumes/)"
    r"(?P<id>\d{4}\.[a-z0-9_]+-[a-z0-9_]+|[A-Z]\d{2}-\d{1,2})(?:/|\.bib)?",
    re.I,
)
_VERSIONED = re.compile(r"((?:arxiv|acl):.+?)v\d+")
_LARGEST = 500_000_000  # bytes of a list
_NO_PAPER = "The entry names no paper that can be fetched: it has no arXiv id, ACL Anthology id, DOI or URL."
_HINT = "Add a DOI, an id or a URL to the entry, or the path of its PDF."


@dataclass(frozen=True, slots=True)
class Entry:
    """One paper of a list.

    ``source`` is what the list or the user calls it; ``origin`` and ``line`` say where that stands, ``""`` and None for
    what was typed. Either ``reference`` is there, or ``error`` says why not. ``same_as`` says where the same paper
    stood before. ``title``, ``year`` and ``venue`` are what the list says. ``also`` are the identities under which the
    list knows it.
    """

    source: str
    origin: str = ""
    line: int | None = None
    reference: Reference | None = None
    error: SeedauditError | None = field(default=None, compare=False)
    title: str = ""
    year: int | None = None
    venue: str = ""
    same_as: str = ""
    also: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def place(self) -> str:
        """Where the entry stands, as a reader is told."""
        if self.line is None:
            return self.origin or self.source
        return f"{self.origin}, line {self.line}" if self.origin else f"line {self.line}"

    @property
    def located_error(self) -> SeedauditError:
        """The error, with the place of the entry in its message."""
        assert self.error is not None
        where = f"{self.place}: " if self.line is not None else ""
        return type(self.error)(f"{where}{self.error.message}", hint=self.error.hint, kind=self.error.kind)


@dataclass(frozen=True, slots=True)
class Entries:
    """All that a list, or the sources of a command, hold, in order."""

    all: tuple[Entry, ...]

    @property
    def papers(self) -> tuple[Entry, ...]:
        """Each paper once."""
        return tuple(entry for entry in self.all if entry.reference is not None and not entry.same_as)

    @property
    def duplicates(self) -> tuple[Entry, ...]:
        """The entries whose paper stood before."""
        return tuple(entry for entry in self.all if entry.same_as)

    @property
    def unknown(self) -> tuple[Entry, ...]:
        """The entries that name no obtainable paper, each with its error."""
        return tuple(entry for entry in self.all if entry.error is not None)


def expand(
    sources: Iterable[str | os.PathLike[str]],
    *,
    column: str | None = None,
    offline: bool = False,
    notify: Callable[[str], None] | None = None,
) -> Entries:
    """The papers that ``sources`` mean: what stands in lists, lies in folders, fits globs, or is found by a search.

    ``column`` is the one of a CSV file that holds the names; ``offline`` and ``notify`` are for searches. Raises
    :class:`UsageError` for a list that cannot be read, and :class:`FetchError` for a search that finds no answer.
    """
    reader = _Reader(column, offline, notify)
    return _once(entry for source in sources for entry in reader.source(os.fspath(source)))


def read_list(text: str, column: str | None = None, *, name: str = "", folder: Path | None = None) -> Entries:
    """The papers of a list in any of the forms; ``name`` is its file's, ``folder`` where its paths begin.

    Raises :class:`UsageError` for a text of none of the forms.
    """
    return _once(_Reader(column, False, None).text(text, name, folder or Path()))


def is_list(text: str) -> bool:
    """Whether a text is a list of papers rather than a paper."""
    return _form_of(text) != ""


class _Reader:
    def __init__(self, column: str | None, offline: bool, notify: Callable[[str], None] | None) -> None:
        self._column = column
        self._offline = offline
        self._notify = notify

    def source(self, typed: str, origin: str = "", line: int | None = None) -> Iterator[Entry]:
        """The papers that one source means."""
        if typed.strip() == "-" and line is None:
            yield from self._standard_input()
            return
        if (search := self._of_host(typed)) is not None:
            yield from (replace(entry, origin=origin or typed, line=line) for entry in search())
            return
        path = _path(typed)
        if path is not None and path.is_dir() and not _names_paper(typed):
            yield from self._folder(path, typed, origin, line)
        elif path is not None and path.is_file() and line is None and self._is_list_file(path):
            yield from self.text(_read(path), typed, path.parent)
        elif path is None and glob.has_magic(typed) and not _names_paper(typed):
            yield from self._glob(typed, origin, line)
        else:
            yield _entry(typed, origin, line)

    def text(self, text: str, name: str, folder: Path) -> Iterator[Entry]:
        """The papers of a list; its form is told by the name's ending, or else by its content."""
        ending = Path(name).suffix.lower()
        form = {".bibtex": ".bib", ".tsv": ".csv", ".list": "lines", ".lst": "lines"}.get(ending, ending)
        if form not in {".bib", ".ris", ".json", ".csv", ".rdf", "lines"}:
            form = _form_of(text) or "lines"
        if form == "lines":
            yield from self._lines(text, name, folder)
            return
        from seedaudit.sources import formats

        items: Iterable[formats.Item]
        if form == ".bib":
            items = formats.read_bibtex(text)
        elif form == ".ris":
            items = formats.read_ris(text)
        elif form == ".json":
            items = formats.read_csl(text, name or "The list")
        elif form == ".rdf":
            items = formats.read_rdf(text, name or "The list")
        else:
            items = formats.read_csv(
                text,
                name or "The list",
                self._column,
                lambda cell: _remote(cell) is not None or _means_file(cell, folder) is not None,
            )
        for item in items:
            yield _choose(item, name, folder)

    def _lines(self, text: str, name: str, folder: Path) -> Iterator[Entry]:
        for number, raw in enumerate(text.lstrip("\ufeff").splitlines(), 1):
            line = raw.strip() if _path(raw.strip()) else _COMMENT.sub("", raw).strip()
            if not line:
                continue
            beside = str(folder / line)
            is_pattern = glob.has_magic(line) and _remote(line) is None and self._of_host(line) is None
            if _path(line) is None and (is_pattern or _path(beside)):
                line = beside
            yield from self.source(line, name, number)

    def _standard_input(self) -> Iterator[Entry]:
        data = sys.stdin.buffer.read()
        text = "" if is_pdf(data) else _decode(data)
        if text and (self._column is not None or is_list(text)):
            yield from self.text(text, "standard input", Path())
        else:
            yield Entry("-", reference=StandardInput(data=data))

    def _is_list_file(self, path: Path) -> bool:
        ending = path.suffix.lower()
        if ending in LIST_ENDINGS:
            return True
        if ending not in _TEXTS:
            return False
        with path.open("rb") as stream:
            start = stream.read(200_000)
        return not is_pdf(start) and is_list(_decode(start))

    def _folder(self, folder: Path, typed: str, origin: str, line: int | None) -> Iterator[Entry]:
        """The papers below a folder, in the order of their names; a folder of LaTeX source is one paper."""
        found = False
        for place, folders, names in os.walk(folder):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in list(folders):
                if _names_paper(inner := str(Path(place, name))):
                    folders.remove(name)
                    found = True
                    yield _entry(inner, origin, line)
            for name in sorted(names):
                if Path(name).suffix.lower() in _NAMES and not name.startswith("."):
                    found = True
                    yield _entry(str(Path(place, name)), origin, line)
        if not found:
            error = UnknownReferenceError(
                f"The folder {typed} holds no papers.", hint=f"Papers have the endings {', '.join(sorted(_NAMES))}."
            )
            yield Entry(typed, origin, line, error=error)

    def _glob(self, pattern: str, origin: str, line: int | None) -> Iterator[Entry]:
        try:
            matches = sorted(glob.glob(str(Path(pattern).expanduser()), recursive=True))  # noqa: PTH207 - absolute ones too
        except (OSError, ValueError, RuntimeError):  # a NUL, ~nobody
            matches = []
        if not matches:
            error = UnknownReferenceError(f"Nothing fits the pattern {pattern}.", hint="Compare it with the folder.")
            yield Entry(pattern, origin, line, error=error)
        for match in matches:
            if Path(match).is_file() and Path(match).suffix.lower() in LIST_ENDINGS:
                continue  # a list among the papers that it lists
            if Path(match).is_file() or _names_paper(match):
                yield _entry(match, origin, line)

    def _of_host(self, typed: str) -> Callable[[], list[Entry]] | None:
        """What asks for the papers of a search or a volume; None where ``typed`` is neither."""
        if search := _SEARCH.fullmatch(typed.strip()):
            return lambda: self._search(search["query"])
        if volume := _VOLUME.fullmatch(typed.strip()):
            return lambda: self._volume(volume["id"])
        return None

    def _search(self, query: str) -> list[Entry]:
        from seedaudit.sources import arxiv, cache

        asked = arxiv.Query.parse(query)
        with arxiv.open_arxiv(
            cache.Cache(cache.default_folder()), offline=self._offline, notify=self._notify
        ) as source:
            return [_fetched(paper.reference, paper.title, paper.year, paper.venue) for paper in source.search(asked)]

    def _volume(self, identity: str) -> list[Entry]:
        from seedaudit.sources.anthology import Anthology
        from seedaudit.sources.source import open_client

        with open_client(self._notify) as client:
            held = Anthology(client, offline=self._offline).volume(identity)
        return [_fetched(reference, told.title, told.year, told.venue) for reference, told in held]


def _fetched(reference: Reference, title: str, year: int | None, venue: str) -> Entry:
    source = str(reference)
    named = replace(reference, source=source)
    return Entry(source, reference=named, title=title, year=year, venue=venue, also=_also([reference]))


def _entry(typed: str, origin: str, line: int | None) -> Entry:
    try:
        reference = parse(typed)
    except UnknownReferenceError as error:
        return Entry(typed, origin, line, error=error)
    return Entry(typed, origin, line, reference, also=_also([reference]))


def _choose(item: Item, name: str, folder: Path) -> Entry:
    """The entry of an item: of all that may name its paper, the best."""
    source = item.title or " ".join(item.names) or f"entry on line {item.line}"
    if item.problem:
        error = UnknownReferenceError(f"{item.problem[0].upper()}{item.problem[1:]}.", hint="Mend it, or take it out.")
        return Entry(source, name, item.line, error=error, title=item.title)
    references: list[Reference] = []
    refused: UnknownReferenceError | None = None
    references += filter(None, (_means_file(path, folder) for path in item.files))
    for text in item.names:
        try:
            if (reference := remote(text)) is not None:
                references.append(reference)
            elif (file := _means_file(text, folder)) is not None:
                references.append(file)
        except UnknownReferenceError as error:
            refused = error
    best, why = None, None
    if references:
        best = min(references, key=_rank)  # the first of the best
        source = best.source or str(best)
    else:
        why = refused or UnknownReferenceError(_NO_PAPER, hint=_HINT)
    return Entry(source, name, item.line, best, why, item.title, item.year, item.venue, also=_also(references))


def _rank(reference: Reference) -> int:
    match reference:
        case FileReference():
            return 0
        case ArxivReference():
            return 2
        case DoiReference():
            return 3
        case WebReference():
            return 4
    return 1  # the publisher gives it to everybody


def _also(references: Sequence[Reference]) -> frozenset[str]:
    return frozenset(identity(one) for one in references if not isinstance(one, StandardInput))


def _once(entries: Iterable[Entry]) -> Entries:
    """Mark the papers that stood before: by id, DOI, version, or the bytes of their files."""
    seen: dict[str, Entry] = {}
    done = []
    for entry in _with_bytes(list(entries)):
        names = sorted(entry.also)
        # An arXiv id without version is the same as each of its versions; two versions are two papers.
        bare = [found[1] for name in names if (found := _VERSIONED.fullmatch(name))]
        looked_for = [*names, *bare, *(f"{name}v*" for name in names)]
        before = next((seen[name] for name in looked_for if name in seen), None)
        if before is not None:
            done.append(replace(entry, same_as=before.place))
            continue
        for name in [*names, *(f"{name}v*" for name in bare)]:
            seen.setdefault(name, entry)
        done.append(entry)
    return Entries(tuple(done))


def _with_bytes(entries: list[Entry]) -> list[Entry]:
    """The entries, those of files with equal bytes under a common name; files of a size of their own are not read."""
    sizes: dict[int, list[int]] = {}
    for index, entry in enumerate(entries):
        if isinstance(entry.reference, FileReference) and entry.reference.path.is_file():
            sizes.setdefault(entry.reference.path.stat().st_size, []).append(index)
    for same_size in sizes.values():
        if len(same_size) > 1:
            import hashlib

            for index in same_size:
                reference = entries[index].reference
                assert isinstance(reference, FileReference)
                with reference.path.open("rb") as stream:
                    digest = hashlib.file_digest(stream, "sha256").hexdigest()
                entries[index] = replace(entries[index], also=entries[index].also | {f"sha256:{digest}"})
    return entries


def _form_of(text: str) -> str:
    """The form of a list, by its content; empty where the text is no list."""
    start = text.lstrip("\ufeff \t\r\n")
    if re.match(r"(?:%.*\s*)*@\s*\w+\s*[{(]", start):
        return ".bib"
    if re.match(r"TY  ?- ", start):
        return ".ris"
    if re.match(r"\[\s*\{|\{\s*\"", start):
        return ".json"
    if re.match(r"(?:<\?xml[^>]*>\s*)?<rdf:RDF\b", start):
        return ".rdf"
    lines = [line for raw in islice(start.splitlines(), _SAMPLE) if (line := _COMMENT.sub("", raw).strip())]
    named = sum(map(_looks_named, lines))
    if named and 2 * named >= len(lines):
        return "lines"
    from seedaudit.sources.formats import looks_like_csv

    return ".csv" if looks_like_csv(start, lambda cell: _remote(cell) is not None) else ""


def _looks_named(line: str) -> bool:
    """Whether a line of a text names papers, or tries to."""
    if len(line) > 500:
        return False
    if _SEARCH.fullmatch(line) or _VOLUME.fullmatch(line):
        return True
    if re.fullmatch(r"\S.{0,250}\.pdf", line, re.I) or _path(line) is not None:
        return True
    try:
        return remote(line) is not None
    except UnknownReferenceError:  # an id that is malformed, a page of a known host
        return True


def _remote(text: str) -> Reference | None:
    try:
        return remote(text)
    except UnknownReferenceError:
        return None


def _means_file(text: str, folder: Path) -> FileReference | None:
    """The file that ``text`` names, from where the user stands or from where the list lies."""
    for name in dict.fromkeys((text, str(folder / text))):
        path = _path(name.removeprefix("file://"))
        if path is not None and path.is_file() and path.suffix.lower() in FORMS:
            found = parse(str(path))
            return found if isinstance(found, FileReference) else None
    return None


def _names_paper(text: str) -> bool:
    try:
        parse(text)
    except UnknownReferenceError:
        return False
    return True


def _path(text: str) -> Path | None:
    """``text`` as a path, if something lies there."""
    if not text or len(text) > 4000 or "\n" in text:
        return None
    try:
        path = Path(text).expanduser()
        return path if path.exists() else None
    except (OSError, ValueError, RuntimeError):
        return None


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} is larger than {_LARGEST // 1_000_000} MB.", hint="Split the list.")
        return _decode(path.read_bytes())
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"{path} cannot be read: {reason}.", hint="Check that it is readable for you.") from error


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
