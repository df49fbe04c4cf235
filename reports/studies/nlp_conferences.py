"""The study of 100 NLP conference papers: what the tool says of them beside what is true.

    python reports/studies/nlp_conferences.py [SHARED] [--into STUDY.db] [--jobs N]

In: SHARED (default ../shared), which holds ``papers/dev-acl`` and ``papers/dev-mixed`` with their labels in ``gold/``.
Out: Markdown for the README, figures only. The one decision owned here: what the tool's share is corrected with, namely
its sensitivity and specificity on the other set, so that no paper stands on both sides.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seedaudit.batch.statistics import RISKY_LEVELS, Rate, Share, Statistics, analyse, rogan_gladen
from seedaudit.batch.store import read_study
from seedaudit.findings import SEED_USES, Audit
from seedaudit.reporting.study import interval, percent
from seedaudit.reporting.wording import LEVEL_NAMES, USE_WORDS

ROOT = Path(__file__).parents[2]
STUDIED, OTHERS = "dev-acl", "dev-mixed"


@dataclass(frozen=True, slots=True)
class Told:
    """What the tool says of one set, and what its labels say: level by the paper's name."""

    statistics: Statistics
    levels: dict[str, str]
    gold: list[dict[str, Any]]

    def risky(self, *, truly: bool) -> Share:
        """Among the papers that are risky, or are not, by their labels: how many the tool sees so."""
        of = [one for one in self.gold if (one["verdict"] in RISKY_LEVELS) is truly]
        return Share(sum((self.levels.get(one["paper"]) in RISKY_LEVELS) is truly for one in of), len(of))


def run(papers: Path, gold: Path, study: Path, jobs: str) -> Told:
    """Audit the PDFs below ``papers`` into ``study`` and put their labels beside them."""
    command = [sys.executable, "-m", "seedaudit", "batch", str(papers), "--into", str(study), "--jobs", jobs]
    done = subprocess.run(command, check=False, stdout=sys.stderr)
    if done.returncode not in {0, 3}:  # 3: some paper failed, and the table says so
        sys.exit(done.returncode)
    with read_study(study) as opened:
        levels = {
            Path(one.entry.key).stem: one.result.verdict.level
            for one in opened.results()
            if isinstance(one.result, Audit)
        }
        labelled = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]
        return Told(analyse(opened), levels, labelled)


def table(studied: Told, others: Told) -> Iterator[str]:
    """The figures as Markdown."""
    told, gold = studied.statistics, studied.gold
    sensitivity, specificity = others.risky(truly=True), others.risky(truly=False)
    corrected = rogan_gladen(told.risky, _rate(sensitivity), _rate(specificity))

    def true(counts: Callable[[dict[str, Any]], bool]) -> Share:
        return Share(sum(map(counts, gold)), len(gold))

    yield f"| of {told.audited} papers | seedaudit | 95% interval | by hand |"
    yield "|---|---|---|---|"
    yield _row("mention a random seed", told.mentions, true(_mentions))
    yield _row("red flag or caution", told.risky, true(lambda one: one["verdict"] in RISKY_LEVELS))
    if corrected:
        yield f"| the same, corrected | {percent(corrected.value)} | {interval(corrected)} | |"
    for level, share in told.levels:
        yield _row(f"verdict: {LEVEL_NAMES[level]}", share, true(lambda one, level=level: one["verdict"] == level))
    for row in told.uses:
        if row.use in SEED_USES:
            name = USE_WORDS[row.use].name.lower()
            yield _row(f"use: {name}", row.papers, true(lambda one, use=row.use: use in one["uses"]))
    agreed = Share(sum(studied.levels.get(one["paper"]) == one["verdict"] for one in gold), len(gold))
    found, left = studied.risky(truly=True), studied.risky(truly=False)
    yield ""
    yield (
        f"The tool and the labels give the same verdict for {agreed.count} of {agreed.of} papers. Of the {found.of} "
        f"risky ones it notices {found.count}, of the {left.of} others it leaves {left.count} alone. The correction "
        "(Rogan and Gladen 1978; interval after Lang and Reiczigel 2014) takes the rates that were measured on "
        f"{len(others.gold)} other papers: sensitivity {sensitivity.count}/{sensitivity.of}, specificity "
        f"{specificity.count}/{specificity.of}. For reference, the published figure is more than 50% of 85."
    )
    if told.failures:
        yield f"Not audited: {', '.join(f'{kind} {number}' for kind, number in told.failures)}."


def _rate(share: Share) -> Rate:
    return Rate(share.count / share.of, share.of)


def _mentions(paper: dict[str, Any]) -> bool:
    """Whether a judged passage says "seed" and means one, counted as the study does."""
    return any("seed" in one["snippet"].lower() and one["label"] != "not-a-seed" for one in paper["passages"])


def _row(name: str, told: Share, true: Share) -> str:
    return f"| {name} | {told.count} ({percent(told.value)}) | {interval(told)} | {true.count} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the study and print its table."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("shared", nargs="?", type=Path, default=ROOT.parent / "shared")
    ask.add_argument("--into", type=Path, help="keep the study here")
    ask.add_argument("--jobs", default="auto")
    said = ask.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        told = [
            run(
                said.shared / "papers" / part,
                said.shared / "gold" / f"{part}.jsonl",
                said.into if said.into and part == STUDIED else Path(name, f"{part}.db"),
                said.jobs,
            )
            for part in (STUDIED, OTHERS)
        ]
    for line in table(*told):
        print(line)


if __name__ == "__main__":
    main()
