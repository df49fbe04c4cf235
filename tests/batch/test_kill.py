"""A batch killed at random moments: afterwards the study is that of an undisturbed run."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import time
from pathlib import Path

import pytest

from .conftest import SAMPLES, Batch, command, contents, descendants, gone, kill, workers_of

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds the workers in /proc")


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """The sample papers, three times, no two with the same bytes."""
    folder = tmp_path / "many"
    folder.mkdir()
    for sample in SAMPLES:
        for copy in range(3):
            (folder / f"{copy}-{sample.name}").write_bytes(sample.read_bytes() + f"\n% copy {copy}\n".encode())
    return folder


def finish(*arguments: object, limit: float = 120) -> None:
    process = command(*arguments)
    out, err = process.communicate(timeout=limit)
    assert process.returncode == 0, out + err


def test_killing_the_parent_loses_nothing(batch: Batch, many: Path, tmp_path: Path) -> None:
    batch(many)
    moments = random.Random(6)
    path = tmp_path / "killed.db"
    for _ in range(2):
        process = command("batch", many, "--into", path, "--jobs", "2", "--quiet")
        time.sleep(moments.uniform(0.5, 4.0))
        children = descendants(process.pid)
        kill(process.pid)
        process.wait()
        assert all(gone(child) for child in children), "a worker outlived its parent"
    finish("batch", many, "--into", path, "--jobs", "2")
    assert contents(path) == contents(tmp_path / "study.db")


def test_killing_workers_loses_nothing(batch: Batch, many: Path, tmp_path: Path) -> None:
    batch(many)
    moments = random.Random(7)
    path = tmp_path / "killed.db"
    process = command("batch", many, "--into", path, "--jobs", "2", "--json-log")
    killed = 0
    while process.poll() is None and killed < 8:
        time.sleep(moments.uniform(0.02, 0.5))
        found = workers_of(process.pid)
        if found:
            kill(moments.choice(found))
            killed += 1
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    assert killed
    events = [json.loads(line) for line in err.splitlines()]
    assert [one["event"] for one in events] == ["begin", *["paper"] * 33, "end"]
    assert {one["source"]: one["verdict"] for one in events[1:-1]} == {
        result.source: result.verdict.level for result in contents(path).values()
    }
    assert (events[-1]["papers"], events[-1]["worked_on"], events[-1]["failed"]) == (33, 33, 0)
    assert contents(path) == contents(tmp_path / "study.db")


def test_an_interrupt_is_told_in_json_too(many: Path, tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    process = command("batch", many, "--into", path, "--json-log")
    while not workers_of(process.pid) and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    last = json.loads(err.splitlines()[-1])
    assert (last["event"], last["papers"]) == ("stopped", 33)
    assert last["done"] == len(contents(path)) < 33
    assert last["go_on"] == f"seedaudit batch {many} --into {path} --json-log"


@pytest.mark.parametrize("moment", [0.4, 0.9, 1.5, 2.5])
def test_ctrl_c_in_a_terminal_tells_no_traceback(many: Path, tmp_path: Path, moment: float) -> None:
    process = command("batch", many, "--into", tmp_path / "study.db", "--jobs", "1", "--timeout", "30")
    assert process.stderr
    time.sleep(moment)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all processes of the command
    out, err = process.communicate(timeout=60)
    # Python itself ends by the signal, which a shell tells as 130 too, when it came while code was being made.
    assert process.returncode in {0, 130, -signal.SIGINT}, out + err
    assert "Traceback" not in err
    assert ("stopped" in err) == (process.returncode != 0)


def test_an_interrupt_says_how_to_go_on(many: Path, tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    process = command("batch", many, "--into", path)
    while not workers_of(process.pid) and process.poll() is None:
        time.sleep(0.02)
    children = descendants(process.pid)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "33 papers are in" in err
    assert f"to go on: seedaudit batch {many} --into {path}" in err
    assert all(gone(child) for child in children)
    finish("batch", many, "--into", path)
    assert len(contents(path)) == 33
