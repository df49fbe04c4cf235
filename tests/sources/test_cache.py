"""The cache folder: whole files or none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seedaudit.errors import CacheError
from seedaudit.sources.cache import Cache, default_folder


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    Cache(tmp_path).write("arxiv/math/0611800v2.pdf", b"one")
    Cache(tmp_path).write("arxiv/math/0611800v2.pdf", b"two")
    assert Cache(tmp_path).read("arxiv/math/0611800v2.pdf") == b"two"
    assert Cache(tmp_path).read("arxiv/other.pdf") is None
    assert Cache(tmp_path).keys("arxiv/math", "*.pdf") == ["arxiv/math/0611800v2.pdf"]
    assert not list((tmp_path / "tmp").iterdir())


def test_leftovers_of_a_killed_process_are_removed_but_not_those_of_a_running_one(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    old, new = tmp_path / "tmp" / "old", tmp_path / "tmp" / "new"
    old.write_bytes(b"half a pa")
    new.write_bytes(b"half a pa")
    two_hours_ago = time.time() - 7200
    os.utime(old, (two_hours_ago, two_hours_ago))
    Cache(tmp_path).write("key", b"")
    assert not old.exists()
    assert new.exists()


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = Cache(tmp_path / "file")
    for use in (lambda: cache.read("key"), lambda: cache.write("key", b"")):
        with pytest.raises(CacheError) as caught:
            use()
        assert caught.value.kind == "cache"
        assert "SEEDAUDIT_CACHE_DIR" in caught.value.hint


def test_where_the_cache_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEEDAUDIT_CACHE_DIR", str(tmp_path))
    assert default_folder() == tmp_path
    monkeypatch.delenv("SEEDAUDIT_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder().name == "seedaudit"


WRITER = """
import sys
from pathlib import Path
from seedaudit.sources.cache import Cache
while True:
    for letter in (b"a", b"b"):
        Cache(Path(sys.argv[1])).write("key", letter * 5_000_000)
        print("written", flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 on this system")
def test_a_writer_killed_at_any_moment_leaves_a_whole_file(tmp_path: Path) -> None:
    for delay in (0.0, 0.003, 0.01):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        data = Cache(tmp_path).read("key")
        assert data in {b"a" * 5_000_000, b"b" * 5_000_000}
