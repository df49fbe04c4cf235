"""Labelled papers -> ``labels.jsonl``: the labels without the papers' text.

In: the folder ``shared`` with ``gold/*.jsonl``, their lists of papers and the dev papers. Out: ``labels.jsonl`` beside
this file, and on standard output what is in it and how many passages were placed in the dev papers. Run in the root of
the repository as ``python corpus/labels.py [SHARED]``. Labellers' notes are left out: they quote.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from seedaudit.documents.reader import read
from seedaudit.sources.local import load_file
from seedaudit.sources.reference import FileReference, parse
from seedaudit.training import standoff
from seedaudit.training.standoff import Label, LabelledPaper, Letters, Place, Split

HOME = Path(__file__).parent
SETS: tuple[tuple[str, Split, str], ...] = (
    ("dev-acl", "dev", "papers/dev-acl/manifest.csv"),
    ("dev-mixed", "dev", "papers/dev-mixed/manifest.csv"),
    ("dev-text", "dev", ""),
    ("dev-natural", "dev", "papers/dev-natural/manifest.csv"),
    ("train", "train", "gold/train-papers.csv"),
    ("train-natural", "train", ""),
    ("train-search", "train", ""),
)
# Volumes of the ACL Anthology that hold the papers of a conference.
VOLUMES = {
    "acl": ("{0}.acl-long", "{0}.findings-acl", "{0}.acl-short", "{0}.acl-industry"),
    "emnlp": ("{0}.emnlp-main", "{0}.findings-emnlp", "{0}.emnlp-industry"),
    "naacl": ("{0}.naacl-long", "{0}.findings-naacl", "{0}.naacl-short", "{0}.naacl-industry"),
    "naacl2022": ("2022.naacl-main", "2022.findings-naacl", "2022.naacl-industry"),
    "coling": ("{0}.coling-main", "{0}.coling-industry"),
    "coling2022": ("2022.coling-1",),
}
_NO_TITLE = re.compile(r"^PMLR v\d+: | mlresearch/v\d+$")
_HOSTED = re.compile(r"(?P<venue>acl|emnlp|naacl|coling)-?(?P<year>20\d\d)(?!\d)")


def main(shared: Path) -> None:
    """Write the file, and say what is in it."""
    papers: list[LabelledPaper] = []
    whole: dict[str, LabelledPaper] = {}
    for name, split, listed in SETS:
        manifest = read_manifest(shared / listed) if listed else {}
        records = [json.loads(line) for line in (shared / "gold" / f"{name}.jsonl").open(encoding="utf-8")]
        told: Counter[str] = Counter()
        for record in records:
            if "snippets" in record:
                paper = searched(record, name, whole[record["paper"]])
            else:
                paper = labelled(record, name, split, manifest.get(record["paper"], {}))
                whole[record["paper"]] = paper
            if split == "dev":
                paper = placed(paper, next((shared / "papers" / name).glob(f"{record['paper']}.*")), told)
            told["papers"] += 1
            told["passages"] += len(paper.labels)
            told["papers with an id" if paper.paper else "with a volume" if paper.volumes else "without"] += 1
            papers.append(paper)
        sys.stdout.write(f"{name}: {dict(told)}\n")
    (HOME / "labels.jsonl").write_text(standoff.to_lines(papers), encoding="utf-8")


def read_manifest(file: Path) -> dict[str, dict[str, str]]:
    """The rows of a list of papers, by the stem of the paper's file."""
    with file.open(encoding="utf-8", newline="") as rows:
        return {row.get("slug") or row["paper"]: row for row in csv.DictReader(rows)}


def labelled(record: dict[str, Any], name: str, split: Split, row: dict[str, str]) -> LabelledPaper:
    """One labelled paper without its text."""
    repository = row.get("source_repo") or record.get("source", "").rpartition("(via ")[2].rstrip(")")
    title = row.get("title") or record.get("title") or record.get("source", "").partition(" (via ")[0]
    identity = known_id(record, row)
    hosted = _HOSTED.search(repository)
    volumes: tuple[str, ...] = ()
    if hosted and identity is None:
        kind = hosted["venue"] + hosted["year"]
        volumes = tuple(one.format(hosted["year"]) for one in VOLUMES.get(kind, VOLUMES[hosted["venue"]]))
    return LabelledPaper(
        paper=identity,
        sha256=row.get("sha256") or None,
        split=split,
        set=name,
        labels=tuple(label_of(passage) for passage in record["passages"]),
        title=standoff.title_hash(title) if title and not _NO_TITLE.search(title) else None,
        volumes=volumes,
        search=record.get("search") if name != "dev-natural" else None,  # there it was not judged
        verdict=record.get("verdict"),
        verdict_also=tuple(record.get("verdict_also", ())),
    )


def searched(record: dict[str, Any], name: str, paper: LabelledPaper) -> LabelledPaper:
    """The labels of what a paper tells of its hyperparameter search; ``paper`` is the same one with other labels."""
    labels = tuple(label_of(passage) for passage in record["snippets"])
    return replace(paper, set=name, labels=labels, search=record["search"], verdict=None, verdict_also=(), of="search")


def known_id(record: dict[str, Any], row: dict[str, str]) -> str | None:
    """The paper's id at its host, where the lists or its name tell it."""
    if row.get("arxiv_id"):
        return f"arxiv:{row['arxiv_id']}"
    if found := re.fullmatch(r"md-(\d{4}\.\d{4,5})", record["paper"]):
        return f"arxiv:{found[1]}"
    volume = re.fullmatch(r"mlresearch/(v\d+)", row.get("source_repo", ""))
    if volume:
        return f"pmlr:{volume[1]}/{Path(row['source_path']).stem}"
    if found := re.fullmatch(r"PMLR (v\d+): (\S+)", record.get("source", "")):
        return f"pmlr:{found[1]}/{found[2]}"
    return None


def label_of(passage: dict[str, Any]) -> Label:
    """One passage without its text; where it stands is not known yet."""
    before, rest = passage["snippet"].split("\u27e6", 1)
    judged, after = rest.split("\u27e7", 1)
    letters = Letters(before + judged + after)
    named = standoff.mark(letters, len(before), len(before) + len(judged))
    return Label(
        page=passage["page"],
        start=None,
        end=None,
        mark=named,
        label=passage["label"],
        also=tuple(passage.get("also", ())),
        care=passage.get("care", True),
        confidence=None if "also" in passage else passage["confidence"],
    )


def placed(paper: LabelledPaper, file: Path, told: Counter[str]) -> LabelledPaper:
    """The paper with the offsets of its passages in ``file``, and what names them there."""
    reference = parse(str(file))
    assert isinstance(reference, FileReference)
    source = load_file(reference)
    document = read(source)
    letters, pages, labels = Letters(document.text), standoff.page_starts(document), []
    for label in paper.labels:
        found = standoff.place(label.mark, letters, pages, label.page)
        told["placed" if isinstance(found, Place) else "not placed"] += 1
        if found is not None:
            here = standoff.mark(letters, found.start, found.end)
            told["placed, other letters"] += here.hash != label.mark.hash
            page = document.locate(found.start, found.end).page
            told["placed, other page"] += None not in {page, label.page} and page != label.page
            labels.append(replace(label, page=page or label.page, start=found.start, end=found.end, mark=here))
        else:
            labels.append(label)
    document.close()
    if paper.title:
        told["title known"] += 1
        told["title read the same"] += standoff.title_hash(document.title) == paper.title
    return replace(paper, sha256=source.sha256, labels=tuple(labels))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared"))
