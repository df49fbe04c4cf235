"""Calibration, groups, confusions and kinds of errors, on papers made up here; and the forms they are told in."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from seedaudit.batch.statistics import wilson
from seedaudit.cli import cli
from seedaudit.errors import UsageError
from seedaudit.findings import Audit, Finding, Use
from seedaudit.training.breakdown import (
    Places,
    breakdown,
    error_rows,
    passage_confusion,
    reliability,
    with_manifests,
)
from seedaudit.training.scoring import Compared, Labelled, compare, read_labelled

from ..reporting import made_up

FIXED = "We train all models with Adam for ten epochs, and the random seed is fixed to 42 in all training runs.\n"
DRAWN = "The harbour corpus is split at random into three parts, and the split uses a seed of its own for the draw.\n"


def paper(name: str, text: str, label: str, verdict: str, **more: Any) -> dict[str, Any]:
    """A labelled paper with one passage, whose judged word is the first ``seed``."""
    snippet = text.strip().replace("seed", "\u27e6seed\u27e7", 1)
    passage = {"page": None, "snippet": snippet, "label": label, "also": [], "care": True}
    return {"paper": name, "verdict": verdict, "passages": [passage]} | more


def write(folder: Path, *papers: dict[str, Any]) -> Path:
    file = folder / "gold.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in papers), encoding="utf-8")
    return file


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, list(map(str, arguments)), prog_name="seedaudit")


def labelled(folder: Path, *papers: dict[str, Any]) -> list[Labelled]:
    return read_labelled([write(folder, *papers)])


def finding(use: Use, confidence: float, quote: str = FIXED) -> Finding:
    return replace(made_up.FIXED, use=use, confidence=confidence, quote=quote.strip(), page=None)


def audit(name: str, *findings: Finding, level: str = "red-flag") -> Audit:
    verdict = replace(made_up.RED.verdict, level=level)  # type: ignore[arg-type]
    return replace(made_up.RED, source=f"{name}.txt", findings=findings, verdict=verdict)


@pytest.fixture
def compared(tmp_path: Path) -> list[Compared]:
    """One paper for each way to be wrong, and one that is right."""
    papers = labelled(
        tmp_path,
        paper("right", FIXED, "fixed-seed", "red-flag"),
        paper("confused", FIXED, "sensitivity", "safe"),
        paper("neutral", FIXED, "fixed-seed", "red-flag"),
        paper("unseen", FIXED, "fixed-seed", "red-flag"),
        paper("torn", FIXED, "fixed-seed", "red-flag"),
        paper("extra", DRAWN, "data-sampling", "none"),
        paper("absent", FIXED, "fixed-seed", "red-flag"),
    )
    results = [
        audit("right", finding("fixed-seed", 0.9)),
        audit("confused", finding("fixed-seed", 0.8)),
        audit("neutral", finding("data-sampling", 0.7), level="none"),
        audit("unseen", level="none"),
        audit("torn", level="none"),
        audit("extra", finding("tuning", 0.6, "Something that nobody has labelled, about seeds."), level="safe"),
    ]
    return compare(results, papers)


def test_each_error_has_its_kind_and_place(compared: list[Compared]) -> None:
    places = Places({})
    from seedaudit.documents.text import read_text

    texts = {"unseen": "Before it. " + FIXED, "torn": "Another text about harbours and barges.\n"}
    for one in compared:
        if one.paper.name in texts:
            places.look(one.paper, read_text(texts[one.paper.name].encode(), markdown=False, name="x.txt"))
    rows = {(one.paper, one.counts): one for one in error_rows(compared, places) if one.kind != "verdict"}
    assert {key: one.kind for key, one in rows.items()} == {
        ("confused", "both"): "label-confused",
        ("neutral", "missed"): "label-confused",
        ("unseen", "missed"): "candidate-missed",
        ("torn", "missed"): "text-torn",
        ("extra", "false"): "not-labelled",
        ("absent", "missed"): "not-audited",
    }
    confused = rows["confused", "both"]
    assert (confused.labelled, confused.told, confused.confidence) == ("sensitivity", "fixed-seed", 0.8)
    assert (rows["neutral", "missed"].told, rows["torn", "missed"].start) == ("data-sampling", None)
    unseen = rows["unseen", "missed"]
    assert unseen.start is not None
    assert texts["unseen"][unseen.start : unseen.end] == "seed"


def test_a_verdict_is_wrong_for_a_reason(compared: list[Compared]) -> None:
    told = {one.paper: one.why for one in error_rows(compared, Places({})) if one.kind == "verdict"}
    assert set(told) == {"confused", "neutral", "unseen", "torn", "extra", "absent"}
    assert told["absent"] == "not audited: no file"
    assert told["neutral"] == "findings"
    searched = [replace(compared[0], told="caution", paper=replace(compared[0].paper, search="all"))]
    (row,) = error_rows(searched, Places({}))
    assert row.why == f"search told {made_up.RED.search.level}, labelled all"


def test_passages_are_counted_by_label_and_what_was_told(compared: list[Compared]) -> None:
    assert passage_confusion(compared) == {
        "sensitivity": {"fixed-seed": 1},
        "fixed-seed": {"fixed-seed": 1, "data-sampling": 1, "not found": 3},
        "data-sampling": {"not found": 1},
        "not labelled": {"tuning": 1},
    }


def test_reliability_is_that_of_bins_of_equal_numbers(tmp_path: Path) -> None:
    papers = labelled(tmp_path, *(paper(f"p{at}", FIXED, "fixed-seed", "red-flag") for at in range(40)))
    uses: list[Use] = ["fixed-seed" if at % 4 else "tuning" for at in range(20)] + ["fixed-seed"] * 20
    results = [audit(f"p{at}", finding(use, 0.6 if at < 20 else 0.9)) for at, use in enumerate(uses)]
    bins, error = reliability(compare(results, papers))
    assert [(round(one.confidence, 3), one.right, one.of) for one in bins] == [
        (0.6, 5, 10), (0.6, 10, 10), (0.9, 10, 10), (0.9, 10, 10),
    ]  # fmt: skip
    assert error is not None
    assert error == pytest.approx(sum(abs(one.right / one.of - one.confidence) * one.of for one in bins) / 40)
    assert reliability([]) == ([], None)


def test_doubtful_findings_are_in_no_bin(tmp_path: Path) -> None:
    doubtful = paper("p", FIXED, "sensitivity", "safe")
    doubtful["passages"][0]["care"] = False
    bins, _ = reliability(compare([audit("p", finding("fixed-seed", 0.9))], labelled(tmp_path, doubtful)))
    assert bins == []


def test_groups_and_intervals_add_up(compared: list[Compared], tmp_path: Path) -> None:
    with (tmp_path / "manifest.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["slug", "year", "venue_or_template"])
        writer.writerows([["right", "2021", "ACL | stamped"], ["confused", "2021", "ACL"], ["extra", "2020", "PMLR"]])
    papers = with_manifests([one.paper for one in compared], [tmp_path])
    record = breakdown([replace(one, paper=of) for one, of in zip(compared, papers, strict=True)], Places({}), "ours")
    venues = {one["name"]: one["papers"] for one in record["by_venue"]}
    assert venues == {"ACL": 2, "PMLR": 1, "": 4}
    assert [one["name"] for one in record["by_venue"]][-1] == ""
    assert {one["name"] for one in record["by_year"]} >= {"2020", "2021"}
    whole = record["passage_confusion"]["fixed-seed"]
    assert sum(whole.values()) == 5
    fixed = record["per_use"]["fixed-seed"]
    assert (fixed["precision"]["hits"], fixed["precision"]["of"], fixed["recall"]["of"]) == (1, 2, 5)
    assert fixed["recall"]["interval"] == [round(one, 4) for one in wilson(1, 5)]
    assert record["intervals"]["verdict_accuracy"] == [round(one, 4) for one in wilson(1, 7)]
    assert sum(record["error_kinds"].values()) == len(record["errors"])
    (tmp_path / "manifest.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="cannot be read"):
        with_manifests(papers, [tmp_path])


def test_the_command_tells_the_same_in_every_form(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    for name, text in (("one", FIXED), ("two", DRAWN), ("three", FIXED)):
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    gold = write(
        tmp_path,
        paper("one", FIXED, "fixed-seed", "red-flag", year=2020, venue="Harbour Workshop"),
        paper("two", DRAWN, "data-sampling", "none", year=2021),
        paper("three", FIXED, "tuning", "safe", year=2021),
        paper("four", FIXED, "fixed-seed", "red-flag"),
    )
    record = json.loads(run("evaluate", gold, "--papers", folder, "--format", "json").stdout)
    assert record["papers"] == 4
    assert {one["name"] for one in record["by_venue"]} == {"Harbour Workshop", ""}
    kinds = {(one["paper"], one["kind"]) for one in record["errors"]}
    assert {("three", "label-confused"), ("four", "not-audited"), ("four", "verdict")} <= kinds
    words = run("evaluate", gold, "--papers", folder)
    assert "no file for four" in words.stderr
    assert "Harbour Workshop" in words.stdout
    assert "label-confused · three" in words.stdout
    assert f"micro-F1 {record['passage_micro_f1']:.3f}" in words.stdout
    page, figures = tmp_path / "page.html", tmp_path / "figures.json"
    assert run("evaluate", gold, "--papers", folder, "--output", page).exit_code == 0
    assert run("evaluate", gold, "--papers", folder, "--output", figures, "--no-errors").exit_code == 0
    short = json.loads(figures.read_text(encoding="utf-8"))
    assert short == {key: value for key, value in record.items() if key != "errors"}
    html = page.read_text(encoding="utf-8")
    assert html.startswith("<!DOCTYPE html>")
    assert f"{record['passage_micro_f1']:.3f}" in html
    assert "data:image/svg+xml;base64," in html
    assert 'alt="Share of' in html
    for told in (html, words.stdout, json.dumps(record)):  # no words of the papers
        assert "ten epochs" not in told


def test_wrong_calls_are_said(tmp_path: Path) -> None:
    gold = write(tmp_path, paper("one", FIXED, "fixed-seed", "red-flag"))
    assert "is not a folder" in run("evaluate", gold, "--papers", tmp_path / "none").output
    done = run("evaluate", gold, "--papers", tmp_path, "--output", tmp_path / "no" / "such.html")
    assert done.exit_code == 2
    assert "Traceback" not in done.output
