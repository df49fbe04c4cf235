"""The pages of a study are valid HTML; those of a paper, of a comparison and of a server are validated beside them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from click.testing import CliRunner

from seedaudit.batch.store import Entry, open_study
from seedaudit.batch.work import Outcome
from seedaudit.cli import cli

from . import made_up
from .browser import needs_vnu, vnu


@needs_vnu
def test_pages_of_a_study_validate(tmp_path: Path) -> None:
    results = [*made_up.EVERYTHING, replace(made_up.hostile(), sha256="9" * 64)]
    path, report = tmp_path / "study.db", tmp_path / "report"
    with open_study(path) as study:
        study.enrol(Entry(f"key-{at}", one.source, "file", venue=f"V{at % 2}") for at, one in enumerate(results))
        for (number, _, _), result in zip(list(study.named()), results, strict=True):
            study.store(Outcome(number, result), made_up.TOOL, "")
    said = CliRunner().invoke(cli, ["report", str(path), "--output", str(report)])
    assert said.exit_code == 0, said.output
    pages = [report / "index.html", *sorted((report / "papers").glob("*.html"))]
    assert len(pages) >= len(results)
    # Warnings aside: vnu takes no file beside the page for one that the page's policy allows.
    assert vnu(*pages, errors_only=True) == ""
