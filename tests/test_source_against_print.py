"""The same paper from its LaTeX source and from its PDF: the same findings, the same verdict."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from seedaudit.auditing import Auditor
from seedaudit.findings import Audit
from seedaudit.sources.paper import Paper
from seedaudit.sources.tex import pack_file

SAMPLES = Path(__file__).parents[1] / "corpus" / "samples"
NAMES = sorted(path.parent.name for path in SAMPLES.glob("*/*.tex"))


def squash(text: str) -> str:
    """Letters and digits: hyphens at line ends and the line numbers of a review copy fall away."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


@cache
def audited(name: str, form: str) -> Audit:
    """An audit of the PDF (``pdf``), the source (``latex``), or the source on the PDF's pages (``auto``)."""
    pdf = (SAMPLES / name / f"{name}.pdf").read_bytes()
    tex = pack_file(SAMPLES / name / f"{name}.tex")
    if form == "latex":
        paper = Paper(name, "latex", tex, main=f"{name}.tex")
    else:
        paper = Paper(name, "pdf", pdf, latex=tex if form == "auto" else None)
    found, document = Auditor().examine(paper)
    document.close()
    return found


@pytest.mark.parametrize("form", ["latex", "auto"])
@pytest.mark.parametrize("name", NAMES)
def test_findings_and_verdict_are_the_same(name: str, form: str) -> None:
    printed, written = audited(name, "pdf"), audited(name, form)
    assert [(one.use, squash(one.quote)) for one in written.seed_findings] == [
        (one.use, squash(one.quote)) for one in printed.seed_findings
    ]
    assert [one.use for one in written.findings] == [one.use for one in printed.findings]
    assert written.verdict.level == printed.verdict.level


@pytest.mark.parametrize("name", NAMES)
def test_source_on_pages_has_the_pages_of_the_print_and_the_lines_of_the_source(name: str) -> None:
    printed, both = audited(name, "pdf"), audited(name, "auto")
    source = (SAMPLES / name / f"{name}.tex").read_text(encoding="utf-8").splitlines()
    pages = {squash(one.quote): one.page for one in printed.seed_findings}
    for one in both.seed_findings:
        assert one.boxes
        assert one.page == pages[squash(one.quote)]
        file, line = re.fullmatch(r"(.+), line (\d+)", one.place).groups()
        assert file == f"{name}.tex"
        said = squash(re.sub(r"(?<!\\)%.*", "", " ".join(source[int(line) - 1 : int(line) + 5])))
        assert squash(one.quote)[-25:] in said  # its beginning may come from a macro
