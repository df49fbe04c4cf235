"""The figures of an evaluation, on made-up papers; and that they agree with the shared scorer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from seedaudit.auditing import Auditor
from seedaudit.errors import UsageError
from seedaudit.findings import Audit, Failure
from seedaudit.reporting.record import to_json
from seedaudit.sources.paper import Paper
from seedaudit.training.scoring import read_labelled, score, to_record

FIXED = b"We train all models with Adam for ten epochs, and the random seed is fixed to 42 in all training runs.\n"


def gold(folder: Path, label: str, **more: object) -> Path:
    passage = {
        "page": None,
        "snippet": "We train all models with Adam for ten epochs, and the random \u27e6seed\u27e7 is fixed to 42.",
        "label": label,
        "also": [],
        "care": True,
    } | more
    file = folder / "gold.jsonl"
    verdict = "red-flag" if label in {"fixed-seed", "seed-comparison"} else "none"
    file.write_text(json.dumps({"paper": "one", "verdict": verdict, "passages": [passage]}) + "\n", encoding="utf-8")
    return file


def audited() -> Audit | Failure:
    return Auditor().audit(Paper("one.txt", "text", FIXED))


def test_a_right_finding_is_right(tmp_path: Path) -> None:
    figures = score([audited()], read_labelled([gold(tmp_path, "fixed-seed")]))
    one = figures.per_use["fixed-seed"]
    assert (one.right, one.false, one.missed) == (1, 0, 0)
    assert figures.overall.f1 == figures.accuracy == 1
    assert figures.sensitivity == (1, 1)
    assert figures.specificity == (0, 0)


def test_another_use_is_false_and_missed(tmp_path: Path) -> None:
    figures = score([audited()], read_labelled([gold(tmp_path, "sensitivity")]))
    assert figures.per_use["fixed-seed"].false == 1
    assert figures.per_use["sensitivity"].missed == 1
    assert figures.specificity == (0, 1)


def test_a_second_label_is_right_and_a_doubtful_one_counts_neither_way(tmp_path: Path) -> None:
    second = score([audited()], read_labelled([gold(tmp_path, "sensitivity", also=["fixed-seed"])]))
    assert second.per_use["fixed-seed"].right == 1
    assert second.per_use["sensitivity"].missed == 0
    doubtful = score([audited()], read_labelled([gold(tmp_path, "sensitivity", care=False)]))
    assert doubtful.per_use["fixed-seed"].false == doubtful.per_use["sensitivity"].missed == 0


def test_a_finding_on_another_page_is_not_the_passage(tmp_path: Path) -> None:
    paged = Auditor().audit(Paper("one.txt", "text", b"Nothing here.\n\f" * 4 + FIXED))
    figures = score([paged], read_labelled([gold(tmp_path, "fixed-seed", page=1)]))
    assert (figures.per_use["fixed-seed"].false, figures.per_use["fixed-seed"].missed) == (1, 1)


def test_a_missing_paper_is_wrong_both_ways(tmp_path: Path) -> None:
    assert score([], read_labelled([gold(tmp_path, "fixed-seed")])).sensitivity == (0, 1)
    assert score([], read_labelled([gold(tmp_path, "discussion")])).specificity == (0, 1)


def test_a_record_that_is_off_is_told_with_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('{"paper": "one"}\n', encoding="utf-8")
    with pytest.raises(UsageError, match=r"bad\.jsonl, line 1"):
        read_labelled([file])


@pytest.mark.parametrize("name", ["dev-natural", "dev-text", "dev-mixed"])
def test_the_figures_agree_with_the_shared_scorer(shared: Path, tmp_path: Path, name: str) -> None:
    labels = shared / "gold" / f"{name}.jsonl"
    chosen = labels.read_text(encoding="utf-8").splitlines()[:12]
    few = tmp_path / "gold.jsonl"
    few.write_text("\n".join(chosen) + "\n", encoding="utf-8")
    auditor = Auditor()
    results = []
    for line in chosen:
        (file,) = (shared / "papers" / name).glob(f"{json.loads(line)['paper']}.*")
        form = {".txt": "text", ".md": "markdown", ".pdf": "pdf"}[file.suffix]
        results.append(auditor.audit(Paper(str(file), form, file.read_bytes())))  # type: ignore[arg-type]
    output = tmp_path / "out.json"
    output.write_text(to_json(results, auditor.tool, all_mentions=False), encoding="utf-8")
    scorer = shared / "score" / "score.py"
    done = subprocess.run(
        [sys.executable, str(scorer), str(output), str(few), "--json"], capture_output=True, text=True, check=True
    )
    theirs = json.loads(done.stdout)
    ours = to_record(score(results, read_labelled([few])), "")
    assert ours["passage_micro_f1"] == pytest.approx(theirs["passage_micro"]["f1"], abs=1e-4)
    assert ours["passage_macro_f1"] == pytest.approx(theirs["passage_macro_f1"], abs=1e-4)
    assert ours["verdict_kappa"] == pytest.approx(theirs["verdict_kappa"], abs=1e-4)
    assert ours["risky_sensitivity_counts"] == theirs["risky_sensitivity"]
    assert ours["risky_specificity_counts"] == theirs["risky_specificity"]
    assert ours["verdict_accuracy"] == pytest.approx(theirs["verdict_accuracy"], abs=1e-4)
    counts = {use: (one["right"], one["false"], one["missed"]) for use, one in ours["per_use"].items()}
    assert counts == {use: (one["tp"], one["fp"], one["fn"]) for use, one in theirs["per_use"].items()}
    pairs = {f"{want}->{got}": count for want, row in ours["confusion"].items() for got, count in row.items() if count}
    assert pairs == theirs["confusion"]
