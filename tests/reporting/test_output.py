"""Files are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seedaudit.errors import UsageError
from seedaudit.reporting.output import write


def test_writes_utf8_with_its_line_ends(tmp_path):
    write("é\n\r\n", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes() == "é\n\r\n".encode()


def test_replaces_a_file_and_keeps_its_mode(tmp_path):
    path = tmp_path / "out.html"
    path.write_text("old")
    path.chmod(0o640)
    write("new", path)
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["out.html"]


def test_new_file_follows_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        write("x", tmp_path / "out")
    finally:
        os.umask(before)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o640


def test_link_keeps_pointing(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write("new", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_missing_folder_and_folder_as_file_are_usage_errors(tmp_path):
    with pytest.raises(UsageError, match="does not exist") as missing:
        write("x", tmp_path / "no" / "out")
    assert missing.value.hint
    assert missing.value.kind == "output"
    with pytest.raises(UsageError, match="is a folder"):
        write("x", tmp_path)


def test_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "out"
    path.write_text("old")

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UsageError, match="No space left on device"):
        write("new", path)
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["out"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_folder_without_permission(tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    with pytest.raises(UsageError, match="cannot be written"):
        write("x", folder / "out")


def test_permission_refused(tmp_path, monkeypatch):
    def refused(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("seedaudit.reporting.output.tempfile.mkstemp", refused)
    with pytest.raises(UsageError, match="Permission denied"):
        write("x", tmp_path / "out")


def test_a_device_is_written_to_and_not_replaced():
    write("x", Path(os.devnull))
    assert not Path(os.devnull).is_file()


def test_text_without_a_utf8_form_is_written(tmp_path):
    write("a\udce9", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"a\\udce9"
