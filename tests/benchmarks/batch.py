"""What a batch costs, beside the floor it stands on, measured side by side in one run.

    python tests/benchmarks/batch.py ../shared/papers/dev-acl [--rounds N] [--only PART...] [--full]

FOLDER holds PDFs. Prints, each with its ratio:

cost     the CPU time of a whole batch (parent, workers and what starts them) against bare ``page.get_text()`` over the
         same files, medians over the rounds; of that, what a batch of one paper costs before it audits
speed    papers per second with 2 processes against 1, over the set and over five copies of it, and beside each round
         what 2 processes of the bare extraction of the same files gain in that round: the cores of a virtual machine
         share more than they say. And both once more with the time of each run told in its own CPU seconds, since the
         clock of such a machine can change by half from one run to the next
scale    CPU per paper and the memory of parent and workers over 100, 1,000 and 10,000 papers with bytes of their own:
         the set repeated for the first two, the small sample papers of corpus/ for all three (with --full the set for
         all; that takes half an hour or so). Thirty times in a run a bare extraction of ten papers of the set runs
         beside it; the cost of a paper is told in these too, so that the machine's changing clock divides out
report   a made-up study of 10,000 papers with five findings each: resume, report, size

About a quarter of an hour on two idle cores. It asserts nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
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
import ctypes, json, os, resource, select, sqlite3, subprocess, sys, time
ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: what the command leaves behind is waited for here
command, study, papers, probe = json.loads(sys.argv[1])
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
started, peak, curve, probes, probed, running = time.perf_counter(), 0, [], [], 0.0, None
process = subprocess.Popen(command, **quiet)
looked = started
ended = select.poll()
ended.register(os.pidfd_open(process.pid), select.POLLIN)

def end(options):
    global running, probed
    number, _, used = os.wait4(running.pid, options)
    if number:
        running, probed = None, probed + used.ru_utime + used.ru_stime
        probes.append((since, used.ru_utime + used.ru_stime))

while not ended.poll(50):
    try:
        status = open(f"/proc/{process.pid}/status").read()
        peak = max(peak, int(status.split("VmHWM:")[1].split()[0]))
        if study and time.perf_counter() - looked > (0.2 if probe and papers < 1000 else 1):
            looked = time.perf_counter()
            with sqlite3.connect(f"file:{study}?mode=ro", uri=True) as database:
                done = database.execute("SELECT count(*) FROM results").fetchone()[0]
            curve.append((done, int(status.split("VmRSS:")[1].split()[0]) >> 10))
            if probe and running is None and 0 < done and done * 30 // papers >= len(probes):
                running, since = subprocess.Popen(probe, **quiet), done
    except (OSError, IndexError, sqlite3.Error):
        pass
    if running:
        end(os.WNOHANG)
wall = time.perf_counter() - started
if running:
    end(0)
try:
    while True:
        os.wait()
except ChildProcessError:
    pass
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([used.ru_utime + used.ru_stime - probed, wall, peak >> 10, curve, probes]))
"""


@dataclass(frozen=True)
class Run:
    """CPU seconds of a command and all that it starts, its wall seconds, its own peak memory in MB.

    ``curve`` has that memory after so many papers, ``probes`` the CPU seconds of a probe at so many.
    """

    cpu: float
    wall: float
    memory: int
    curve: list[tuple[int, int]]
    probes: list[tuple[int, float]]


def child(command: list[str], study: Path | str = "", papers: int = 0, probe: list[str] | None = None) -> Run:
    """Run a command; with ``study`` its memory is looked at every second, beside the papers that are done.

    The command ``probe`` runs beside it when the first of ``papers`` are done and then at each thirtieth of them.
    """
    asked = json.dumps([command, str(study), papers, probe])
    out = subprocess.run([sys.executable, "-c", WATCH, asked], capture_output=True, text=True, check=True).stdout
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


def bare(files: Iterable[Path]) -> list[str]:
    """The command that extracts the text of ``files`` and does no more."""
    return [sys.executable, "-c", BARE, *map(str, files)]


def bare_by_two(files: list[Path]) -> list[str]:
    """The same by two processes at once, half of the files each."""
    halves = (shlex.join(bare(files[at::2])) for at in range(2))
    return ["sh", "-c", " & ".join([*halves, "wait"])]


def batch(folder: Path, papers: Path, jobs: int, probe: list[str] | None = None) -> Run:
    """A batch over the folder ``papers`` into a new study."""
    study = folder / "study.db"
    for left in folder.glob("study.db*"):
        left.unlink()
    command = [*COMMAND, "batch", str(papers), "--into", str(study), "--jobs", str(jobs), "--quiet"]
    return child(command, study, len(list(papers.iterdir())), probe)


def by_tenths(study: Path, column: str) -> list[float]:
    """The mean of a column in each tenth of the papers, in their order."""
    with sqlite3.connect(study) as database:
        values = [row[0] for row in database.execute(f"SELECT {column} FROM results ORDER BY rowid")]
    size = max(1, len(values) // 10)
    return [statistics.mean(values[at : at + size]) for at in range(0, size * 10, size)]


def by_tenths_beside(probes: list[tuple[int, float]], papers: int) -> list[float]:
    """The mean of the probes in each tenth of the papers; of a tenth without one, that of the one before."""
    means: list[float] = []
    for tenth in range(10):
        some = [cpu for at, cpu in probes if at * 10 // papers == tenth]
        means.append(statistics.mean(some) if some else means[-1] if means else probes[0][1])
    return means


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


def ratios(ones: list[float], others: list[float]) -> str:
    """The ratios of two figures of the same rounds."""
    return middle([one / other for one, other in zip(ones, others, strict=True)])


def cost(folder: Path, files: list[Path], rounds: int) -> None:
    """CPU of a batch against bare extraction."""
    papers = repeated(folder, files, len(files))
    one = repeated(folder, [SAMPLES / "no-seed" / "no-seed.pdf"], 1)
    floors, pairs, ours, start = [], [], [], []
    for _ in range(rounds):  # in turn, so that the load of the machine falls on all of them
        floors.append(child(bare(files)).cpu)
        ours.append(batch(folder, papers, 2).cpu)
        pairs.append(child(bare_by_two(files)).cpu)
        start.append(batch(folder, one, 1).cpu)
    rest = [mine - begun for mine, begun in zip(ours, start, strict=True)]
    print(f"cost: {len(files)} papers, {rounds} rounds")
    print(f"  bare text          {middle(floors)} s CPU; by two processes at once {middle(pairs)}")
    print(
        f"  batch, 2 processes {middle(ours)} s CPU, ratio {ratios(ours, floors)}; to two at once {ratios(ours, pairs)}"
    )
    print(f"  start alone        {middle(start)} s CPU, ratio without it {ratios(rest, floors)}", flush=True)


def gains(ones: list[Run], twos: list[Run]) -> tuple[list[float], list[float]]:
    """How many times as fast the second runs are as the first, in wall time and with their clocks divided out."""
    pairs = list(zip(ones, twos, strict=True))
    wall = [one.wall / two.wall for one, two in pairs]
    return wall, [gain * two.cpu / one.cpu for gain, (one, two) in zip(wall, pairs, strict=True)]


def speed(folder: Path, files: list[Path], rounds: int) -> None:
    """Papers per second with two processes against one, and the same of the bare extraction, in turn."""
    print(f"speed: 2 processes against 1, {rounds} rounds; the bare extraction of the same files in the same rounds")
    for copies in (1, 5):
        papers = repeated(folder, files, copies * len(files))
        names = sorted(papers.iterdir())
        runs: dict[str, list[Run]] = {"bare 1": [], "bare 2": [], "batch 1": [], "batch 2": []}
        for _ in range(rounds):
            runs["bare 1"].append(child(bare(names)))
            runs["batch 1"].append(batch(folder, papers, 1))
            runs["bare 2"].append(child(bare_by_two(names)))
            runs["batch 2"].append(batch(folder, papers, 2))
        (floor, steady_floor), (ours, steady) = (
            gains(runs[f"{kind} 1"], runs[f"{kind} 2"]) for kind in ("bare", "batch")
        )
        rates = [len(names) / statistics.median(run.wall for run in runs[f"batch {jobs}"]) for jobs in (1, 2)]
        print(
            f"  {len(names):5} papers       {rates[1]:.2f} per second with 2, {rates[0]:.2f} with 1, "
            f"ratio {middle(ours)}; bare {middle(floor)}; of that {ratios(ours, floor)}\n"
            f"        in CPU seconds, so that the clock divides out: {middle(steady)}; bare {middle(steady_floor)}",
            flush=True,
        )


def scale(folder: Path, files: list[Path], rounds: int, full: bool) -> None:
    """Cost per paper and memory for more and more papers."""
    samples = sorted(SAMPLES.glob("*/*.pdf"))
    probe = bare(files[:: max(1, len(files) // 10)][:10])
    one = repeated(folder, samples[:1], 1)
    start = statistics.median(batch(folder, one, 2).cpu for _ in range(rounds))
    print(f"scale: CPU per paper, without the {start:.2f} s of the start, and in bare extractions of ten papers")
    runs = [("samples", samples, number) for number in (100, 1000, 10_000)] if not full else []
    runs += [("set", files, number) for number in ((100, 1000, 10_000) if full else (100, 1000))]
    first: dict[str, tuple[float, float]] = {}
    for name, chosen, number in runs:
        papers = repeated(folder, chosen, number)
        done = [batch(folder, papers, 2, probe) for _ in range(rounds if number < 1000 else 1)]
        each = statistics.median((run.cpu - start) / number for run in done)
        probes = [cpu for run in done for _, cpu in run.probes]
        told = statistics.median(
            (run.cpu - start) / number / statistics.mean(cpu for _, cpu in run.probes) for run in done if run.probes
        )
        before = first.setdefault(name, (each, told))
        run = done[-1]
        workers = by_tenths(folder / "study.db", "memory")
        print(
            f"  {number:6} of the {name:8} {each * 1000:6.1f} ms ({each / before[0] - 1:+.1%}), "
            f"{told:.4f} of the probe's {statistics.mean(probes) * 1000:.0f} ms ({told / before[1] - 1:+.1%}), "
            f"{number / run.wall:.1f} per second, at most {run.memory} MB parent, {max(workers):.0f} MB worker",
            flush=True,
        )
        if number >= 1000:
            points = run.curve[:: max(1, len(run.curve) // 10)]
            print("         parent, MB after papers: " + ", ".join(f"{memory} at {at}" for at, memory in points))
            print("         worker, peak MB by tenths: " + " ".join(f"{memory:.0f}" for memory in workers))
            tenths = by_tenths(folder / "study.db", "cpu")
            print("         ms in the worker by tenths: " + " ".join(f"{cpu * 1000:.1f}" for cpu in tenths))
            beside = by_tenths_beside(run.probes, number)
            print("         ms of the probe by tenths:  " + " ".join(f"{cpu * 1000:.0f}" for cpu in beside))
            steady = [cpu / of for cpu, of in zip(tenths, beside, strict=True)]
            print("         one in the other:           " + " ".join(f"{one:.4f}" for one in steady), flush=True)
        shutil.rmtree(papers)


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
    # A checkout is measured as it is once installed: its modules compiled, which some containers turn off.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} at the start", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "cost" in said.only:
            cost(folder, files, said.rounds)
        if "speed" in said.only:
            speed(folder, files, said.rounds)
        if "scale" in said.only:
            scale(folder, files, said.rounds, said.full)
        if "report" in said.only:
            report(folder, said.papers)


if __name__ == "__main__":
    main()
