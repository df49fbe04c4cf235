"""What a list says of its papers, as a study keeps it."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedaudit.batch.listing import entries
from seedaudit.batch.store import Entry

BIB = """@article{a, title={A}, year={2021}, journal={Journal of Seeds}, doi={10.1000/A}}
@article{b, title={B}, year={2020}, journal={Journal of Seeds}, doi={10.1000/a}}
@inproceedings{c, title={C}, year={2018}, booktitle={Proceedings of ACL}, url={https://aclanthology.org/P18-1023}}
@inproceedings{d, title={D}, date={2019-05}, booktitle={Proceedings of Seeds}, file={d.pdf}}
@book{e, title={E}, year={1999}, publisher={X}}
"""


def test_titles_years_and_venues_reach_the_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "refs.bib").write_text(BIB)
    (tmp_path / "d.pdf").write_bytes(b"%PDF-1.5")
    assert [entry for entry, _ in entries(["refs.bib"])] == [
        Entry("doi:10.1000/a", "10.1000/A", "doi", "A", 2021, "Journal of Seeds"),
        Entry("acl:P18-1023", "https://aclanthology.org/P18-1023", "anthology", "C", 2018),
        Entry(str(tmp_path / "d.pdf"), "d.pdf", "file", "D", 2019, "Proceedings of Seeds"),
        Entry("unknown:refs.bib, line 5:E", "E", "unknown", "E", 1999),
    ]
