"""Labels and papers put together again: from a folder, and from hosts on this machine."""

from __future__ import annotations

import contextlib
import csv
import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner, Result

from seedaudit import resources
from seedaudit.cli import cli
from seedaudit.documents.reader import read
from seedaudit.sources import bases
from seedaudit.sources.local import load_file
from seedaudit.sources.reference import FileReference
from seedaudit.training import standoff
from seedaudit.training.__main__ import main
from seedaudit.training.datasets import read_examples
from seedaudit.training.rebuild import Folder, Missing, Rebuilt, finder, lessons, rebuild
from seedaudit.training.search_examples import read as read_search
from seedaudit.training.standoff import Label, LabelledPaper, Letters

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "corpus" / "samples"
PAPERS = {
    "two-column": ("averaged over five random seeds", "seed-comparison"),
    "settings-table": ("Random seed", "fixed-seed"),
    "best-of-three": ("seeds", "seed-comparison"),
}


def record(name: str, *, split: standoff.Split = "train", **more: Any) -> LabelledPaper:
    """A sample paper's label, made without the file's hash, as those of real training papers are."""
    words, label = PAPERS[name]
    document = read(load_file(FileReference(SAMPLES / name / f"{name}.pdf", "pdf")))
    start = document.text.index(words)
    page = document.locate(start, start + len(words)).page
    named = standoff.mark(Letters(document.text), start, start + len(words))
    document.close()
    labels = (Label(page, None, None, named, label),)  # type: ignore[arg-type]
    return LabelledPaper(**{"paper": None, "sha256": None, "split": split, "set": "ours", "labels": labels} | more)


def write(file: Path, *papers: LabelledPaper) -> Path:
    file.write_text(standoff.to_lines(papers), encoding="utf-8")
    return file


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, list(map(str, arguments)), prog_name="seedaudit")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The samples in one folder, under names of their own."""
    made = tmp_path / "papers"
    made.mkdir()
    for at, name in enumerate(PAPERS):
        (made / f"paper-{at}.pdf").write_bytes((SAMPLES / name / f"{name}.pdf").read_bytes())
    return made


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The hosts that the tests of sources play, for every base URL; nobody waits for the interval."""
    player = _player()
    monkeypatch.setattr("seedaudit.sources.http.Clock", lambda: player.Time().clock)
    with contextlib.ExitStack() as stack:
        played = {}
        for name in bases.DEFAULTS:
            host = stack.enter_context(player.play())
            monkeypatch.setenv(name, f"{host.url}/api/query" if name == bases.ARXIV_API else host.url)
            played[name] = host
        yield played


def _player() -> ModuleType:
    name = "seedaudit_tests_sources_conftest"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "tests" / "sources" / "conftest.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def pdf(name: str) -> bytes:
    return (SAMPLES / name / f"{name}.pdf").read_bytes()


def test_papers_of_all_hosts_are_fetched_and_give_training_data(tmp_path: Path, hosts: dict[str, Any]) -> None:
    player = _player()
    arxiv, acl, pmlr = hosts[bases.ARXIV], hosts[bases.ACL], hosts[bases.PMLR]
    hosts[bases.ARXIV_API].api(player.feed(player.entry("2101.00001v1")))
    arxiv.pdf("2101.00001v1", player.reply(body=pdf("two-column")))
    pmlr.serve(
        "/v1/one21a.html", player.page(f'<meta name="citation_pdf_url" content="{pmlr.url}/v1/one21a/one21a.pdf">')
    )
    pmlr.serve("/v1/one21a/one21a.pdf", player.reply(body=pdf("settings-table")))
    title = "Keeping the Best of Three: A Study Made Up for Tests"
    volume = (
        f'@inproceedings{{a, title = "{title}", url = "https://aclanthology.org/2021.acl-long.7/", year = "2021"}}\n'
    )
    acl.serve("/volumes/2021.acl-long.bib", player.reply(body=volume.encode(), kind="text/plain"))
    acl.serve("/2021.acl-long.7.pdf", player.reply(body=pdf("best-of-three")))
    labels = write(
        tmp_path / "labels.jsonl",
        record("two-column", paper="arxiv:2101.00001"),
        record("settings-table", paper="pmlr:v1/one21a"),
        record(
            "best-of-three", title=standoff.title_hash(title), volumes=("2021.acl-short", "2021.acl-long"), set="titles"
        ),
        record("two-column", paper="pmlr:v1/two21a", split="dev"),
    )
    into = tmp_path / "built"
    done = run("corpus", "build", "--labels", labels, "--into", into, "--quiet")
    assert done.exit_code == 0, done.output
    assert "3 of 3 papers, 3 of 3 passages" in done.output
    examples = read_examples([into / "ours.jsonl", into / "titles.jsonl"])
    told = [(one.text[one.start : one.end].lower(), one.label) for one in examples if not one.origin.endswith("+")]
    assert [label for _, label in told] == ["seed-comparison", "fixed-seed", "seed-comparison"]
    assert all("seed" in words for words, _ in told)
    # What was fetched is kept.
    asked = [len(host.asked) for host in hosts.values()]
    again = run("corpus", "build", "--labels", labels, "--into", into, "--quiet", "--offline")
    assert (again.exit_code, [len(host.asked) for host in hosts.values()]) == (0, asked)


def test_what_cannot_be_put_together_is_told(tmp_path: Path, hosts: dict[str, Any]) -> None:
    player = _player()
    pmlr = hosts[bases.PMLR]
    pmlr.serve(
        "/v1/one21a.html", player.page(f'<meta name="citation_pdf_url" content="{pmlr.url}/v1/one21a/one21a.pdf">')
    )
    pmlr.serve("/v1/one21a/one21a.pdf", player.reply(body=pdf("no-seed")))
    labels = write(
        tmp_path / "labels.jsonl",
        record("two-column", paper="pmlr:v1/one21a"),  # another paper came
        record("two-column", paper="pmlr:v1/gone21a"),
        record("two-column", title="0" * 16),
    )
    into = tmp_path / "built"
    done = run("corpus", "build", "--labels", labels, "--into", into)
    assert done.exit_code == 3
    assert "1 of 3 papers, 0 of 3 passages" in done.output
    rows = list(csv.DictReader((into / "NOT-PLACED.csv").open(encoding="utf-8")))
    assert [row["kind"] for row in rows] == ["not-placed", "unknown-id", "no-id"]
    assert rows[1]["paper"] == "pmlr:v1/gone21a"


def test_labels_of_a_search_train_the_other_model(tmp_path: Path, folder: Path) -> None:
    words = "the learning rate was chosen from"
    source = load_file(FileReference(folder / "paper-0.pdf", "pdf"))
    document = read(source)
    start = document.text.index(words)
    named = standoff.mark(Letters(document.text), start, start + len(words))
    document.close()
    label = Label(1, None, None, named, "own", confidence=0.9)
    labels = write(
        tmp_path / "labels.jsonl",
        LabelledPaper(None, source.sha256, "train", "told", (label,), search="own", of="search"),
    )
    into = tmp_path / "built"
    done = run("corpus", "build", "--labels", labels, "--into", into, "--papers", folder, "--quiet")
    assert done.exit_code == 0, done.output
    papers, examples = read_search([into / "told.jsonl"])
    assert [(one.id, one.level, one.judged) for one in papers] == [("paper-0", "own", True)]
    assert "own" in {one.label for one in examples}
    assert lessons(labels, [folder])[0] == []  # they are no uses


def test_a_host_that_does_not_answer_is_not_asked_for_every_paper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seedaudit.errors import NetworkError
    from seedaudit.training import rebuild as module

    asked = []

    def refuse(reference: object, **_: object) -> None:
        asked.append(reference)
        raise NetworkError("No answer.")

    monkeypatch.setattr(module, "obtain", refuse)
    papers = [record("two-column", paper=f"pmlr:v1/one21{letter}") for letter in "abcd"]
    kinds = [one.error.kind for one in rebuild(papers, finder(None, module.Hosts())) if isinstance(one, Missing)]
    assert kinds == ["network", "network", "not-tried", "not-tried"]
    assert len(asked) == 2


def test_dev_papers_are_built_only_where_they_are_asked_for(tmp_path: Path, folder: Path) -> None:
    sha256 = load_file(FileReference(folder / "paper-0.pdf", "pdf")).sha256
    labels = write(
        tmp_path / "labels.jsonl",
        record("two-column", split="dev", sha256=sha256, verdict="caution", search="own", set="kept"),
    )
    into = tmp_path / "built"
    assert run("corpus", "build", "--labels", labels, "--into", into, "--papers", folder).exit_code == 0
    assert not (into / "kept.jsonl").exists()
    assert (
        run("corpus", "build", "--labels", labels, "--into", into, "--papers", folder, "--split", "dev").exit_code == 0
    )
    built = json.loads((into / "kept.jsonl").read_text(encoding="utf-8"))
    assert (built["verdict"], built["search"], built["paper"]) == ("caution", "own", "paper-0")
    assert read_examples([into / "kept.jsonl"]) == []  # training passes dev papers over
    told = run("evaluate", into / "kept.jsonl", "--papers", folder, "--format", "json")
    assert json.loads(told.output)["per_use"]["seed-comparison"]["right"] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--papers", "no-such-folder"], "is not a folder"),
        (["--set", "unheard-of"], "no set unheard-of"),
        (["--labels", "no-such-file"], "cannot be read"),
    ],
)
def test_wrong_calls_are_said(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = run("corpus", "build", "--into", tmp_path / "built", "--offline", "--limit", 1, *arguments)
    assert done.exit_code == 2
    assert said in done.output


def test_a_paper_at_hand_is_known_by_its_bytes_its_name_or_its_title(folder: Path) -> None:
    by_bytes = record("two-column", sha256=load_file(FileReference(folder / "paper-0.pdf", "pdf")).sha256)
    by_name = record("settings-table", paper="pmlr:paper/1")
    document = read(load_file(FileReference(folder / "paper-2.pdf", "pdf")))
    by_title = record("best-of-three", title=standoff.title_hash(document.title))
    document.close()
    unknown = record("two-column", title="0" * 16)
    results = list(rebuild([by_bytes, by_name, by_title, unknown], finder(Folder([folder]), None)))
    assert [isinstance(one, Rebuilt) and len(one.places) for one in results] == [1, 1, 1, False]


def test_training_learns_from_records_and_says_what_it_left_out(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sums = [load_file(FileReference(folder / f"paper-{at}.pdf", "pdf")).sha256 for at in range(3)]
    unsure = record("settings-table", sha256=sums[1], split="review")
    wrong = LabelledPaper(None, sums[1], "review", "ours", (_decided(unsure.labels[0], "wrong"),))
    records = write(
        tmp_path / "mine.jsonl",
        record("two-column", sha256=sums[0], split="review"),
        wrong,
        record("best-of-three", sha256=sums[2], split="dev"),
        record("two-column", sha256="0" * 64, split="review"),
    )
    learned, remarks = lessons(records, [folder])
    assert [passage["label"] for one in learned for passage in one["passages"]] == ["seed-comparison"]
    assert remarks[-1].endswith("1 labels placed, 1 not; 1 say what is wrong or unsure only; 1 are of dev papers")
    assert "not in the folder" in remarks[0]
    with_dev, _ = lessons(records, [folder], with_dev=True)
    assert len(with_dev) == 2

    few = tmp_path / "passages.jsonl"
    lines = (ROOT / "corpus" / "passages.jsonl").read_text(encoding="utf-8").splitlines()[::12]
    few.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert main([str(few), "--records", str(records), "--papers", str(folder), "--no-output"]) == 0
    told = capsys.readouterr()
    assert f"{len(read_examples([few])) + len(read_examples_of(learned))} examples" in told.out
    assert "kept aside" in told.out
    assert "1 are of dev papers" in told.err


def test_labels_of_a_dev_paper_are_left_out_whoever_made_them(tmp_path: Path, folder: Path) -> None:
    dev = next(one for one in standoff.read_records([resources.labels()]) if one.split == "dev" and one.paper)
    mine = write(tmp_path / "mine.jsonl", record("two-column", paper=dev.paper, split="review"))
    learned, remarks = lessons(mine, [folder])
    assert not learned
    assert remarks[-1].endswith("1 are of dev papers")


def test_a_dev_paper_is_known_by_its_title_too(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = read(load_file(FileReference(folder / "paper-0.pdf", "pdf")))
    title = standoff.title_hash(document.title)
    document.close()
    shipped = write(tmp_path / "shipped.jsonl", record("settings-table", split="dev", title=title))
    monkeypatch.setattr(resources, "labels", lambda: shipped)
    sums = [load_file(FileReference(folder / f"paper-{at}.pdf", "pdf")).sha256 for at in (0, 2)]
    mine = write(
        tmp_path / "mine.jsonl",
        record("two-column", sha256=sums[0], split="review"),
        record("best-of-three", sha256=sums[1], split="review"),
    )
    learned, remarks = lessons(mine, [folder])
    assert [one["paper"] for one in learned] == ["paper-2"]
    assert remarks[-1].endswith("1 labels placed, 0 not; 0 say what is wrong or unsure only; 1 are of dev papers")


def _decided(label: Label, decision: standoff.Decision) -> Label:
    return Label(label.page, label.start, label.end, label.mark, label.label, decision=decision)


def read_examples_of(records: list[dict[str, Any]]) -> list[Any]:
    from seedaudit.training.datasets import examples_of

    return [example for one in records for example in examples_of(one, "mine")]
