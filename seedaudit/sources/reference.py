"""What the user typed -> what it is.

In: one string, as typed or pasted. Out: a :data:`Reference`, or an :class:`UnknownReferenceError` that says what was
understood and what is possible. The one decision made here is what a string names: a file that exists wins, then a
paper of a host that is known (by id, DOI or any of its URLs), then any other DOI or URL; everything else is an error,
so a mistyped file name never becomes the text of a paper. Looks at the file system, never at the network.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import NoReturn
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from seedaudit.errors import UnknownReferenceError
from seedaudit.sources import bases
from seedaudit.sources.paper import Form, is_pdf


@dataclass(frozen=True, slots=True)
class FileReference:
    """A file that exists, or a folder with a paper's LaTeX source."""

    path: Path
    form: Form
    source: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class StandardInput:
    """A paper on standard input, typed as ``-``; ``data`` are its bytes where they have been read already."""

    source: str = field(default="-", compare=False)
    data: bytes | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ArxivReference:
    """A paper on arXiv: its canonical id without version, and the version if one was given.

    ``html``: the page of the paper as HTML was named, not the paper alone.
    """

    id: str
    version: int | None = None
    source: str = field(default="", compare=False)
    html: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        return self.id if self.version is None else f"{self.id}v{self.version}"


@dataclass(frozen=True, slots=True)
class AnthologyReference:
    """A paper in the ACL Anthology: ``2020.acl-main.1`` or ``P18-1023``, and the revision if one was given."""

    id: str
    version: int | None = None
    source: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.id if self.version is None else f"{self.id}v{self.version}"


@dataclass(frozen=True, slots=True)
class OpenReviewReference:
    """A submission on OpenReview, by the id of its forum."""

    id: str
    source: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class PmlrReference:
    """A paper in the Proceedings of Machine Learning Research: volume (``v97``) and slug (``picard21a``)."""

    volume: str
    slug: str
    source: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.volume}/{self.slug}"


@dataclass(frozen=True, slots=True)
class DoiReference:
    """Any other DOI, in lower case: DOIs are compared without regard to it."""

    doi: str
    source: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.doi


@dataclass(frozen=True, slots=True)
class WebReference:
    """Any other http or https URL, without its fragment."""

    url: str
    source: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.url


RemoteReference = (
    ArxivReference | AnthologyReference | OpenReviewReference | PmlrReference | DoiReference | WebReference
)
Reference = FileReference | StandardInput | RemoteReference

FORMS: dict[str, Form] = {
    ".pdf": "pdf", ".txt": "text", ".md": "markdown", ".markdown": "markdown",
    ".html": "html", ".htm": "html", ".xhtml": "html",
}  # fmt: skip
SOURCES = frozenset((".tex", ".ltx", ".zip", ".tar", ".tgz", ".gz"))
"""Endings of LaTeX source: of main files, and of archives."""

_POSSIBLE = (
    "A paper is a file (.pdf, .txt, .md, .html, .tex, .tar.gz, .zip), a folder with its LaTeX source, "
    "an id (2210.13393, arXiv:2210.13393v1, math/0611800, 2020.acl-main.1, P18-1023), a DOI, a URL, "
    "or - for standard input."
)
_ARCHIVES = (
    "acc-phys|adap-org|alg-geom|ao-sci|astro-ph|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|cond-mat|cs|dg-ga|"
    "funct-an|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math|math-ph|mtrl-th|nlin|nucl-ex|nucl-th|patt-sol|physics|plasm-ph|"
    "q-alg|q-bio|quant-ph|solv-int|supr-con"
)
_NEW_ID = re.compile(r"(?P<year>\d\d)(?P<month>\d\d)\.(?P<number>\d+)(?:v(?P<version>\d+))?", re.I)
_OLD_ID = re.compile(
    r"(?P<archive>[a-z]+(?:-[a-z]+)?)(?:\.[a-z]{2}|\.[a-z]+-[a-z]+)?"
    r"/(?P<year>\d\d)(?P<month>\d\d)(?P<number>\d{3})(?:v(?P<version>\d+))?",
    re.I,
)
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(?P<id>.+)", re.I)
_ANY_DOI = re.compile(r"10\.\d{4,9}/\S+")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.I)
# What stands before an id in reference lists, and after it in the stamp on a first page ("[cs.LG] 24 Oct 2022").
_BEFORE = re.compile(r"(?:arxiv\s+(?:e-?print|preprint)\s*:?\s*)?(?:arxiv\s*:\s*|(?:abs|pdf)/)?", re.I)
_AFTER = re.compile(r"\s*\[[a-z.\- ]+\]?(?:\s+\d{1,2}\s+[a-z]{3}\s+\d{4})?$", re.I)
_WRAPPING = " \t\r\n\f\v\u00a0\u200b\ufeff\"'`“”‘’«»<>()[]{},;"
_ANTHOLOGY_ID = re.compile(
    r"(?P<id>\d{4}\.[a-z0-9_]+-[a-z0-9_]+\.(?P<number>\d+)|[a-z]\d{2}-\d{4})(?:v(?P<version>[1-9]\d?))?", re.I
)
_ANTHOLOGY_DOI = re.compile(r"10\.(?:18653|3115)/v1/(?P<id>.+)", re.I)
_ANTHOLOGY_HOSTS = {"aclanthology.org", "www.aclanthology.org", "aclanthology.info", "www.aclweb.org", "aclweb.org"}
_OPENREVIEW_ID = re.compile(r"[\w-]{6,40}")
_PMLR_PATH = re.compile(
    r"(?:proceedings/papers/)?(?P<volume>[vr]\d+)/(?P<slug>[\w-]+?)(?:/[\w-]+)?(?:\.html?|\.pdf)?", re.I
)
_PMLR_ASSET = re.compile(r"mlresearch/(?P<volume>v\d+)/[\w-]+/(?:assets/)?(?P<slug>[\w-]+)/[\w.-]+\.pdf", re.I)
_KNOWN_HOST = re.compile(
    r"(?:[\w-]+\.)*(?:arxiv|ar5iv|alphaxiv|doi|aclanthology|aclweb)\.org/|(?:www\.)?openreview\.net/"
    r"|proceedings\.mlr\.press/",
    re.I,
)
_ARXIV_PAGES = {"abs", "pdf", "html", "src", "e-print", "format", "ps", "tex", "overview"}


def parse(text: str) -> Reference:
    """Tell what ``text`` names.

    Raises :class:`UnknownReferenceError` (kind ``unknown-reference``) when it names neither a file that exists, nor a
    paper that can be asked for, nor standard input.
    """
    stripped = text.strip(_WRAPPING)
    if text.strip() == "-":
        return StandardInput()
    if not stripped:
        raise UnknownReferenceError("The name of a paper is empty.", hint=_POSSIBLE)
    for name in dict.fromkeys((text, stripped)):
        if found := _existing_file(name, source=text):
            return found
    if (found_there := remote(text)) is not None:
        return found_there
    for name in (text, stripped):
        if _kind_of_path(name) == "folder":
            raise UnknownReferenceError(
                f"{_short(name)} is a folder, not a paper.", hint="Name its files, for example FOLDER/*.pdf."
            )
    raise _explain(stripped)


def identity(reference: Reference) -> str:
    """A name that two references share when they name the same thing: ``arxiv:2210.13393v1``, ``doi:10.1000/1``."""
    match reference:
        case FileReference():
            return f"file:{reference.path.resolve()}"
        case StandardInput():
            return "-"
        case ArxivReference():
            return f"arxiv:{reference}"
        case AnthologyReference():
            return f"acl:{reference}"
        case OpenReviewReference():
            return f"openreview:{reference}"
        case PmlrReference():
            return f"pmlr:{reference}"
        case DoiReference():
            return f"doi:{reference}"
        case WebReference():
            return reference.url


def _unwrapped(text: str) -> str:
    """``text`` without what stands around a name in running text; a parenthesis that it opens itself is closed."""
    bare = text.strip(_WRAPPING + ".!?")
    closes = bare.count("(") > bare.count(")") and text.partition(bare)[2].startswith(")")
    return f"{bare})" if closes else bare


def _existing_file(name: str, *, source: str) -> FileReference | None:
    if _kind_of_path(name) == "folder":
        return _tex_folder(Path(name).expanduser(), source)
    if _kind_of_path(name) not in {"file", "other"}:
        return None
    path = Path(name).expanduser()
    if _kind_of_path(name) == "other":
        raise UnknownReferenceError(
            f"{_short(name)} is a pipe or a device, not a file.", hint="Read it from standard input: - < NAME"
        )
    ending = path.suffix.lower()
    form = FORMS.get(ending) or ("latex" if ending in SOURCES else _sniff(path))
    return FileReference(path, form, source=source)


def _tex_folder(folder: Path, source: str) -> FileReference | None:
    from seedaudit.sources.tex import is_tex_folder

    return FileReference(folder, "latex", source=source) if is_tex_folder(folder) else None


def _kind_of_path(name: str) -> str:
    """``file``, ``folder``, ``other`` (pipe, device) or ``none``; never raises."""
    try:
        path = Path(name).expanduser()
        if path.is_file():
            return "file"
        if path.is_dir():
            return "folder"
        return "other" if path.exists() else "none"
    except (OSError, ValueError, RuntimeError):  # too long, no permission, a NUL, ~nobody
        return "none"


def _sniff(path: Path) -> Form:
    try:
        with path.open("rb") as stream:
            start = stream.read(1024)
    except OSError:
        return "pdf"  # load_file says why it cannot be read
    if is_pdf(start):
        return "pdf"
    if start.startswith(b"\x1f\x8b") or start[257:262] == b"ustar":  # an e-print of arXiv, saved under its id
        return "latex"
    what = f"the ending {path.suffix}" if path.suffix else "no ending"
    raise UnknownReferenceError(
        f"{_short(str(path))} has {what} and is no PDF.",
        hint="Files are audited as .pdf, .txt, .md, .html, .tex or archives of .tex. "
        "Text under another name can come on standard input: - < FILE",
    )


def remote(typed: str) -> RemoteReference | None:
    """The paper of a host that ``typed`` names, whatever files there are, or None.

    Raises :class:`UnknownReferenceError` for a malformed id, and for a page of a known host that is not a paper's.
    """
    source, text = typed, _unwrapped(typed)
    rest = text
    if _SCHEME.match(text) or _KNOWN_HOST.match(text):
        url = _split(text)
        host = (url.hostname or "").lower()
        if host not in {"doi.org", "dx.doi.org", "www.doi.org"}:
            return _from_url(url, host, text, source) or _on_mirror(text, source) or _web(url, source)
        rest = unquote(url.path).strip("/")
    rest = re.sub(r"^doi:\s*", "", rest, flags=re.I)
    if doi := _ANY_DOI.fullmatch(rest):
        return _from_doi(doi[0], text, source)
    if anthology := _ANTHOLOGY_ID.fullmatch(re.sub(r"^acl:\s*", "", rest, flags=re.I)):
        return _anthology(anthology, text, source)
    return _arxiv(rest, text, source)


def from_url(url: str) -> RemoteReference | None:
    """The paper of a known host (arXiv, ACL Anthology, OpenReview, PMLR) that a URL names, or None."""
    try:
        parts = _split(url)
        return _from_url(parts, (parts.hostname or "").lower(), url, url) or _on_mirror(url, url)
    except UnknownReferenceError:
        return None


def _split(text: str) -> SplitResult:
    try:
        url = urlsplit(text if _SCHEME.match(text) else f"https://{text}")
        _ = url.hostname, url.port
    except ValueError as error:
        raise UnknownReferenceError(f"{_short(text)} is no valid URL: {error}.", hint=_POSSIBLE) from None
    if url.scheme.lower() not in {"http", "https"}:
        raise UnknownReferenceError(
            f"{_short(text)} is a URL with the scheme {url.scheme}: only http and https are possible.", hint=_POSSIBLE
        )
    if not url.hostname:
        raise UnknownReferenceError(f"{_short(text)} is a URL without a host.", hint=_POSSIBLE)
    return url


def _from_url(url: SplitResult, host: str, text: str, source: str) -> RemoteReference | None:
    path = unquote(url.path).strip("/")
    if re.fullmatch(r"(?:.+\.)?(?:arxiv|ar5iv|alphaxiv)\.org", host):
        return _arxiv_page(path, host, text, source)
    if host in _ANTHOLOGY_HOSTS:
        name = re.sub(r"\.(?:pdf|bib|xml|endf)$", "", path.rpartition("/")[2], flags=re.I)
        if anthology := _ANTHOLOGY_ID.fullmatch(name):
            return _anthology(anthology, text, source)
    if host in {"openreview.net", "www.openreview.net"} and path in {"forum", "pdf", "attachment"}:
        query = parse_qs(url.query)
        if _OPENREVIEW_ID.fullmatch(identity := (query.get("id") or query.get("noteId") or [""])[0]):
            return OpenReviewReference(identity, source=source)
    at_jmlr = host in {"jmlr.org", "www.jmlr.org"} and path.startswith("proceedings/papers/")
    if (host.endswith("mlr.press") or at_jmlr) and (pmlr := _PMLR_PATH.fullmatch(path)):
        return PmlrReference(pmlr["volume"].lower(), pmlr["slug"], source=source)
    if host == "raw.githubusercontent.com" and (pmlr := _PMLR_ASSET.fullmatch(path)):
        return PmlrReference(pmlr["volume"].lower(), pmlr["slug"], source=source)
    return None


def _on_mirror(text: str, source: str) -> RemoteReference | None:
    """The paper that a URL names on a host that a base URL stands for."""
    for original in bases.originals(text):
        url = _split(original)
        try:
            if found := _from_url(url, (url.hostname or "").lower(), text, source):
                return found
        except UnknownReferenceError:
            continue
    return None


def _web(url: SplitResult, source: str) -> WebReference:
    return WebReference(url._replace(scheme=url.scheme.lower(), fragment="").geturl(), source=source)


def _from_doi(doi: str, text: str, source: str) -> RemoteReference:
    if arxiv := _ARXIV_DOI.fullmatch(doi):
        found = _arxiv(arxiv["id"], text, source)
        if found is None:
            raise UnknownReferenceError(f"{_short(text)} is a DOI of arXiv, but holds no arXiv id.", hint=_POSSIBLE)
        return found
    anthology = _ANTHOLOGY_DOI.fullmatch(doi)
    if anthology and (named := _ANTHOLOGY_ID.fullmatch(anthology["id"])):
        return _anthology(named, text, source)
    return DoiReference(doi.lower(), source=source)


def _anthology(found: re.Match[str], text: str, source: str) -> AnthologyReference:
    identity, number = found["id"], found["number"]
    if number is None:
        identity = identity.upper()
        short = identity[0] == "W" or identity[:5] in {"D19-5", "D19-6"}  # two digits of volume, two of number
        number = identity[-2:] if short else identity[-3:]
    else:
        identity = identity.lower()
    if not int(number):
        raise UnknownReferenceError(
            f"{_short(text)} is the front matter of a volume, not a paper.", hint="The papers begin with number 1."
        )
    return AnthologyReference(identity, int(found["version"]) if found["version"] else None, source=source)


def _arxiv(text: str, typed: str, source: str, *, html: bool = False) -> ArxivReference | None:
    """The arXiv paper that ``text`` names, or None; a malformed id is an error."""
    rest = _AFTER.sub("", text[_BEFORE.match(text).end() :].strip(_WRAPPING))  # type: ignore[union-attr]
    if new := _NEW_ID.fullmatch(rest):
        return ArxivReference(_new_id(new, typed), _version(new, typed), source=source, html=html)
    if (old := _OLD_ID.fullmatch(rest)) and re.fullmatch(_ARCHIVES, old["archive"], re.I):
        return ArxivReference(_old_id(old, typed), _version(old, typed), source=source, html=html)
    return None


def _arxiv_page(path: str, host: str, text: str, source: str) -> ArxivReference:
    page, _, rest = path.partition("/")
    rest = re.sub(r"(?:\.pdf|/)+$", "", rest, flags=re.I)
    found = None
    if page.lower() in _ARXIV_PAGES:
        found = _arxiv(rest, text, source, html=page.lower() == "html")
    elif "ar5iv" in host:
        found = _arxiv(path, text, source, html=True)
    if found is None:
        raise UnknownReferenceError(
            f"{_short(text)} is a page of {host}, but not that of one paper.",
            hint="The page of a paper looks like https://arxiv.org/abs/2210.13393.",
        )
    return found


def _new_id(found: re.Match[str], text: str) -> str:
    year, month, number = found["year"], found["month"], found["number"]
    _check_month(month, text)
    if f"{year}{month}" < "0704":
        _impossible(text, f"ids of this form begin in April 2007 (0704), and this one says 20{year}-{month}")
    digits = 5 if year >= "15" else 4
    if len(number) != digits:
        since = "since 2015" if digits == 5 else "until 2014"
        _impossible(text, f"an arXiv id has 4+{digits} digits {since}, this one has 4+{len(number)}")
    if not int(number):
        _impossible(text, "the number after the point begins at 1")
    return f"{year}{month}.{number}"


def _old_id(found: re.Match[str], text: str) -> str:
    year, month, number = found["year"], found["month"], found["number"]
    _check_month(month, text)
    if "0703" < f"{year}{month}" < "9107":
        _impossible(text, "ids of this form were given from July 1991 (9107) to March 2007 (0703)")
    return f"{found['archive'].lower()}/{year}{month}{number}"


def _version(found: re.Match[str], text: str) -> int | None:
    if found["version"] is None:
        return None
    version = int(found["version"])
    if not version:
        _impossible(text, "versions begin at v1")
    return version


def _check_month(month: str, text: str) -> None:
    if not 1 <= int(month) <= 12:
        _impossible(text, f"the third and fourth digit are the month, and there is no month {month}")


def _impossible(text: str, why: str) -> NoReturn:
    raise UnknownReferenceError(
        f"{_short(text)} looks like an arXiv id, but {why}.",
        hint="Compare it with the paper; an id looks like 2210.13393, 0704.0001 or math/0611800.",
    )


def _explain(text: str) -> UnknownReferenceError:
    """Say what ``text``, which names no paper, was probably meant to be."""
    path = Path(text)
    looks_like_file = (
        len(text) < 256
        and "\n" not in text
        and (
            path.suffix.lower() in FORMS.keys() | SOURCES
            or re.fullmatch(r"\S+\.[a-z]\w{1,4}", text, re.I)
            or "/" in text
            or "\\" in text
        )
    )
    if re.match(r"arxiv\b", text, re.I):
        return UnknownReferenceError(f"{_short(text)} speaks of arXiv, but holds no arXiv id.", hint=_POSSIBLE)
    if old := _OLD_ID.fullmatch(text):
        return UnknownReferenceError(
            f"{_short(text)} looks like an old arXiv id, but arXiv has had no archive '{old['archive']}'.",
            hint=_POSSIBLE,
        )
    close = _similar_names(path)
    if not (looks_like_file or close):
        return UnknownReferenceError(
            f"{_short(text)} is neither a file nor an id, a DOI or a URL of a paper.", hint=_POSSIBLE
        )
    message = f"{_short(text)} looks like a file name, but there is no such file"
    if close:
        message += f"; did you mean {' or '.join(close)}?"
    elif _kind_of_path(str(path.parent)) != "folder":
        message += f": the folder {_short(str(path.parent))} does not exist."
    else:
        message += "."
    hint = _POSSIBLE
    if (stem := _NEW_ID.fullmatch(path.stem)) and path.suffix.lower() == ".pdf":
        hint = f"To fetch the paper from arXiv, leave out the ending: {stem[0]}"
    return UnknownReferenceError(message, hint=hint)


def _similar_names(path: Path) -> list[str]:
    """Up to three files beside ``path`` with a similar name, as the user would type them."""
    try:
        names = [
            entry.name
            for entry in islice(path.parent.iterdir(), 10_000)
            if entry.suffix.lower() in FORMS.keys() | SOURCES
        ]
    except (OSError, ValueError):
        return []
    by_folded: dict[str, str] = {}
    for name in sorted(names):  # under its stem as well: the ending is what is left out most often
        by_folded.setdefault(Path(name).stem.casefold(), name)
        by_folded[name.casefold()] = name
    close = difflib.get_close_matches(path.name.casefold()[:255], by_folded, n=3, cutoff=0.75)
    return list(dict.fromkeys(str(path.with_name(by_folded[name])) for name in close))


def _short(text: str) -> str:
    """``text`` on one line of at most 80 characters, for a message."""
    line = " ".join(text.split())
    return f"'{line}'" if len(line) <= 80 else f"'{line[:77]}...'"
