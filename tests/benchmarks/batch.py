"""What a batch costs, beside the floor it stands on, measured side by side in one run.

    python tests/benchmarks/batch.py ../shared/papers/dev-acl [--rounds N] [--only PART...] [--full]

FOLDER holds PDFs. Prints, each with its ratio:

cost     the CPU time of a whole batch (parent, workers and what starts them) against bare ``page.get_text()`` over the
         same files, medians over the rounds; of that, what a batch of one paper costs before it audits
speed    papers per second with 2 processes against 1, over the set and over five copies of it, and beside it what 2
         processes of the bare extraction gain on this machine
scale    CPU per paper and the memory of parent and workers over 100, 1,000 and 10,000 papers with bytes of their own:
         the set repeated for the first two, the small sample papers of corpus/ for all three (with --full the set for
         all; that takes an hour or so)
report   a made-up study of 10,000 papers with five findings each: resume, report, size

About eight minutes on two idle cores. It asserts nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
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
SAMPLES = Path(__file__).parents[2] / "corpus" / "samples"
PARTS = ("cost", "speed", "scale", "report")


WATCH = """
import ctypes, json, os, resource, sqlite3, subprocess, sys, time
ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: what the command leaves behind is waited for here
started, peak, curve = time.perf_counter(), 0, []
study = sys.argv[1]
process = subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
looked = started
while process.poll() is None:
    try:
        status = open(f"/proc/{process.pid}/status").read()
        peak = max(peak, int(status.split("VmHWM:")[1].split()[0]))
        if study and time.perf_counter() - looked > 1:
            looked = time.perf_counter()
            with sqlite3.connect(f"file:{study}?mode=ro", uri=True) as database:
                done = database.execute("SELECT count(*) FROM results").fetchone()[0]
            curve.append((done, int(status.split("VmRSS:")[1].split()[0]) >> 10))
    except (OSError, IndexError, sqlite3.Error):
        pass
    time.sleep(0.05)
wall = time.perf_counter() - started
try:
    while True:
        os.wait()
except ChildProcessError:
    pass
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([used.ru_utime + used.ru_stime, wall, peak >> 10, curve]))
"""


@dataclass(frozen=True)
class Run:
    """CPU seconds of a command and all that it starts, its wall seconds, its own peak memory in MB.

    ``curve`` has that memory after so many papers.
    """

    cpu: float
    wall: float
    memory: int
    curve: list[tuple[int, int]]


def child(command: list[str], study: Path | str = "") -> Run:
    """Run a command; with ``study`` its memory is looked at every second, beside the papers that are done."""
    out = subprocess.run(
        [sys.executable, "-c", WATCH, str(study), *command], capture_output=True, text=True, check=True
    ).stdout
    return Run(*json.loads(out))


def repeated(folder: Path, files: list[Path], papers: int) -> Path:
    """A folder with so many papers: ``files`` again and again, no two with the same bytes."""
    work = folder / f"set-{files[0].stem}-{papers}"
    if not work.exists():
        work.mkdir()
        for at in range(papers):
            file = files[at % len(files)]
            copy = at // len(files)
            (work / f"{at:06}.pdf").write_bytes(file.read_bytes() + (f"\n% {copy}\n".encode() if copy else b""))
    return work


def batch(folder: Path, papers: Path, jobs: int) -> Run:
    """A batch over the folder ``papers`` into a new study."""
    study = folder / "study.db"
    for left in folder.glob("study.db*"):
        left.unlink()
    return child([*COMMAND, "batch", str(papers), "--into", str(study), "--jobs", str(jobs), "--quiet"], study)


def by_tenths(study: Path, column: str) -> list[float]:
    """The mean of a column in each tenth of the papers, in their order."""
    with sqlite3.connect(study) as database:
        values = [row[0] for row in database.execute(f"SELECT {column} FROM results ORDER BY rowid")]
    size = max(1, len(values) // 10)
    return [statistics.mean(values[at : at + size]) for at in range(0, size * 10, size)]


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


def middle(values: list[float], form: str = ".2f") -> str:
    """The median and the range."""
    return f"{statistics.median(values):{form}} ({min(values):{form}}-{max(values):{form}})"


def cost(folder: Path, files: list[Path], rounds: int) -> None:
    """CPU of a batch against bare extraction."""
    papers = repeated(folder, files, len(files))
    one = repeated(folder, [SAMPLES / "no-seed" / "no-seed.pdf"], 1)
    bare, ours, start = [], [], []
    for _ in range(rounds):  # in turn, so that the load of the machine falls on all of them
        bare.append(child([sys.executable, "-c", BARE, *map(str, files)]))
        ours.append(batch(folder, papers, 2))
        start.append(batch(folder, one, 1))
    ratios = [mine.cpu / floor.cpu for mine, floor in zip(ours, bare, strict=True)]
    rest = [(mine.cpu - begun.cpu) / floor.cpu for mine, begun, floor in zip(ours, start, bare, strict=True)]
    print(f"cost: {len(files)} papers, {rounds} rounds")
    print(f"  bare text          {middle([run.cpu for run in bare])} s CPU")
    print(f"  batch, 2 processes {middle([run.cpu for run in ours])} s CPU, ratio {middle(ratios)}")
    print(
        f"  start alone        {middle([run.cpu for run in start])} s CPU, ratio without it {middle(rest)}", flush=True
    )


def speed(folder: Path, files: list[Path], rounds: int) -> None:
    """Papers per second with two processes against one."""
    names = [*map(str, files)]
    halves = [names[::2], names[1::2]]
    gains = []
    for _ in range(rounds):
        alone = child([sys.executable, "-c", BARE, *names]).wall
        started = time.perf_counter()
        both = [subprocess.Popen([sys.executable, "-c", BARE, *half]) for half in halves]
        for process in both:
            process.wait()
        gains.append(alone / (time.perf_counter() - started))
    print(f"speed: 2 processes against 1; of bare extraction {middle(gains)}")
    for copies, times in ((1, rounds), (5, 1)):
        papers = repeated(folder, files, copies * len(files))
        one, two = [], []
        for _ in range(times):
            one.append(batch(folder, papers, 1).wall)
            two.append(batch(folder, papers, 2).wall)
        rates = [copies * len(files) / statistics.median(walls) for walls in (one, two)]
        ratios = [slow / fast for slow, fast in zip(one, two, strict=True)]
        print(
            f"  {copies * len(files):5} papers       {rates[1]:.2f} per second with 2, {rates[0]:.2f} with 1, "
            f"ratio {middle(ratios)}",
            flush=True,
        )


def scale(folder: Path, files: list[Path], full: bool) -> None:
    """Cost per paper and memory for more and more papers."""
    samples = sorted(SAMPLES.glob("*/*.pdf"))
    start = batch(folder, repeated(folder, samples[:1], 1), 2).cpu
    print(f"scale: CPU per paper, without the {start:.2f} s of the start")
    runs = [("samples", samples, number) for number in (100, 1000, 10_000)] if not full else []
    runs += [("set", files, number) for number in ((100, 1000, 10_000) if full else (100, 1000))]
    first: dict[str, float] = {}
    for name, chosen, number in runs:
        run = batch(folder, repeated(folder, chosen, number), 2)
        each = (run.cpu - start) / number
        change = each / first.setdefault(name, each) - 1
        workers = by_tenths(folder / "study.db", "memory")
        print(
            f"  {number:6} of the {name:8} {each * 1000:6.1f} ms ({change:+.1%}), {number / run.wall:.1f} per second, "
            f"at most {run.memory} MB parent, {max(workers):.0f} MB worker"
        )
        if number >= 1000:
            points = run.curve[:: max(1, len(run.curve) // 10)]
            print("         parent, MB after papers: " + ", ".join(f"{memory} at {done}" for done, memory in points))
            print("         worker, peak MB by tenths: " + " ".join(f"{memory:.0f}" for memory in workers))
            tenths = by_tenths(folder / "study.db", "cpu")
            print("         ms in the worker by tenths: " + " ".join(f"{cpu * 1000:.1f}" for cpu in tenths), flush=True)
        shutil.rmtree(repeated(folder, chosen, number))


def report(folder: Path, number: int) -> None:
    """Resume and report of a large study."""
    papers, study, made = folder / "made-up", folder / "made-up.db", folder / "report"
    papers.mkdir()
    made_up(study, number, papers)
    print(f"report: {number} papers, {5 * number} findings")
    resumed = child([*COMMAND, "batch", str(papers), "--into", str(study), "--quiet"])
    print(f"  resume  {resumed.wall:6.2f} s, {resumed.cpu:.2f} s CPU, {resumed.memory} MB")
    told = child([*COMMAND, "report", str(study), "--output", str(made)])
    size = sum(file.stat().st_size for file in made.rglob("*") if file.is_file()) >> 20
    print(f"  report  {told.wall:6.2f} s, {told.cpu:.2f} s CPU, {told.memory} MB, {size} MB on disk")


def main() -> None:
    """Measure and print."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("folders", nargs="+", type=Path)
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--papers", type=int, default=10_000, help="of the made-up study")
    ask.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    ask.add_argument("--full", action="store_true", help="10,000 papers from the set instead of the samples")
    said = ask.parse_args()
    files = sorted(file for folder in said.folders for file in folder.glob("*.pdf"))
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} at the start", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "cost" in said.only:
            cost(folder, files, said.rounds)
        if "speed" in said.only:
            speed(folder, files, said.rounds)
        if "scale" in said.only:
            scale(folder, files, said.full)
        if "report" in said.only:
            report(folder, said.papers)


if __name__ == "__main__":
    main()
