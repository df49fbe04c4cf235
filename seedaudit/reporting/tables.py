"""Audits -> one table: a row per finding.

In: results. Out: CSV text, or the bytes of a Parquet file. The one decision owned here: nothing is lost on the way into
a table. A paper without findings and a paper that could not be audited have a row of their own, with the columns of a
finding empty.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any

from seedaudit.errors import UsageError
from seedaudit.plain import line
from seedaudit.reporting.record import Result, paper_record

PAPER_COLUMNS = ("source", "id", "title", "year", "pages", "sha256", "status")
ERROR_COLUMNS = ("error_kind", "error_message", "error_hint")
VERDICT_COLUMNS = ("verdict", "reasons", "search", "search_evidence")
FINDING_COLUMNS = (
    "use",
    "risk",
    "confidence",
    "rules",
    "page",
    "section",
    "quote",
    "why",
    "remedy",
    "references",
    "seed_count",
    "seed_values",
)
_TYPES = {"year": "Int64", "pages": "Int64", "confidence": "Float64", "page": "Int64", "seed_count": "Int64"}
COLUMNS = PAPER_COLUMNS + ERROR_COLUMNS + VERDICT_COLUMNS + FINDING_COLUMNS

# A spreadsheet runs a cell that starts like this; the wide forms are folded to the narrow ones by some of them.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")

Cell = str | int | float | None


def rows(results: Sequence[Result], *, all_mentions: bool) -> Iterator[dict[str, Cell]]:
    """One dictionary per row with the keys of ``COLUMNS``; None where a column does not apply."""
    for result in results:
        record = paper_record(result, all_mentions=all_mentions)
        error = record["error"] or {"kind": None, "message": None, "hint": None}
        failed = record["status"] == "failed"
        paper: dict[str, Cell] = {name: record[name] for name in PAPER_COLUMNS}
        paper |= {f"error_{name}": value for name, value in error.items()}
        paper |= {
            "verdict": record["verdict"],
            "reasons": None if failed else " ".join(record["reasons"]),
            "search": None if failed else record["search"]["level"],
            "search_evidence": None if failed else " | ".join(map(_evidence, record["search"]["evidence"])),
        }
        for finding in record["findings"] or [None]:
            yield paper | _finding_cells(finding)


def _evidence(item: dict[str, Any]) -> str:
    return item["quote"] if item["page"] is None else f"p. {item['page']}: {item['quote']}"


def _finding_cells(finding: dict[str, Any] | None) -> dict[str, Cell]:
    if finding is None:
        return dict.fromkeys(FINDING_COLUMNS)
    cells: dict[str, Cell] = {name: finding[name] for name in FINDING_COLUMNS if name in finding}
    return cells | {
        "rules": "; ".join(finding["rules"]),
        "references": "; ".join(finding["references"]),
        "seed_count": finding["seeds"]["count"],
        "seed_values": "; ".join(map(str, finding["seeds"]["values"])),
    }


def render_csv(results: Sequence[Result], *, all_mentions: bool) -> str:
    """CSV with a header row; lines end with a line feed.

    A text that a spreadsheet would run as a formula gets an apostrophe before it; line breaks in a cell become spaces.
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows(results, all_mentions=all_mentions):
        writer.writerow({name: _guarded(value) for name, value in row.items()})
    return out.getvalue()


def _guarded(value: Cell) -> Cell:
    if not isinstance(value, str):
        return value
    text = line(value)
    return f"'{text}" if _FORMULA.match(text) else text


def render_parquet(results: Sequence[Result], *, all_mentions: bool) -> bytes:
    """The same rows and columns as a Parquet file, as typed columns and with every text as it is.

    Raises UsageError (kind ``missing-extra``) where pyarrow is not installed.
    """
    if find_spec("pyarrow") is None:
        raise UsageError(
            "a Parquet file needs pyarrow, which is not installed",
            hint="pip install 'seedaudit[parquet]', or ask for --format csv.",
            kind="missing-extra",
        )
    import pandas

    told = [
        {name: _encodable(value) for name, value in row.items()} for row in rows(results, all_mentions=all_mentions)
    ]
    frame = pandas.DataFrame(told, columns=list(COLUMNS), dtype=object)
    frame = frame.astype({name: _TYPES.get(name, "string") for name in COLUMNS})
    return bytes(frame.to_parquet(engine="pyarrow", index=False))


def _encodable(value: Cell) -> Cell:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
