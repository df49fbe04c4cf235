"""Stand-off labels and the papers again -> labelled passages as training and evaluation read them.

In: records without text, and papers from a folder or from their hosts. Out: one labelled paper at a time, with its
passages as text, and what could not be put together, with the reason. The one decision made here: which file is the
paper of a record: one with the same bytes, else one with the same title, else what the host gives for its id, or for
the title in the volumes that may hold it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedaudit import resources
from seedaudit.documents.reader import read
from seedaudit.errors import (
    FetchError,
    NotThereError,
    OfflineError,
    PaperError,
    SeedauditError,
    UnknownReferenceError,
    UsageError,
)
from seedaudit.sources.local import load_file
from seedaudit.sources.paper import Paper
from seedaudit.sources.reference import FORMS, FileReference, PmlrReference, Reference, remote
from seedaudit.sources.source import obtain, open_client, prepare
from seedaudit.training.standoff import (
    Label,
    LabelledPaper,
    Letters,
    Place,
    excerpt,
    place_label,
    read_records,
    title_hash,
)

if TYPE_CHECKING:
    from seedaudit.sources.anthology import Anthology

Find = Callable[[LabelledPaper], Paper]
"""The paper of a record; raises SeedauditError where there is none."""
_NO_ANSWER = frozenset(("network", "tls", "timeout", "rate-limited"))
_GIVEN_UP = 2  # papers in a row that a host did not answer for; the others are not tried


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A paper with its passages: ``record`` is a line of a file of labelled papers, ``places`` say where they stand.

    ``lost`` are labels whose passage is not in the text, or stands in several places. ``title`` is the hash of the
    title that was read.
    """

    labelled: LabelledPaper
    record: dict[str, Any]
    places: tuple[tuple[Label, Place], ...]
    lost: tuple[Label, ...]
    title: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A paper that could not be had or read, and why."""

    labelled: LabelledPaper
    error: SeedauditError


def rebuild(papers: Iterable[LabelledPaper], find: Find) -> Iterator[Rebuilt | Missing]:
    """Put labels and text together again, paper by paper."""
    for labelled in papers:
        try:
            paper = find(labelled)
            yield put_together(labelled, paper)
        except (PaperError, UnknownReferenceError) as error:
            yield Missing(labelled, error)


def put_together(labelled: LabelledPaper, paper: Paper) -> Rebuilt:
    """The labels of one record in the text of ``paper``. Raises PaperError where it cannot be read."""
    document = read(paper)
    letters = Letters(document.text)
    passages: list[dict[str, Any]] = []
    places: list[tuple[Label, Place]] = []
    lost: list[Label] = []
    for number, label in enumerate(labelled.labels):
        found = place_label(label, document, letters, same_file=paper.sha256 == labelled.sha256)
        if found is None:
            lost.append(label)
            continue
        places.append((label, found))
        passage: dict[str, Any] = {
            "id": f"P{number}",
            "page": document.locate(found.start, found.end).page,
            "snippet": excerpt(document.text, found.start, found.end),
            "label": label.label,
        }
        if labelled.of == "uses":
            passage |= {"also": list(label.also), "care": label.care}
        if label.confidence is not None:
            passage["confidence"] = label.confidence
        passages.append(passage | {"note": label.note})
    document.close()
    name = re.sub(r"[^\w.-]+", "-", labelled.paper.partition(":")[2]) if labelled.paper else Path(paper.source).stem
    record: dict[str, Any] = {"paper": name, "source": labelled.name, "split": labelled.split}
    record |= {key: value for key in ("search", "verdict") if (value := getattr(labelled, key)) is not None}
    if labelled.verdict is not None:
        record["verdict_also"] = list(labelled.verdict_also)
    record["passages" if labelled.of == "uses" else "snippets"] = passages
    return Rebuilt(labelled, record, tuple(places), tuple(lost), title_hash(document.title))


@dataclass(slots=True)
class Folder:
    """Papers that are at hand, by the hash of their bytes and by the hash of their title. Looks at each file once."""

    paths: Sequence[Path]
    _by_hash: dict[str, Path] = field(default_factory=dict)
    _by_title: dict[str, Path] = field(default_factory=dict)
    _by_name: dict[str, Path] = field(default_factory=dict)
    _looked: bool = False

    def find(self, labelled: LabelledPaper) -> Paper | None:
        """The paper of a record, if it is here."""
        if not self._looked:
            self._look()
        path = self._by_hash.get(labelled.sha256 or "") or self._by_name.get(_stem(labelled.paper or ""))
        if path is None and labelled.title:
            path = self._titled().get(labelled.title)
        return None if path is None else _load(path)

    def _look(self) -> None:
        self._looked = True
        for folder in self.paths:
            if not folder.is_dir():
                raise UsageError(f"{folder} is not a folder.", hint="--papers names the folder with the papers' files.")
            for path in sorted(folder.iterdir()):
                if path.suffix.lower() in FORMS:
                    try:
                        self._by_hash.setdefault(_load(path).sha256, path)
                    except PaperError:
                        continue
                    self._by_name.setdefault(_stem(path.stem), path)

    def _titled(self) -> dict[str, Path]:
        if not self._by_title:
            self._by_title[""] = Path()
            for path in self._by_hash.values():
                try:
                    document = read(_load(path))
                except PaperError:
                    continue
                document.close()
                if document.title:
                    self._by_title.setdefault(title_hash(document.title), path)
        return self._by_title


def _stem(name: str) -> str:
    """An id or a file's name without what differs between them: ``pmlr:v97/a1`` and ``v97-a1``."""
    return re.sub(r"v\d+$", "", re.sub(r"[^a-z0-9.]+", "-", name.lower().rpartition(":")[2]))


def _load(path: Path) -> Paper:
    return load_file(FileReference(path, FORMS[path.suffix.lower()], source=str(path)))


@dataclass(slots=True)
class Hosts:
    """Papers from where they were published. A host that did not answer twice in a row is not asked again."""

    offline: bool = False
    notify: Callable[[str], None] | None = None
    _silent: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    _volumes: dict[str, dict[str, Reference]] = field(default_factory=dict)

    def prepare(self, papers: Iterable[LabelledPaper]) -> None:
        """Ask for what many papers need in common, before they are fetched: one request in place of hundreds."""
        named = (remote(one.paper) for one in papers if one.paper and one.paper.startswith("arxiv:"))
        prepare([one for one in named if one is not None], offline=self.offline, notify=self.notify)

    def find(self, labelled: LabelledPaper) -> Paper:
        """Fetch the paper of a record. Raises SeedauditError where there is no way to it or the host refuses."""
        host = "acl" if labelled.volumes else (labelled.paper or "").partition(":")[0]
        if not host:
            raise FetchError(
                "No id of this paper is known.",
                kind="no-id",
                hint="Name the folder that holds it: --papers DIR.",
            )
        if self._silent[host] >= _GIVEN_UP:
            raise FetchError(
                f"Not tried: {host} did not answer for the papers before.",
                kind="not-tried",
                hint="Run the command again later.",
            )
        try:
            paper = obtain(self._reference(labelled), offline=self.offline, notify=self.notify)
        except SeedauditError as error:
            self._silent[host] = self._silent[host] + 1 if error.kind in _NO_ANSWER else 0
            raise
        self._silent[host] = 0
        return paper

    def _reference(self, labelled: LabelledPaper) -> Reference:
        if labelled.paper is None:
            return self._in_volumes(labelled)
        host, _, rest = labelled.paper.partition(":")
        if host == "pmlr":
            volume, _, slug = rest.partition("/")
            return PmlrReference(volume, slug, source=labelled.paper)
        found = remote(labelled.paper) if host in {"arxiv", "acl", "doi"} else None
        if found is None:
            raise FetchError(f"{labelled.paper} is no id of a host that is known.", kind="no-id")
        return found

    def _in_volumes(self, labelled: LabelledPaper) -> Reference:
        with ExitStack() as opened:
            anthology: Anthology | None = None
            unknown: OfflineError | None = None
            for volume in labelled.volumes:
                if volume not in self._volumes:
                    if anthology is None:
                        from seedaudit.sources.anthology import Anthology

                        anthology = Anthology(opened.enter_context(open_client(self.notify)), offline=self.offline)
                    try:
                        self._volumes[volume] = _titles(anthology, volume)
                    except OfflineError as error:
                        unknown = error
                        continue
                if labelled.title in self._volumes[volume]:
                    return self._volumes[volume][labelled.title]
        if unknown is not None:
            raise unknown
        raise FetchError(
            f"No paper with this title is in {', '.join(labelled.volumes)} of the ACL Anthology.", kind="no-id"
        )


def _titles(anthology: Anthology, volume: str) -> dict[str, Reference]:
    """The papers of a volume by the hashes of their titles; empty for a volume that there is not."""
    try:
        return {title_hash(described.title): reference for reference, described in anthology.volume(volume)}
    except NotThereError:
        return {}


def finder(folder: Folder | None, hosts: Hosts | None) -> Find:
    """Looks for papers in ``folder`` first, then asks ``hosts``."""

    def find(labelled: LabelledPaper) -> Paper:
        if folder is not None and (paper := folder.find(labelled)) is not None:
            return paper
        if hosts is not None:
            return hosts.find(labelled)
        raise FetchError(
            "The paper is not in the folder.", kind="not-at-hand", hint="Add its file, with the bytes it had."
        )

    return find


def lessons(file: Path, folders: Sequence[Path], *, with_dev: bool = False) -> tuple[list[dict[str, Any]], list[str]]:
    """What can be learned from a file of records, as lines of a file of labelled papers; and remarks on what cannot.

    The papers are read from ``folders``. Without ``with_dev``, labels of dev papers are left out, whoever made them: a
    paper is one where the labels that ship say so, by its id, its bytes or its title. Raises UsageError for a file that
    is none.
    """
    papers = read_records([file])
    dev = [] if with_dev else [one for one in read_records([resources.labels()]) if one.split == "dev"]
    known = {name for one in dev for name in (one.paper and _stem(one.paper), one.sha256, one.title) if name}
    usable: list[LabelledPaper] = []
    left_out, silent = 0, 0
    for paper in papers:
        names = {paper.paper and _stem(paper.paper), paper.sha256, paper.title} - {None}
        if not with_dev and (paper.split == "dev" or names & known):
            left_out += len(paper.labels)
            continue
        teaching = tuple(label for label in paper.labels if label.teaches and paper.of == "uses")
        silent += len(paper.labels) - len(teaching)
        if teaching:
            usable.append(replace(paper, labels=teaching))
    learned: list[dict[str, Any]] = []
    remarks: list[str] = []
    for one in rebuild(tuple(usable), finder(Folder(folders), None)):
        if isinstance(one, Missing):
            remarks.append(f"{one.labelled.name}: {len(one.labelled.labels)} labels not placed: {one.error.message}")
            continue
        if one.title in known:
            left_out += len(one.labelled.labels)
            usable.remove(one.labelled)
            continue
        if one.places:
            learned.append(one.record)
        for label in one.lost:
            where = f"page {label.page}" if label.page is not None else "no page"
            remarks.append(f"{one.labelled.name}, {where}: not placed: not in the text, or in several places")
    placed = sum(len(one["passages"]) for one in learned)
    remarks.append(
        f"{file}: {placed} labels placed, {sum(len(one.labels) for one in usable) - placed} not; "
        f"{silent} say what is wrong or unsure only; {left_out} are of dev papers"
    )
    return learned, remarks
