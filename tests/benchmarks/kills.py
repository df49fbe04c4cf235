"""Kill -9 at random moments, many of them; afterwards the study must be that of an undisturbed run.

    python tests/benchmarks/kills.py [--only parent worker dask] [--kills 20] [--papers 200] [--random-state S]

parent  the command itself, then again with the same command until it has been killed so often
worker  its worker processes, one at a time, while it runs
dask    the workers of a Dask cluster of two, while papers are with them

tests/batch does the same with a few kills. Ends with status 1 where a study differs.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path.append(str(TESTS / "batch"))

from conftest import SAMPLES, command, contents, descendants, gone, kill, workers_of  # noqa: E402

from seedaudit.batch.store import read_study  # noqa: E402
from seedaudit.errors import SeedauditError  # noqa: E402
from seedaudit.findings import Failure  # noqa: E402

WHOM = ("parent", "worker", "dask")

CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=0, dashboard_address=None, host="127.0.0.1") as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


def fill(folder: Path, papers: int) -> Path:
    """So many papers, no two with the same bytes."""
    folder.mkdir()
    for at in range(papers):
        sample = SAMPLES[at % len(SAMPLES)]
        (folder / f"{at:04}.pdf").write_bytes(sample.read_bytes() + f"\n% {at}\n".encode())
    return folder


def finish(*arguments: object) -> None:
    """Run a batch to its end."""
    process = command("batch", *arguments)
    out, err = process.communicate(timeout=1200)
    if process.returncode:
        sys.exit(out + err)


def kill_parent(papers: Path, path: Path, kills: int, moments: random.Random) -> int:
    """Kill the command; where it was done before the moment came, a new study is begun."""
    killed, longest = 0, 6.0
    while killed < kills:
        process = command("batch", papers, "--into", path, "--jobs", "2", "--quiet")
        time.sleep(moments.uniform(0.2, longest))
        if process.poll() is None:
            children = descendants(process.pid)
            kill(process.pid)
            killed += 1
            process.communicate()
            left = [child for child in children if not gone(child)]
            if left:
                sys.exit(f"processes outlived their parent: {left}")
        elif killed < kills:
            process.communicate()
            for file in path.parent.glob(f"{path.name}*"):
                file.unlink()
    finish(papers, "--into", path, "--jobs", "2")
    return killed


def kill_while_it_runs(
    papers: Path, path: Path, kills: int, moments: random.Random, found: Callable[[int], list[int]], *options: object
) -> int:
    """Kill one of the processes that ``found`` finds, again and again, while batches run."""
    killed = 0
    while killed < kills:
        for file in path.parent.glob(f"{path.name}*"):
            file.unlink()
        process, before = command("batch", papers, "--into", path, "--quiet", *options), 0
        while process.poll() is None:
            time.sleep(moments.uniform(0.05, 1.0))
            victims = found(process.pid)
            # Not again before something was done: nobody kills a whole cluster for ever.
            if killed < kills and victims and (done := stored(path)) > before:
                kill(moments.choice(victims))
                killed, before = killed + 1, done
        out, err = process.communicate()
        if process.returncode:
            sys.exit(f"a batch ended with status {process.returncode} after {killed} kills: {out}{err}{lost(path)}")
    return killed


def lost(path: Path) -> str:
    """The failures in a study."""
    with read_study(path) as study:
        return "\n".join(
            f"{one.entry.source}: {one.result}" for one in study.results() if isinstance(one.result, Failure)
        )


def stored(path: Path) -> int:
    """How many results a study has."""
    try:
        with read_study(path) as study:
            return study.counts().done
    except SeedauditError:
        return 0


class DaskWorkers:
    """Two workers of a cluster, each started again when it has died; Dask gives up some that are killed often."""

    def __init__(self, address: str) -> None:
        run = "from distributed.cli.dask_worker import main; main()"
        self._command = [sys.executable, "-c", run, address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        self._running = [self._start(), self._start()]

    def __call__(self, _: int) -> list[int]:
        """Their processes."""
        self._running = [one if one.poll() is None else self._start() for one in self._running]
        return [one.pid for one in self._running]

    def close(self) -> None:
        """End them."""
        for one in self._running:
            one.terminate()
            one.wait(30)

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main() -> None:
    """Kill and compare."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--only", nargs="+", choices=WHOM, default=WHOM)
    ask.add_argument("--kills", type=int, default=20)
    ask.add_argument("--papers", type=int, default=200)
    ask.add_argument("--random-state", type=int, default=1)
    said = ask.parse_args()
    different = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        papers = fill(folder / "papers", said.papers)
        finish(papers, "--into", folder / "undisturbed.db")
        expected = contents(folder / "undisturbed.db")
        for whom in said.only:
            moments, path = random.Random(said.random_state), folder / f"{whom}.db"
            if whom == "parent":
                killed = kill_parent(papers, path, said.kills, moments)
            elif whom == "worker":
                killed = kill_while_it_runs(papers, path, said.kills, moments, workers_of, "--jobs", "2")
            else:
                script = folder / "cluster.py"
                script.write_text(CLUSTER)
                holder = subprocess.Popen(
                    [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL, text=True,
                )  # fmt: skip
                assert holder.stdin
                assert holder.stdout
                address = holder.stdout.readline().strip()
                of_dask = DaskWorkers(address)
                killed = kill_while_it_runs(papers, path, said.kills, moments, of_dask, "--cluster", address)
                of_dask.close()
                holder.stdin.close()
                holder.wait(60)
            same = contents(path) == expected
            different |= not same
            told = "the same study" if same else "ANOTHER study"
            print(f"{whom}: killed {killed} times, {len(expected)} papers, {told}", flush=True)
    sys.exit(different)


if __name__ == "__main__":
    main()
