"""The files in which people keep references -> what each entry says of its paper.

In: the text of a .bib, .ris, CSL-JSON, CSV or Zotero RDF file. Out: an :class:`Item` for each entry, with the line
where it begins. The one decision made here: which fields may name the paper; which of the names is used is decided
elsewhere.

An entry that cannot be read is an Item with a ``problem``; the others are read all the same. Each parser is imported
when a file of its form is read: bibtexparser and rispy, and the standard library for JSON, CSV and RDF (what Zotero
writes is XML, but not the RDF that rdflib accepts).
"""

from __future__ import annotations

import csv
import io
import json
import logging
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from unicodedata import normalize
from xml.etree import ElementTree

from seedaudit.errors import UsageError

_BLOCK = re.compile(r"^[ \t]*@[ \t]*(?P<type>\w+)[ \t]*[{(]", re.M)
# An entry as reference managers write it: fields whose braces and quotes are balanced, and nothing else. It is read in
# one go, since a parser takes a hundred times as long and such entries are nearly all; the parser reads the others.
_INNER = r"(?:[^{}\\]++|\\[^{}]|\{(?:[^{}\\]++|\\[^{}]|\{(?:[^{}\\]++|\\[^{}])*+\})*+\})*+"
_QUOTED = rf"(?:[^\"{{}}\\]++|\\[^{{}}]|\{{{_INNER}\}})*+"
_VALUE = rf"\{{{_INNER}\}}|\"{_QUOTED}\"|\w++"
_FIELD = rf"[A-Za-z][\w:.+-]*+\s*+=\s*+(?:{_VALUE})\s*+"
_PLAIN = re.compile(rf"[ \t]*@\w+\{{[^\s,{{}}\"=@()]++\s*+,\s*+((?:{_FIELD}(?:,\s*+)?+)++)\}}")
_FIELDS = re.compile(rf"([A-Za-z][\w:.+-]*+)\s*+=\s*+({_VALUE})")
_STRING = re.compile(r"@\s*string\s*[{(]\s*([A-Za-z][\w:.+-]*)\s*=\s*(\{[^@]*?\}|\"[^@\"]*\")\s*[})]", re.I)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_NO_ENTRY = frozenset({"comment", "string", "preamble"})
_ARXIV_IN_TEXT = re.compile(r"arxiv[\s:./]*(?:abs/|pdf/)?((?:[a-z-]+(?:\.[a-z]{2})?/)?\d{4}\.?\d{3,5}(?:v\d+)?)", re.I)
_ABS = re.compile(r"abs/\S+", re.I)
_URL = re.compile(r"https?://[^\s{}<>\"]+", re.I)
_RIS_START = re.compile(r"^[ \t\ufeff]*TY  ?-", re.M)
_ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    "u": "\u0306", "v": "\u030c", "H": "\u030b", "c": "\u0327", "d": "\u0323", "b": "\u0331", "r": "\u030a",
    "k": "\u0328",
}  # fmt: skip
_ACCENT = re.compile(r"\{?\\(?:([`'^\"~=.])|([uvHcdbrk])(?=[\s{]))\s*\{?\\?([A-Za-zı])\}?\}?")
_LETTERS = {"ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "aa": "å", "AA": "Å",
            "i": "ı", "j": "ȷ", "&": "&", "%": "%", "$": "$", "#": "#", "_": "_"}  # fmt: skip
_LETTER = re.compile(r"\\(ss|oe|ae|AE|aa|AA|[oOlLij])(?![A-Za-z])\s*(?:\{\})?")
_COMMAND = re.compile(r"\\[A-Za-z]+\s*")
_ESCAPED = re.compile(r"\{?\\([_%&#~])(?:\{\})?\}?")
_ATTACHMENT = re.compile(r"(?:^|(?<=;))(?:[^:;]*:)??((?:[A-Za-z]\\?:)?[^:;]+\.pdf)(?::[\w/.+-]*)?(?=;|$)", re.I)


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a list: where it begins, what may name its paper, the files apart, and what it says of it."""

    line: int
    title: str = ""
    names: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    problem: str = ""
    year: int | None = None
    venue: str = ""
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Of a .bib file, as they stand there."""


def read_bibtex(text: str) -> Iterator[Item]:
    """The entries of a .bib file. Braces, quotes and LaTeX's accents are taken off; a macro may be the venue."""
    strings = {found[1].lower(): found[2] for found in _STRING.finditer(text)}
    starts = [found.start() for found in _BLOCK.finditer(text) if found["type"].lower() not in _NO_ENTRY]
    line, at = 1, 0
    for start, end in pairwise([*starts, len(text)]):
        line += text.count("\n", at, start)
        at = start
        if plain := _PLAIN.match(text, start, end):
            yield _bib_item(line, {name.lower(): value for name, value in _FIELDS.findall(plain[1])}, strings)
        else:
            yield _parse_bibtex(line, text[start:end], strings)


def _parse_bibtex(line: int, block: str, strings: Mapping[str, str]) -> Item:
    from bibtexparser.entrypoint import parse_string

    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)  # what it cannot read is told by the Item
    library = parse_string(block, parse_stack=[])
    if library.entries:
        return _bib_item(line, {one.key.lower(): str(one.value) for one in library.entries[0].fields}, strings)
    return Item(line, problem=_bib_problem(library.failed_blocks[0]) if library.failed_blocks else "the entry is empty")


def _bib_problem(block: Any) -> str:
    why = getattr(block.error, "abort_reason", None) or str(block.error)
    return f"the entry cannot be read: {' '.join(str(why).split())}"


def _bib_item(line: int, fields: Mapping[str, str], strings: Mapping[str, str]) -> Item:
    def text(name: str) -> str:
        return _unbraced(fields[name]) if name in fields else ""

    names = [text("doi"), text("arxiv"), text("arxivid")]
    if (text("eprinttype") or text("archiveprefix")).lower() in {"", "arxiv"}:
        names.append(text("eprint"))
    names += [text("url"), text("ee"), text("pdf"), text("link")]
    loose = [text(name) for name in ("journal", "journaltitle", "note", "howpublished", "number") if name in fields]
    names += _ARXIV_IN_TEXT.findall(" ".join(loose))
    names += _ABS.findall(text("volume"))  # DBLP: journal = {CoRR}, volume = {abs/2210.13393}
    names += _URL.findall(text("howpublished"))
    files = _attachments(text("file") or text("local-url"))
    where = next(
        (fields[name] for name in ("booktitle", "journal", "journaltitle", "eventtitle") if name in fields), ""
    )
    return Item(
        line,
        plain_latex(text("title")),
        _unique(names),
        files,
        year=_year(fields.get("year") or fields.get("date") or ""),
        venue=plain_latex(_unbraced(strings.get(where.lower(), where))),
        fields=fields,
    )


def _year(text: object) -> int | None:
    found = _YEAR.search(str(text))
    return int(found[0]) if found else None


def _unbraced(value: str) -> str:
    while len(value) > 1 and value[0] + value[-1] in {"{}", '""'}:
        value = value[1:-1]
    return _ESCAPED.sub(r"\1", value) if "\\" in value else value


def plain_latex(text: str) -> str:
    """The words of a field: accents as letters, no braces, one space between words."""
    if "\\" in text:
        text = _ACCENT.sub(
            lambda found: normalize("NFC", found[3].replace("ı", "i") + _ACCENTS[found[1] or found[2]]), text
        )
        text = _LETTER.sub(lambda found: _LETTERS[found[1]], text)
        text = _COMMAND.sub("", text).replace("\\", "")
    return " ".join(text.replace("{", "").replace("}", "").split())


def _attachments(field: str) -> tuple[str, ...]:
    r"""The PDFs in a ``file`` field: ``path``, ``Title:path:application/pdf`` (Zotero, JabRef, Mendeley), by ``;``."""
    return _unique(found.replace("\\:", ":").replace("\\\\", "\\") for found in _ATTACHMENT.findall(field))


def read_ris(text: str) -> Iterator[Item]:
    """The entries of a RIS file."""
    import rispy

    starts = [found.start() for found in _RIS_START.finditer(text)]
    line, at = 1, 0
    for start, end in pairwise([*starts, len(text)]):
        line += text.count("\n", at, start)
        at = start
        block = text[start:end].strip()
        if not re.search(r"^\s*ER  ?-", block, re.M):
            block += "\nER  - \n"
        try:
            (entry,) = rispy.loads(block.replace("TY -", "TY  -", 1), skip_unknown_tags=True)
        except Exception as error:  # rispy raises what its reading of a line happens to raise
            yield Item(line, problem=f"the entry cannot be read: {error}")
            continue

        def values(*keys: str, entry: Mapping[str, Any] = entry) -> list[str]:
            found: list[str] = []
            for key in keys:
                value = entry.get(key) or []
                found += [value] if isinstance(value, str) else [one for one in value if isinstance(one, str)]
            return found

        loose = " ".join(values("notes", "notes_abstract", "secondary_title", "journal_name", "alternate_title3"))
        names = [*values("doi", "urls", "url", "link1", "link2", "link3"), *_ARXIV_IN_TEXT.findall(loose)]
        files = " ; ".join(values("file_attachments1", "file_attachments2", "figure"))
        title = next(iter(values("title", "primary_title", "translated_title")), "")
        venue = values("secondary_title", "journal_name", "alternate_title3", "alternate_title2", "custom3")
        yield Item(
            line,
            title,
            _unique(names),
            _unique(re.findall(r"[^;\s][^;]*\.pdf", files, re.I)),
            year=_year(" ".join(values("year", "publication_year", "date"))),
            venue=next(iter(venue), ""),
        )


def read_csl(text: str, name: str) -> Iterator[Item]:
    """The entries of a CSL-JSON file: a list, or an object whose ``items`` are one.

    Raises :class:`UsageError` where the text is no such JSON.
    """
    decoder = json.JSONDecoder()
    try:
        body = text.lstrip("\ufeff \t\r\n")
        before = text[: len(text) - len(body)].count("\n") + 1
        if body.startswith("["):
            yield from _csl_list(body, before, decoder)
            return
        whole = decoder.decode(body)
        entries = whole.get("items") if isinstance(whole, dict) else None
        for entry in entries if isinstance(entries, list) else [whole]:
            yield _csl_item(entry, before)
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{name}: line {error.lineno} is no JSON: {error.msg}.", hint="Export it again as CSL JSON."
        ) from error


def _csl_list(body: str, line: int, decoder: json.JSONDecoder) -> Iterator[Item]:
    at, counted = 1, 0
    skip = re.compile(r"[\s,]*")
    while True:
        start = skip.match(body, at).end()  # type: ignore[union-attr]
        line += body.count("\n", counted, start)
        counted = start
        if body.startswith("]", start):
            return
        entry, at = decoder.raw_decode(body, start)
        yield _csl_item(entry, line)


def _csl_item(entry: object, line: int) -> Item:
    if not isinstance(entry, dict):
        return Item(line, problem="the entry is no object")
    told = {str(key).lower(): value for key, value in entry.items()}

    def text(*keys: str) -> str:
        return next((str(told[key]) for key in keys if isinstance(told.get(key), str | int)), "")

    names = [text("doi"), text("arxiv"), text("url"), text("link")]
    names += _ARXIV_IN_TEXT.findall(" ".join(text(key) for key in ("number", "note", "container-title", "extra")))
    names += [found[1] for found in re.finditer(r"\bDOI:\s*(10\.\S+)", text("note", "extra"))]
    attachments = told.get("attachments")
    files = [
        str(one.get("path") or "")
        for one in (attachments if isinstance(attachments, list) else [])
        if isinstance(one, dict)
    ]
    return Item(
        line,
        text("title"),
        _unique(names),
        _unique(path for path in files if path.lower().endswith(".pdf")),
        year=_year(told.get("issued") or text("year")),
        venue=text("container-title", "event-title", "event"),
    )


def read_csv(text: str, name: str, column: str | None, is_name: Callable[[str], bool]) -> Iterator[Item]:
    """The rows of a CSV file: those of ``column``, or of every column in which most cells are names of papers.

    ``is_name`` tells whether a cell is one. Raises :class:`UsageError` where there is no such column.
    """
    csv.field_size_limit(10_000_000)
    rows = _rows(text)
    if not rows:
        return
    header = [cell.strip() for cell in rows[0][1]]
    if column is not None:
        folded = [cell.casefold() for cell in header]
        if column.casefold() not in folded:
            if not (column.isdecimal() and 1 <= int(column) <= len(header)):
                raise UsageError(
                    f"{name} has no column '{column}'.", hint=f"Its columns are: {', '.join(header)}.", kind="no-column"
                )
            chosen = [int(column) - 1]
        else:
            chosen = [folded.index(column.casefold())]
    else:
        chosen = _columns(rows, is_name)
        if not chosen:
            raise UsageError(
                f"{name} has no column that holds ids, DOIs, URLs or paths of papers.",
                hint=f"Name it with --column; the columns are: {', '.join(header)}.",
                kind="no-column",
            )
    title, year, venue = (
        next((index for index, cell in enumerate(header) if cell.casefold() in called), None)
        for called in (
            {"title", "titel", "name"},
            {"year", "publication year", "jahr", "date"},
            {"venue", "publication title", "journal", "booktitle", "conference", "conference name"},
        )
    )
    headed = not any(is_name(header[index]) for index in chosen if index < len(header))
    for line, row in rows[1 if headed else 0 :]:
        cells = [part for index in chosen if index < len(row) for part in _parts(row[index])]
        said, when, where = (
            row[index].strip() if index is not None and index < len(row) else "" for index in (title, year, venue)
        )
        files = [cell for cell in cells if re.search(r"\.(?:pdf|html?)$", cell, re.I) and "://" not in cell]
        extra = [] if column else _ARXIV_IN_TEXT.findall(" ".join(row[i] for i in _loose(header) if i < len(row)))
        if any(cell.strip() for cell in row):
            names = [cell for cell in cells if cell not in files]
            yield Item(line, said, _unique([*names, *extra]), _unique(files), year=_year(when), venue=where)


def looks_like_csv(text: str, is_name: Callable[[str], bool]) -> bool:
    """Whether a text has columns, one of which holds names of papers."""
    rows = _rows("\n".join(text.splitlines()[:50]))
    return len(rows) > 1 and len(rows[0][1]) > 1 and bool(_columns(rows, is_name))


def _rows(text: str) -> list[tuple[int, list[str]]]:
    first = text.lstrip("\ufeff").partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=delimiter)
    rows, line = [], 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((line, row))
            line = reader.line_num + 1
    except csv.Error:
        return rows
    return rows


def _columns(rows: Sequence[tuple[int, list[str]]], is_name: Callable[[str], bool]) -> list[int]:
    """The columns where at least half of the cells that are filled are names of papers."""
    sample = [row for _, row in rows[1:1000]] or [row for _, row in rows]
    found = []
    for index in range(max(map(len, sample), default=0)):
        cells = [row[index] for row in sample if index < len(row) and row[index].strip()]
        hits = sum(any(map(is_name, _parts(cell))) for cell in cells)
        if cells and 2 * hits >= len(cells):
            found.append(index)
    return found


def _parts(cell: str) -> list[str]:
    """A cell may hold several names: Zotero parts attachments by semicolons."""
    return [part.strip() for part in re.split(r";\s+|;$", cell) if part.strip()]


def _loose(header: Sequence[str]) -> list[int]:
    return [index for index, cell in enumerate(header) if cell.casefold() in {"extra", "notes", "publication title"}]


_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_LINK = "{http://purl.org/rss/1.0/modules/link/}"
_ZOTERO = "{http://www.zotero.org/namespaces/export#}"
_TERMS = "{http://purl.org/dc/terms/}"


def read_rdf(text: str, name: str) -> Iterator[Item]:
    """The entries of a Zotero RDF file, each with its attachments.

    Raises :class:`UsageError` where the text is no XML.
    """
    try:
        root = ElementTree.fromstring(text.lstrip("\ufeff \t\r\n").encode())
    except ElementTree.ParseError as error:
        raise UsageError(f"{name} is no XML: {error}.", hint="Export it again as Zotero RDF.") from error
    by_about = {node.get(f"{_RDF}about"): node for node in root if node.get(f"{_RDF}about")}
    breaks = [found.start() for found in re.finditer("\n", text)]
    at = 0
    for node in root:
        kind = node.findtext(f"{_ZOTERO}itemType")
        if kind is None or kind in {"attachment", "note", "annotation"}:
            continue
        about = node.get(f"{_RDF}about") or ""
        place = text.find(f'rdf:about="{about.replace("&", "&amp;")}"', at)
        at = max(at, place)
        names = [about] if about.startswith("http") else []
        for told in node.findall(f"{_DC}identifier"):
            value = "".join(told.itertext()).strip()
            names.append(re.sub(r"^(?:DOI|arXiv)\s+", "", value))
        loose = " ".join(node.findtext(f"{tag}") or "" for tag in (f"{_DC}description", f"{_DC}source"))
        names += _ARXIV_IN_TEXT.findall(loose)
        files = []
        for link in node.findall(f"{_LINK}link"):
            attachment = by_about.get(link.get(f"{_RDF}resource"))
            resource = None if attachment is None else attachment.find(f"{_RDF}resource")
            if resource is not None:
                files.append(resource.get(f"{_RDF}resource") or "")
        part_of = node.find(f"{_TERMS}isPartOf")
        within = None
        if part_of is not None:
            within = next(iter(part_of), by_about.get(part_of.get(f"{_RDF}resource")))
        yield Item(
            bisect_right(breaks, max(at, 0)) + 1,
            _words(node, f"{_DC}title"),
            _unique(names),
            _unique(path for path in files if path.lower().endswith(".pdf")),
            year=_year(node.findtext(f"{_DC}date")),
            venue="" if within is None else _words(within, f"{_DC}title"),
        )


def _words(node: ElementTree.Element, name: str) -> str:
    return " ".join((node.findtext(name) or "").split())


def _unique(values: Sequence[str] | Iterator[str] | Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.strip() for value in values if value and value.strip()))
