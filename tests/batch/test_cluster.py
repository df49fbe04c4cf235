"""Batches on a Dask cluster: the same findings, whatever happens to its workers."""

from __future__ import annotations

import queue
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seedaudit.auditing import Auditor
from seedaudit.batch.local import Limits
from seedaudit.batch.work import Outcome, Task
from seedaudit.errors import ClusterError
from seedaudit.findings import Tool
from seedaudit.sources.reference import FileReference

from .conftest import TEXT, Batch, contents, descendants, kill

distributed = pytest.importorskip("distributed", reason="needs seedaudit[cluster]")
cluster = pytest.importorskip("seedaudit.batch.cluster")

SERVE = """
import sys
sys.path.append(sys.argv[1])
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """The address of a cluster with two workers in processes of their own, and the process that holds it."""
    script = tmp_path_factory.mktemp("cluster") / "serve.py"
    script.write_text(SERVE)
    process = subprocess.Popen(
        [sys.executable, str(script), str(Path(__file__).parent)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=script.parent,
    )  # fmt: skip
    assert process.stdout
    assert process.stdin
    yield process.stdout.readline().strip(), process.pid
    process.stdin.close()
    process.wait(30)


def dask_workers(holder: int) -> list[int]:
    """The processes that Dask started for its workers: children of the holder that have not been forked for papers."""
    found = []
    for child in descendants(holder):
        line = Path(f"/proc/{child}/cmdline")
        if line.exists() and b"spawn_main" in line.read_bytes():
            found.append(child)
    return found


def test_a_cluster_gives_the_same_study(batch: Batch, papers: Path, tmp_path: Path, scheduler: tuple[str, int]) -> None:
    from poison import HarmedAuditor

    for number, name in enumerate(("crash", "hang", "eat", "good")):
        (papers / f"{name}.md").write_text(TEXT.format(number))
    auditor, limits = HarmedAuditor(), Limits(timeout=3, memory=600)
    batch(papers, path=tmp_path / "local.db", auditor=auditor, limits=limits)
    workers = dask_workers(scheduler[1])
    start = lambda inbox: cluster.ClusterWorkers(auditor, limits, scheduler[0], inbox)  # noqa: E731
    summary, _ = batch(papers, path=tmp_path / "cluster.db", auditor=auditor, start=start, read_files=True)
    assert summary.failed == 3
    there, here = contents(tmp_path / "cluster.db"), contents(tmp_path / "local.db")
    kinds = {Path(key).stem: getattr(result, "kind", None) for key, result in there.items()}
    assert {name: kind for name, kind in kinds.items() if kind} == {
        "crash": "crash",
        "hang": "timeout",
        "eat": "memory",
    }
    for key, result in here.items():
        if not kinds[Path(key).stem]:
            assert there[key] == result
    assert dask_workers(scheduler[1]) == workers, "a paper took a worker of the cluster down"


def test_a_killed_worker_loses_nothing(batch: Batch, papers: Path, tmp_path: Path, scheduler: tuple[str, int]) -> None:
    moments = random.Random(8)
    for number in range(20):
        (papers / f"{number}.md").write_text(TEXT.format(number))
    batch(papers, path=tmp_path / "local.db")

    def start(inbox):
        made = cluster.ClusterWorkers(Auditor(), Limits(), scheduler[0], inbox)
        submit, state = made.submit, {"left": 2, "next": 3}

        def killing(task):
            submit(task)
            state["next"] -= 1
            if state["left"] and state["next"] <= 0:
                state.update(left=state["left"] - 1, next=moments.randint(4, 9))
                time.sleep(moments.uniform(0, 0.3))
                kill(moments.choice(dask_workers(scheduler[1])))

        made.submit = killing
        return made

    summary, _ = batch(papers, path=tmp_path / "cluster.db", start=start, read_files=True)
    assert summary.failed == 0
    assert contents(tmp_path / "cluster.db") == contents(tmp_path / "local.db")


def test_a_cluster_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_CONNECT", 0.5)
    with pytest.raises(ClusterError, match="no Dask scheduler at tcp:"):
        cluster.ClusterWorkers(Auditor(), Limits(), "tcp://127.0.0.1:9", None)


def test_other_versions_are_refused(scheduler: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seedaudit.auditing.__version__", "99.0")
    with pytest.raises(ClusterError, match="another version"):
        cluster.ClusterWorkers(Auditor(), Limits(), scheduler[0], None)


class Elsewhere(Auditor):
    """An auditor that the workers cannot import."""

    def __reduce__(self) -> tuple[object, ...]:
        return __import__, ("a_package_that_is_not_there",)


def test_workers_that_cannot_run_it_are_told(scheduler: tuple[str, int]) -> None:
    with pytest.raises(ClusterError, match="cannot run seedaudit") as told:
        cluster.ClusterWorkers(Elsewhere(), Limits(), scheduler[0], None)
    assert told.value.kind == "cluster-versions"


def test_a_worker_with_another_version_that_comes_later_ends_the_run(papers: Path) -> None:
    task = Task(1, FileReference(next(papers.iterdir()), "pdf"))
    with pytest.raises(ClusterError, match="another version") as told:
        cluster.audit_there(task, Auditor(), Limits(), Tool("99.0", "", ""))
    assert cluster._lost(task, told.value) is told.value


class Given:
    """A client of a cluster with one worker, whose futures end as they are told to."""

    def __init__(self, *ends: object) -> None:
        self.ends = list(ends)

    def wait_for_workers(self, *_: object, **__: object) -> None:
        """It is there."""

    def run(self, asked: Callable[[Auditor], Tool], auditor: Auditor, **_: object) -> dict[str, Tool]:
        """What the worker answers."""
        return {"worker": asked(auditor)}

    def nthreads(self) -> dict[str, int]:
        """Its threads."""
        return {"worker": 1}

    def submit(self, *_: object, **__: object) -> Given:
        """Itself, as a future."""
        return self

    def add_done_callback(self, done: Callable[[Given], None]) -> None:
        """Done at once."""
        done(self)

    def cancel(self, *_: object, **__: object) -> None:
        """Nothing is left to drop."""

    def close(self) -> None:
        """Nothing is open."""

    def result(self) -> object:
        """The next end."""
        end = self.ends.pop(0)
        if isinstance(end, Exception):
            raise end
        return end


@pytest.mark.parametrize("deaths", [2, 5])
def test_a_paper_that_dask_gives_up_is_handed_in_again(
    papers: Path, monkeypatch: pytest.MonkeyPatch, deaths: int
) -> None:
    outcome = Outcome(1, None)
    ends = [*[distributed.KilledWorker("audit", None, 3)] * deaths, outcome]
    monkeypatch.setattr(cluster, "_connect", lambda _: Given(*ends))
    inbox: queue.Queue[Outcome] = queue.Queue()
    made = cluster.ClusterWorkers(Auditor(), Limits(), "tcp://played", inbox)
    made.submit(Task(1, FileReference(next(papers.iterdir()), "pdf")))
    told = inbox.get_nowait()
    assert inbox.empty()
    if deaths < cluster._TRIES:
        assert told is outcome
    else:
        assert told.result.kind == "crash"
    made.close()


def test_a_cluster_without_workers_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_LOOK", 0.05)
    monkeypatch.setattr(cluster, "_WITHOUT", 0.3)
    inbox: queue.Queue[object] = queue.Queue()
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0", protocol="tcp://", host="127.0.0.1"
    ) as served:
        made = cluster.ClusterWorkers(Auditor(), Limits(), served.scheduler_address, inbox)
        try:
            with pytest.raises(queue.Empty):
                inbox.get(timeout=1)
            served.scale(0)
            told = inbox.get(timeout=30)
        finally:
            made.close()
    assert isinstance(told, ClusterError)
    assert "no workers any more" in told.message
    assert "dask worker tcp:" in told.hint
