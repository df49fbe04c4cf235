"""The file of decisions: read whole, or refused with the field that is off."""

from __future__ import annotations

import copy
import json

import pytest

from seedaudit.errors import UsageError
from seedaudit.reporting.decisions import read_decisions

from . import made_up

RECORD = {
    "schema": 1,
    "kind": "seedaudit-decisions",
    "tool": {"name": "seedaudit", "version": "0.1.0", "rules": "9", "model": "5"},
    "papers": [
        {
            "source": "tagger.pdf",
            "id": None,
            "sha256": "a" * 64,
            "decisions": [
                {
                    "use": "fixed-seed",
                    "page": 4,
                    "start": 1000,
                    "end": 1042,
                    "quote_sha256": made_up.FIXED.quote_sha256,
                    "decision": "right",
                    "note": "",
                }
            ],
        }
    ],
}


def read(tmp_path, record):
    path = tmp_path / "decisions.json"
    path.write_text(record if isinstance(record, str) else json.dumps(record))
    return read_decisions(path)


def test_decisions_are_read(tmp_path):
    (one,) = read(tmp_path, RECORD)
    assert (one.sha256, one.id, one.use, one.page, one.decision) == ("a" * 64, None, "fixed-seed", 4, "right")
    assert one.is_about(made_up.FIXED)
    assert read(tmp_path, RECORD | {"papers": []}) == ()


def test_other_use_is_named(tmp_path):
    record = copy.deepcopy(RECORD)
    record["papers"][0]["decisions"][0] |= {"decision": "wrong", "should_be": "decoding"}
    (one,) = read(tmp_path, record)
    assert (one.decision, one.should_be) == ("wrong", "decoding")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda r: r.update(kind="x"), "is no file of decisions"),
        (lambda r: r.update(schema=2), "has schema 2"),
        (lambda r: r.update(papers={}), "has no list papers"),
        (lambda r: r["papers"].insert(0, 7), r"has no papers\[0\]\.sha256"),
        (lambda r: r["papers"][0].pop("decisions"), r"has no list papers\[0\]\.decisions"),
        (lambda r: r["papers"][0].update(sha256="a"), r"has 'a' as papers\[0\]\.sha256"),
        (lambda r: r["papers"][0]["decisions"][0].pop("note"), r"has no papers\[0\]\.decisions\[0\]\.note"),
        (lambda r: r["papers"][0]["decisions"][0].update(use="seed"), "has 'seed' as"),
        (lambda r: r["papers"][0]["decisions"][0].update(use=["x"]), "as papers"),
        (lambda r: r["papers"][0]["decisions"][0].update(page=0), "has 0 as"),
        (lambda r: r["papers"][0]["decisions"][0].update(start=True), "has True as"),
        (lambda r: r["papers"][0]["decisions"][0].update(decision="maybe"), "has 'maybe' as"),
        (lambda r: r["papers"][0]["decisions"][0].update(should_be="seed"), "has 'seed' as"),
    ],
)
def test_other_files_are_refused(tmp_path, spoil, said):
    record = copy.deepcopy(RECORD)
    spoil(record)
    with pytest.raises(UsageError, match=said) as refused:
        read(tmp_path, record)
    assert refused.value.kind == "decisions"


def test_files_that_cannot_be_read_are_refused(tmp_path):
    with pytest.raises(UsageError, match="is no JSON"):
        read(tmp_path, "{")
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_decisions(tmp_path / "none.json")
