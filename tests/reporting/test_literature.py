"""References become names and safe links."""

from __future__ import annotations

import pytest

from seedaudit.reporting.literature import link, work


@pytest.mark.parametrize(
    ("reference", "address"),
    [
        ("arXiv:2210.13393", "https://arxiv.org/abs/2210.13393"),
        ("arxiv:2210.13393v1", "https://arxiv.org/abs/2210.13393v1"),
        ("arXiv:math/0611800", "https://arxiv.org/abs/math/0611800"),
        ("doi:10.1145/3589806.3600044", "https://doi.org/10.1145/3589806.3600044"),
        ('doi:10.1000/"><b>', "https://doi.org/10.1000/%22%3E%3Cb%3E"),
        ("https://aclanthology.org/D17-1035/", "https://aclanthology.org/D17-1035/"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("http:alert(1)", None),
        ("http://[", None),
        ("arXiv:<script>", None),
        ("a book", None),
        ("", None),
    ],
)
def test_link(reference, address):
    assert link(reference) == address


def test_known_work_has_a_name_a_claim_and_a_link():
    known = work("arXiv:2210.13393")
    assert known.name == "Bethard 2022"
    assert "five uses" in known.claim
    assert known.url == "https://arxiv.org/abs/2210.13393"
    assert work("arXiv:2210.13393v1").name == "Bethard 2022"
    assert work("D17-1035").url == "https://arxiv.org/abs/1707.09861"


def test_unknown_work_is_named_by_its_reference():
    assert work("arXiv:2404.00001").name == "arXiv:2404.00001"
    assert work("arXiv:2404.00001").claim == ""
    assert work("A book\x07").name == "A book"
