"""References of findings -> names and links.

In: a reference as rules spell it (``arXiv:2210.13393``, ``doi:10.1145/...``, a web address). Out: how a report names
the work, where it links to, and its claim in a line. The one decision owned here: which works are known by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from seedaudit.plain import line


@dataclass(frozen=True, slots=True)
class Work:
    """One work: ``name`` is authors and year, ``claim`` one line; ``url`` is http(s), or None where nothing links."""

    name: str
    claim: str
    url: str | None


_KNOWN: dict[str, tuple[str, str]] = {
    "arxiv:2210.13393": ("Bethard 2022", "names five uses of random seeds: three safe ones and two risky ones"),
    "arxiv:1707.09861": (
        "Reimers and Gurevych 2017",
        "the seed alone can make a difference look significant; score distributions should be compared",
    ),
    "arxiv:1803.09578": (
        "Reimers and Gurevych 2018",
        "single scores do not support conclusions about learning approaches",
    ),
    "arxiv:1709.06560": (
        "Henderson et al. 2018",
        "two groups of five seeds of one reinforcement-learning algorithm can differ significantly",
    ),
    "arxiv:1806.08295": ("Colas et al. 2018", "how many seeds a comparison needs, by power analysis"),
    "arxiv:1909.03004": ("Dodge et al. 2019", "report expected validation performance against the search budget"),
    "arxiv:2002.06305": (
        "Dodge et al. 2020",
        "initialisation and data order contribute about equally to the variance of fine-tuning",
    ),
    "arxiv:2103.03098": ("Bouthillier et al. 2021", "vary as many sources of variance as possible"),
    "arxiv:2108.13264": (
        "Agarwal et al. 2021",
        "report interval estimates, the interquartile mean and performance profiles",
    ),
    "arxiv:2109.08203": ("Picard 2021", "seeds with outlying scores are easy to find"),
    "arxiv:1909.10447": ("Madhyastha and Jain 2019", "studies the stability of models as a function of the seed"),
    "arxiv:2106.16163": ("Sellam et al. 2021", "many seeds of one model, and a bootstrap over seeds and test items"),
    "arxiv:2005.00636": ("Søgaard et al. 2021", "vary or bias the data splits too, not only the seeds"),
    "doi:10.1145/3589806.3600044": (
        "Gundersen et al. 2023",
        "with few seeds and small effects, wrong conclusions come easily",
    ),
    "arxiv:2308.07832": ("Kapoor et al. 2023", "REFORMS, a reporting checklist for science based on machine learning"),
    "arxiv:2503.07329": (
        "Zhou, Savova and Wang 2025",
        "seeds in the fine-tuning of language models have effects on scores and on single predictions",
    ),
}
_SAME = {"acl:d17-1035": "arxiv:1707.09861", "d17-1035": "arxiv:1707.09861"}
_ARXIV = re.compile(r"arxiv:((?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?:v\d+)?)", re.IGNORECASE)
_DOI = re.compile(r"doi:(10\.\d{4,9}/\S+)", re.IGNORECASE)


def work(reference: str) -> Work:
    """The work that ``reference`` names; one that is not known is named by the reference itself, without a claim."""
    spelled = line(reference)
    key = _SAME.get(spelled.lower(), spelled.lower())
    name, claim = _KNOWN.get(re.sub(r"v\d+$", "", key), (spelled, ""))
    return Work(name, claim, link(key if key in _KNOWN else spelled))


def link(reference: str) -> str | None:
    """The web address of an arXiv id, a DOI or an http(s) address; None for anything else."""
    spelled = line(reference)
    if arxiv := _ARXIV.fullmatch(spelled):
        return f"https://arxiv.org/abs/{arxiv[1]}"
    if doi := _DOI.fullmatch(spelled):
        return "https://doi.org/" + quote(doi[1], safe="/:;()._-")
    try:
        parts = urlsplit(spelled)
    except ValueError:
        return None
    if parts.scheme.lower() in {"http", "https"} and parts.netloc and " " not in spelled:
        return quote(spelled, safe="/:?#[]@!$&()*+,;=%-._~")
    return None
