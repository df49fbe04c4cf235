"""The table: a row per finding, none lost, nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from importlib.util import find_spec

import pandas
import pytest
from click.testing import CliRunner

from seedaudit.cli import cli
from seedaudit.errors import UsageError
from seedaudit.reporting.tables import COLUMNS, render_csv, render_parquet, rows

from . import made_up

needs_pyarrow = pytest.mark.skipif(find_spec("pyarrow") is None, reason="needs pyarrow: seedaudit[parquet]")


def read(*results, all_mentions=False) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render_csv(results, all_mentions=all_mentions))))


def test_a_row_per_finding_and_per_paper_without():
    table = read(*made_up.EVERYTHING)
    assert [row["source"] for row in table] == [
        *["tagger.pdf"] * 4,
        "caution.pdf",
        "2404.00003",
        "runs.pdf",
        "'-",
        "locked.pdf",
    ]
    assert len(read(*made_up.EVERYTHING, all_mentions=True)) == 12


def test_columns_of_a_finding():
    row = read(made_up.RED)[0]
    assert tuple(row) == COLUMNS
    assert row["verdict"] == "red-flag"
    assert row["use"] == "fixed-seed"
    assert row["confidence"] == "0.9346"
    assert row["page"] == "4"
    assert row["references"] == "arXiv:2210.13393; arXiv:1707.09861"
    assert (row["seed_count"], row["seed_values"]) == ("1", "42")
    assert row["search_evidence"].startswith("p. 5: The learning rate")


def test_failure_row_has_an_error_and_no_verdict():
    (row,) = read(made_up.FAILED)
    assert row["status"] == "failed"
    assert row["error_kind"] == "password"
    assert row["error_hint"].startswith("give the password")
    assert row["verdict"] == row["search"] == row["use"] == ""


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " =", "\uff1d", "\x1b[0m="])
def test_formulas_are_disarmed(start):
    audit = made_up.replace(made_up.RED, title=f"{start}HYPERLINK(1)", findings=())
    (row,) = read(audit)
    assert row["title"].startswith("'")


def test_numbers_stay_numbers():
    audit = made_up.replace(made_up.RED, findings=(made_up.finding(seeds=made_up.Seeds(2, (-1, 42))),))
    (row,) = rows([audit], all_mentions=False)
    assert row["seed_count"] == 2
    assert read(audit)[0]["seed_values"] == "'-1; 42"


def test_every_cell_is_one_line_and_can_be_encoded():
    text = render_csv([made_up.hostile(), made_up.HOSTILE_FAILURE], all_mentions=True)
    text.encode("utf-8")
    assert text.count("\n") == 4
    assert "\r" not in text


def frame(*results, all_mentions=False):
    return pandas.read_parquet(io.BytesIO(render_parquet(results, all_mentions=all_mentions)))


@needs_pyarrow
def test_parquet_has_the_rows_and_types():
    table = frame(*made_up.EVERYTHING)
    assert tuple(table.columns) == COLUMNS
    assert len(table) == 9
    first = table.iloc[0]
    assert (first["page"], first["year"], first["confidence"]) == (4, 2024, 0.9346)
    assert str(table["page"].dtype) == "Int64"
    assert table.iloc[-1]["error_kind"] == "password"
    assert pandas.isna(table.iloc[-1]["confidence"])


@needs_pyarrow
def test_parquet_of_nothing_keeps_its_columns_and_types():
    empty, some = frame(), frame(made_up.RED)
    assert len(empty) == 0
    assert list(empty.dtypes) == list(some.dtypes)


@needs_pyarrow
def test_parquet_keeps_words_and_can_be_encoded():
    audit = made_up.replace(made_up.RED, title="=1+1", source="caf\udce9.pdf", findings=())
    assert frame(audit).iloc[0]["title"] == "=1+1"
    frame(made_up.hostile())


def test_parquet_without_pyarrow_says_what_to_install(monkeypatch):
    monkeypatch.setattr("seedaudit.reporting.tables.find_spec", lambda _: None)
    with pytest.raises(UsageError, match="pyarrow") as refused:
        render_parquet([made_up.RED], all_mentions=False)
    assert "seedaudit[parquet]" in refused.value.hint


def test_parquet_is_a_file():
    refused = CliRunner().invoke(cli, ["audit", "-", "--format", "parquet"])
    assert refused.exit_code == 2
    assert "is a file, not a text" in refused.stderr
