"""The hashes that name rules and models, made without reading either."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedaudit.auditing import Auditor
from seedaudit.detection import versions

NAMES = ("CLASSIFIER", "NETWORK", "VOCABULARY", "STACKING", "SEARCH")


def test_the_hash_of_the_rules_is_that_of_the_rules_made_from_them() -> None:
    assert versions.hash_of_rules() == Auditor().rules.hash == Auditor().tool.rules


def test_rules_of_the_user_make_another_version(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('[pack]\ntitle = "Ours"\n')
    auditor = Auditor((tmp_path,))
    assert auditor.tool.rules == auditor.rules.hash != Auditor().tool.rules


def test_every_file_of_weights_is_named() -> None:
    folder = Path(versions.__file__).parent
    data = {file for file in folder.iterdir() if file.is_file() and file.suffix != ".py"}
    assert data == {getattr(versions, name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_other_weights_make_another_version(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Auditor().tool.model
    assert len(before) == 16
    other = tmp_path / name
    other.write_bytes(getattr(versions, name).read_bytes() + b"\0")
    monkeypatch.setattr(versions, name, other)
    versions.hash_of_models.cache_clear()
    try:
        assert Auditor().tool.model != before
    finally:
        versions.hash_of_models.cache_clear()
