"""What a batch costs, beside the floor it stands on, measured side by side in one run.

    python tests/benchmarks/batch.py FOLDER... [--rounds N] [--papers 10000] [--skip-report]

FOLDER holds PDFs. Prints, as medians over the rounds: the CPU time of a whole batch (parent, workers and what starts
them) against bare ``page.get_text()`` over the same files; papers per second with 2 processes against 1; peak memory of
parent and workers, and the worker's over repeated sets; the cost per paper for one set and for several; and for a
made-up study of --papers papers with five findings each: resume, report, size. It asserts nothing.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from seedaudit.auditing import Auditor
from seedaudit.batch.listing import FILE
from seedaudit.batch.runner import signature_of
from seedaudit.batch.store import Entry, open_study
from seedaudit.batch.work import Cost, Outcome
from seedaudit.findings import Audit, Evidence, Finding, Search, Seeds, Verdict

BARE = """
import sys
for name in ("pymupdf.layout", "pymupdf4llm"):
    sys.modules[name] = None
import pymupdf
for name in sys.argv[1:]:
    with pymupdf.open(name) as file:
        sum(len(page.get_text()) for page in file)
"""
COMMAND = [sys.executable, "-m", "seedaudit"]


WATCH = """
import ctypes, os, resource, subprocess, sys, time
ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: what the command leaves behind is waited for here
started, peak = time.perf_counter(), 0
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
while process.poll() is None:
    try:
        status = open(f"/proc/{process.pid}/status").read()
        peak = max(peak, int(status.split("VmHWM:")[1].split()[0]))
    except (OSError, IndexError):
        pass
    time.sleep(0.05)
wall = time.perf_counter() - started
try:
    while True:
        os.wait()
except ChildProcessError:
    pass
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, wall, peak >> 10)
"""


def child(command: list[str]) -> tuple[float, float, int]:
    """CPU seconds of a command and all that it starts, its wall seconds, and its own peak memory in MB."""
    out = subprocess.run(
        [sys.executable, "-c", WATCH, *command], capture_output=True, text=True, check=True
    ).stdout.split()
    return float(out[0]), float(out[1]), int(out[2])


def batch(folder: Path, files: list[Path], jobs: int, copies: int = 1) -> tuple[float, float, int, int]:
    """CPU, wall, peak memory of the parent and of the workers of a batch over ``files``."""
    work = folder / f"set-{copies}"
    if not work.exists():
        work.mkdir()
        for copy in range(copies):
            for at, file in enumerate(files):
                data = file.read_bytes()
                (work / f"{copy:03}-{at:04}.pdf").write_bytes(data + f"\n% {copy}\n".encode() if copy else data)
    study = folder / "study.db"
    for left in folder.glob("study.db*"):
        left.unlink()
    cpu, wall, memory = child([*COMMAND, "batch", str(work), "--into", str(study), "--jobs", str(jobs), "--quiet"])
    with sqlite3.connect(study) as database:
        (workers,) = database.execute("SELECT max(memory) FROM results").fetchone()
    return cpu, wall, memory, workers


def cost_per_paper(study: Path) -> list[float]:
    """Mean CPU seconds per paper in each tenth of the study, in the order of the audits."""
    with sqlite3.connect(study) as database:
        cpu = [row[0] for row in database.execute("SELECT cpu FROM results ORDER BY paper")]
    size = max(1, len(cpu) // 10)
    return [statistics.mean(cpu[at : at + size]) for at in range(0, size * 10, size)]


def made_up(path: Path, papers: int, folder: Path) -> None:
    """A study with ``papers`` papers that do not exist and five findings each; their files hold a number."""
    finding = Finding(
        use="seed-comparison", risk="red-flag", confidence=0.91, rules=("averaged-over-seeds",), page=5, boxes=None,
        section="5 Results", quote="All results are averaged over five random seeds for our tagger and the baselines.",
        why="Only the seed varies between the compared runs.", remedy="Compare distributions of scores.",
        references=("arXiv:2210.13393",), seeds=Seeds(5), start=100, end=180, marks=((16, 44),),
        before="Table 2 shows accuracy.", after="Differences are small.",
    )  # fmt: skip
    # For each level the findings that lead to it, and neutral ones.
    neutral = ("data-sampling", "discussion", "decoding")
    kinds = (
        ("red-flag", (("fixed-seed", "red-flag"), ("seed-comparison", "red-flag"))),
        ("caution", (("seed-comparison", "caution"), ("ensembling", "safe"))),
        ("safe", (("sensitivity", "safe"), ("ensembling", "safe"))),
        ("unstated", (("unspecified-runs", "neutral"), ("unspecified-runs", "neutral"))),
        ("none", (("other-randomness", "neutral"), ("not-a-seed", "neutral"))),
    )
    auditor = Auditor()
    for at in range(papers):
        (folder / f"{at:06}.pdf").write_text(str(at))
    with open_study(path) as study:
        study.enrol(
            Entry(
                str(folder / f"{at:06}.pdf"),
                str(folder / f"{at:06}.pdf"),
                FILE,
                year=2015 + at % 10,
                venue=f"V{at % 12}",
            )
            for at in range(papers)
        )
        for number, entry, _ in list(study.named()):
            level, found = kinds[number % 5]
            made = [*found, *((use, "neutral") for use in neutral)]
            audit = Audit(
                source=entry.source, id=None, title=f"A Made-Up Paper on Subject {number}", year=2020, pages=12,
                sha256=f"{number:064x}", verdict=Verdict(level, ("A reason (p. 5).",)),
                search=Search("own", (Evidence(4, "The learning rate is tuned on the development set."),)),
                findings=tuple(
                    replace(finding, use=use, risk=risk, start=100 + at) for at, (use, risk) in enumerate(made)
                ),
            )  # fmt: skip
            study.store(Outcome(number, audit, Cost(0.1, 0.1, 1, 150)), auditor.tool, signature_of(entry))


def main() -> None:
    """Measure and print."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("folders", nargs="+", type=Path)
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--papers", type=int, default=10_000)
    ask.add_argument("--copies", type=int, default=3, help="how often the set is repeated for the curve of the memory")
    ask.add_argument("--skip-report", action="store_true")
    said = ask.parse_args()
    files = sorted(file for folder in said.folders for file in folder.glob("*.pdf"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        one, two, bare = [], [], []
        for _ in range(said.rounds):  # in turn, so that the load of the machine falls on all of them
            bare.append(child([sys.executable, "-c", BARE, *map(str, files)]))
            one.append(batch(folder, files, 1))
            two.append(batch(folder, files, 2))
        ratios = [ours[0] / theirs[0] for ours, theirs in zip(two, bare, strict=True)]
        speeds = [slow[1] / fast[1] for slow, fast in zip(one, two, strict=True)]
        print(f"{len(files)} papers, {said.rounds} rounds")
        print(
            f"batch, 2 processes {statistics.median(row[0] for row in two):7.2f} s CPU, bare text "
            f"{statistics.median(row[0] for row in bare):7.2f} s, ratio {statistics.median(ratios):.2f} "
            f"({min(ratios):.2f}-{max(ratios):.2f})"
        )
        print(
            f"papers per second  {len(files) / statistics.median(row[1] for row in two):7.2f} with 2 processes, "
            f"{len(files) / statistics.median(row[1] for row in one):.2f} with 1, "
            f"ratio {statistics.median(speeds):.2f} "
            f"({min(speeds):.2f}-{max(speeds):.2f})"
        )
        cpu, _, parent, workers = batch(folder, files, 2, said.copies)
        tenths = " ".join(f"{cost * 1000:.0f}" for cost in cost_per_paper(folder / "study.db"))
        per_set = statistics.median(row[0] for row in two) / len(files)
        print(f"peak memory        {two[-1][2]} MB parent, {two[-1][3]} MB workers")
        print(f"  {said.copies} sets           {parent} MB parent, {workers} MB workers")
        repeated = cpu / len(files) / said.copies
        print(f"CPU per paper      {per_set * 1000:.0f} ms, {repeated * 1000:.0f} ms over {said.copies} sets")
        print(f"  by tenths        {tenths} ms")
        if said.skip_report:
            return
        papers = folder / "made-up"
        papers.mkdir()
        study = folder / "made-up.db"
        made_up(study, said.papers, papers)
        cpu, wall, memory = child([*COMMAND, "batch", str(papers), "--into", str(study), "--quiet"])
        print(f"resume, {said.papers} done  {wall:6.2f} s, {cpu:.2f} s CPU, {memory} MB")
        cpu, wall, memory = child([*COMMAND, "report", str(study), "--output", str(folder / "report")])
        size = sum(file.stat().st_size for file in (folder / "report").rglob("*") if file.is_file()) >> 20
        print(f"report, {said.papers} papers  {wall:6.2f} s, {cpu:.2f} s CPU, {memory} MB, {size} MB on disk")
        shutil.rmtree(folder / "report")


if __name__ == "__main__":
    main()
