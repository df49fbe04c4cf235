"""Audits of papers that do not exist, for the tests and for looking at the reports."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace

from seedaudit.documents.document import Box
from seedaudit.findings import Audit, Evidence, Failure, Finding, Search, Seeds, Tool, Verdict

TOOL = Tool(version="0.1.0", rules="9f2c41d07ab3", model="51ce80aa94f6")
FIGURES = {
    "passage_micro_f1": 0.5,
    "risky_sensitivity": 0.625,
    "risky_specificity": 0.75,
    "papers": 8,
    "measured_on": "made-up papers",
}


def finding(
    use="fixed-seed", risk="red-flag", quote="We fix the random seed to 42 for all runs.", **changes
) -> Finding:
    """A finding with plausible values; ``marked`` words of the quote become its marks."""
    marked = changes.pop("marked", ("random seed",))
    marks = tuple((quote.index(words), quote.index(words) + len(words)) for words in marked if words in quote)
    made = Finding(
        use=use,
        risk=risk,
        confidence=0.934567,
        rules=("fixed-seed.value",),
        page=4,
        boxes=(Box(72.0, 310.123456, 290.5, 321.0), Box(72.0, 322.0, 180.25, 333.0)),
        section="4.1 Experimental setup",
        quote=quote,
        why="One seed value stands behind the scores; how far another value would move them is not shown.",
        remedy="Treat the seed as a hyperparameter: try several on validation data, keep one, and say so.",
        references=("arXiv:2210.13393", "arXiv:1707.09861"),
        seeds=Seeds(),
        start=1000,
        end=1000 + len(quote),
        marks=marks,
    )
    return replace(made, **changes)


FIXED = finding(
    seeds=Seeds(1, (42,)),
    before="All models are trained with AdamW for twenty epochs on one GPU.",
    after="Early stopping uses the loss on the validation part.",
)
FIXED_AGAIN = finding(
    quote="Random seed | 42",
    marked=("Random seed",),
    page=13,
    section="A Settings",
    seeds=Seeds(1, (42,)),
    confidence=0.88,
    rules=("fixed-seed.table",),
    start=52000,
    end=52016,
    before="Batch size | 32",
    after="Warm-up steps | 500",
)
COMPARISON = finding(
    use="seed-comparison",
    risk="caution",
    quote=(
        "We report the mean and the standard deviation over five random seeds for our tagger and for the three "
        "baselines of Table 2."
    ),
    marked=("standard deviation", "five random seeds"),
    rules=("seed-comparison.mean-over-seeds", "seed-comparison.spread"),
    page=6,
    section="5 Results",
    confidence=0.97,
    why=(
        "Only the seed varies between the compared runs; other hyperparameters, the data and the sampling of the "
        "test items are not covered."
    ),
    remedy=(
        "Compare the distributions of scores over sampled configurations, the seed among them, or add a bootstrap "
        "over test items."
    ),
    references=("arXiv:2210.13393", "arXiv:2103.03098", "doi:10.1145/3589806.3600044"),
    seeds=Seeds(5),
    start=21000,
    end=21100,
    before="Table 2 shows accuracy and F1 on the four invented treebanks.",
    after="Differences below half a point are not discussed.",
)
ENSEMBLE = finding(
    use="ensembling",
    risk="safe",
    quote="The submitted system averages the logits of ten parsers that were trained from different seeds.",
    marked=("different seeds",),
    rules=("ensembling.average",),
    page=8,
    section="6 Shared task",
    confidence=0.91,
    why="Models that differ by their seed are combined, so that no single seed decides the result.",
    remedy="",
    references=("arXiv:2210.13393",),
    seeds=Seeds(10),
    start=30000,
    end=30090,
)
SPLIT = finding(
    use="data-sampling",
    risk="neutral",
    quote="Validation sentences are drawn with seed 7.",
    marked=("seed 7",),
    page=3,
    section="3 Data",
    rules=("context.data",),
    why="The seed drives data only.",
    remedy="",
    references=(),
    seeds=Seeds(1, (7,)),
    start=800,
    end=842,
)
RUNS = finding(
    use="unspecified-runs",
    risk="neutral",
    quote="Scores are averaged over three runs.",
    marked=("three runs",),
    page=5,
    section="Results",
    rules=("runs.average",),
    why="What varies between the runs is not said.",
    remedy="Say what differs between the runs.",
    references=(),
    seeds=Seeds(3),
    start=12000,
    end=12036,
)
SEARCH = Search(
    "own",
    (Evidence(5, "The learning rate and the dropout of our tagger are chosen by F1 on the development set."),),
)
RED = Audit(
    source="tagger.pdf",
    id="arxiv:2404.00001v2",
    title="A Made-Up Tagger for Invented Treebanks: Small Models, Long Evenings",
    year=2024,
    pages=14,
    sha256="a" * 64,
    verdict=Verdict(
        "red-flag",
        (
            "One seed value (42) is used for training runs (p. 4, p. 13).",
            "Systems are compared by means over five seeds (p. 6); the search covers the authors' model only.",
        ),
    ),
    search=SEARCH,
    findings=(SPLIT, FIXED, COMPARISON, ENSEMBLE, FIXED_AGAIN),
)
CAUTION = replace(
    RED,
    source="caution.pdf",
    id=None,
    title="Parsing Imaginary Languages",
    sha256="b" * 64,
    verdict=Verdict("caution", ("Systems are compared by means over five seeds (p. 6); a search is described.",)),
    findings=(COMPARISON, SPLIT),
)
SAFE = replace(
    RED,
    source="2404.00003",
    id="arxiv:2404.00003v1",
    title="Ten Parsers Are Company",
    sha256="c" * 64,
    verdict=Verdict("safe", ("Models trained with different seeds are combined (p. 8).",)),
    search=Search(),
    findings=(ENSEMBLE,),
)
UNSTATED = replace(
    RED,
    source="runs.pdf",
    id=None,
    title="Three Runs Around the Lake",
    sha256="d" * 64,
    verdict=Verdict("unstated", ("Scores are averaged over three runs; what varies is not said (p. 5).",)),
    search=Search(),
    findings=(SPLIT, RUNS),
)
NONE = replace(
    RED,
    source="-",
    id=None,
    title="",
    year=None,
    pages=None,
    sha256="e" * 64,
    verdict=Verdict("none", ("No passage describes a use of a training seed.",)),
    search=Search(),
    findings=(),
)
FAILED = Failure(
    source="locked.pdf",
    kind="password",
    message="locked.pdf is encrypted and no password was given",
    hint="give the password with --password",
    sha256="f" * 64,
)
EVERYTHING = (RED, CAUTION, SAFE, UNSTATED, NONE, FAILED)

PAYLOADS = (
    "<script>document.title='broken'</script>",
    "<img src=x onerror=\"document.title='broken'\">",
    "'\"><svg/onload=document.title='broken'>",
    "</style><script>document.title='broken'</script>",
    "{{ 7 * 7 }}{% include 'report.css' %}",
    "javascript:document.title='broken'",
    '<a href="https://evil.example/">a</a>',
    "&lt;b&gt;&amp;amp;",
    "--><!--",
    "]]>",
    "\x1b[31mred\x1b[0m\x07\x1b]0;broken\x07",
    "\u202egnirts\u202c",
    "\ud800",
)
HOSTILE_TEXT = " ".join(PAYLOADS)


def hostile() -> Audit:
    """An audit in which every text field is a collection of payloads."""
    one = finding(
        quote=HOSTILE_TEXT,
        marked=("<script>", "onerror"),
        rules=PAYLOADS,
        section=HOSTILE_TEXT,
        why=HOSTILE_TEXT,
        remedy=HOSTILE_TEXT,
        references=(*PAYLOADS, "arXiv:<script>", 'doi:10.1000/"><script>alert(1)</script>', 'http://x/"onclick="a'),
        before=HOSTILE_TEXT,
        after=HOSTILE_TEXT,
    )
    return Audit(
        source=HOSTILE_TEXT,
        id=f"arxiv:{HOSTILE_TEXT}",
        title=HOSTILE_TEXT,
        year=2024,
        pages=1,
        sha256="0" * 64,
        verdict=Verdict("red-flag", PAYLOADS),
        search=Search("own", (Evidence(1, HOSTILE_TEXT),)),
        findings=(one, replace(one, use="discussion", risk="neutral")),
    )


HOSTILE_FAILURE = Failure(
    source=HOSTILE_TEXT, kind="unreadable", message=HOSTILE_TEXT, hint=HOSTILE_TEXT, id=HOSTILE_TEXT
)


def png(width: int = 4, height: int = 3) -> bytes:
    """A grey PNG."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = b"".join(b"\0" + b"\xdd" * width for _ in range(height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
