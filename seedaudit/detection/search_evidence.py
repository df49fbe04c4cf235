"""What a paper says about a search for hyperparameters.

In: a document. Out: the level of its search (none, own, all, seed-included) and the sentences that show it. The one
decision made here: which words may tell of a search, and how the passages with such words add up to a level. Each
passage is judged by a linear model over its words and cues; the weights were learned with scikit-learn (see
``seedaudit.training.search``) and are plain arrays, so that an audit needs numpy only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any, Literal, get_args
from zlib import crc32

import numpy as np
import numpy.typing as npt
import re2

from seedaudit.detection import versions
from seedaudit.detection.candidates import spans
from seedaudit.detection.cues import Cues
from seedaudit.detection.features import grams
from seedaudit.detection.linear import weigh
from seedaudit.documents.document import Document
from seedaudit.documents.sentences import sentence_at
from seedaudit.findings import Evidence, Search, SearchLevel

WEIGHTS = versions.SEARCH

Label = Literal["own", "all", "seed-included", "baselines", "stated", "other"]
LABELS: tuple[Label, ...] = get_args(Label)
"""What a passage tells of: a search for the authors' model, for the compared systems too, one that includes the seed,
one for the baselines only; settings without a search; something else."""

Floats = npt.NDArray[np.float64]
Keys = dict[str, npt.NDArray[np.uint32]]
"""The keys of a passage's features, sorted, by group."""

# --- where a search may be told of -----------------------------------------------------------------------------------

_WORDS = {
    "hyper": r"hyper-? ?param\w*",
    "tune": r"\btun(?:e|ed|es|ing|able)\b",
    "search": r"\bsweep(?:s|ing)?\b|\bswept\b|\bgrid[- ]?search\w*"
    r"|\b(?:random|manual|parameter|exhaustive|bayesian) search\w*|\bsearch(?:ed|ing)? (?:over|spaces?|ranges?|grid)\b"
    r"|\bcross-? ?validat\w*|\boptuna\b|\bray ?tune\b|\bhyperopt\b|\bhyperband\b|\bvizier\b|\bbohb\b|\bsmac3?\b|\btpe\b"
    r"|\bbayesian optimi[sz]ation\b|\bpopulation[- ]based training\b|\bgridsearchcv\b|\btried\b",
    "member": r"∈ ?\{",
    "values": r"\{ ?[−-]?\.?\d|\[ ?\d*(?:\.\d|e-|e−|×)|\bin the range\b|\brange of\b",
    "held-out": r"\bvalidation\b|\bdev(?:elopment)? ?(?:set|data|split)s?\b|\bdev\b|\bhe?old-?out\b",
    "setting": r"\blearning[- ]rates?\b|\bdropout\b|\bweight decay\b|\bbatch[- ]sizes?\b|\bcoefficients?\b"
    r"|\bregulari[sz]ation\b|\bthresholds?\b|\bparameters?\b|\bconfigurations?\b|\bsettings?\b|\bstep[- ]?sizes?\b",
    "choice": r"\bselect(?:ed|ion|ing|s)?\b|\bcho(?:ose|oses|osing|sen|se|ice)\b|\bpick(?:ed|ing)?\b"
    r"|\bdetermin(?:e|ed|ing)\b|\boptimi[sz](?:e|ed|ing|ation)\b|\bsearch(?:es|ed|ing)?\b|\bexplor(?:e|ed)\b"
    r"|\bvar(?:y|ied)\b|\badjust(?:ed|ing)?\b|\bexperimented\b|\bbest\b|\boptimal\b|\bhighest\b|\blowest\b",
}
_ALONE = frozenset({"tune", "search", "member"})
"""Words that are enough alone; the others need a partner."""
_PARTNERS = {
    "hyper": (("choice", 60), ("values", 120), ("held-out", 60)),
    "setting": (("choice", 25), ("values", 60), ("held-out", 60)),
    "choice": (("hyper", 60), ("setting", 25), ("values", 60), ("held-out", 90)),
    "held-out": (("hyper", 60), ("setting", 60), ("choice", 90)),
    "values": (("hyper", 120), ("setting", 60), ("choice", 60)),
}
"""How many characters may lie between two words that are enough together."""
_NOT_A_SEARCH = re.compile(
    r"(?:fine|pre|instruct\w{0,5}|prompt|prefix|adapter|efficient|model|lora|p|alignment|safety)[- ]{0,2}$",
    re.IGNORECASE,
)
"""What stands before "tuning" where a model is trained."""
_NOWHERE = (-1000, -1000)
_GAP, _LONGEST = 60, 320
"""Passages of a block that lie at most ``_GAP`` characters apart are one, up to ``_LONGEST`` characters."""


def _compile(pattern: str) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.max_mem = 64 << 20
    return re2.compile(pattern, options)


_NET = _compile("|".join(_WORDS.values()))
_KINDS = {kind: _compile(pattern) for kind, pattern in _WORDS.items()}


@lru_cache(4096)
def _kind(word: str) -> str:
    return next((kind for kind, pattern in _KINDS.items() if pattern.fullmatch(word)), "choice")


def find_passages(text: str) -> list[tuple[int, int]]:
    """The spans of ``text``, in order, whose words may tell of a search."""
    found: list[tuple[int, int]] = []
    for start, end in _hits(text):
        near = found and start - found[-1][1] <= _GAP and end - found[-1][0] <= _LONGEST
        if near and "\n\n" not in text[found[-1][1] : start]:
            found[-1] = (min(start, found[-1][0]), max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _hits(text: str) -> Iterator[tuple[int, int]]:
    last: dict[str, tuple[int, int]] = {}
    for start, end in spans(_NET, text):
        kind = _kind(text[start:end].lower()[:40])
        if kind == "tune" and _NOT_A_SEARCH.search(text, max(0, start - 14), start):
            continue
        if kind in _ALONE:
            yield start, end
        else:
            for other, reach in _PARTNERS[kind]:
                first, till = last.get(other, _NOWHERE)
                if start - till <= reach and "\n\n" not in text[till:start]:
                    yield first, end
                    break
        last[kind] = (start, end)


# --- what the model sees of a passage --------------------------------------------------------------------------------

_REACH = 420
"""Characters on each side of a passage that a feature may come from."""
_PATTERNS = {
    "negated": r"\b(?:without|no|not|n't|never|nor|neither|avoid\w*|eliminat\w*|alleviat\w*|instead of|rather than"
    r"|free of|absence of) (?:[a-z-]+ ){0,5}(?:tun|search|optimi[sz]|sweep|select)\w*",
    "not done": r"\b(?:did|do|does|was|were|is|are|have|has|had)(?: not|n't) (?:[a-z-]+ ){0,4}"
    r"(?:tun|search|optimi|sweep|select|perform|conduct)\w*",
    "effort": r"\b(?:requir\w*|need\w*|hard|difficult|expensive|costly|effort|laborious|tedious|sensitiv\w*|easy|easier"
    r"|burden\w*)\b",
    "taken over": r"\b(?:follow(?:s|ing|ed)?|adopt\w*|same as|taken from|borrow\w*|recommend\w*|suggest\w*|default\w*"
    r"|original(?:ly)?|reported (?:in|by)|provided by|as in|according to)\b",
    "baselines": r"\bbaselines?\b|\bcompet(?:ing|itors?)\b|\bcompared methods\b|\bother methods\b",
    "every system": r"\b(?:all|both|each|every|per|these|different|various) (?:of )?(?:the )?(?:[a-z-]+ ){0,2}"
    r"(?:methods?|models?|baselines?|algorithms?|approach(?:es)?|systems?|competitors?|optimi[sz]ers?|variants?|agents?"
    r"|estimators?|networks?|architectures?|losses|techniques?|classifiers?|learners?|configurations?|experiments?)\b",
    "fair": r"\bfair(?:ly|ness|er)?\b|\bsame (?:tuning |search )?(?:budget|number of trials|grid|space)",
    "held out": r"\bvalidation\b|\bdev\b|\bdevelopment set\b|\bhe?old-?out\b|\bcross-? ?validat\w*",
    "values": r"\{[^{}]{0,60},|∈ ?[{\[(]|\brange of\b|\brang(?:e|es|ing) from\b|\bbetween [\d.]|\blog-?uniform"
    r"|\bvalues? (?:of|in|from)\b|\[ ?[\d.]+(?:e-?\d+)?,",
    "chosen": r"\b(?:select|chose|choos|pick|best|optimal)\w*",
    "test data": r"\btest (?:set|data|performance|accuracy)\b",
    "architecture": r"\barchitecture search\b|\bsupernet\w*|\bnas\b|\bsearch spaces?\b|\bautoml\b|\bhpo\b"
    r"|\bneural architecture",
    "other search": r"\b(?:line|beam|tree|nearest[- ]neighbou?r|local|monte[- ]carlo) search",
    "modal": r"\b(?:would|could|should|can|may|might|future|must|typically|usually|often|commonly|generally)\b",
    "question": r"\bdid you\b|\bdoes the paper\b|\?",
    "cited": r"\bet al\b|\[\d+",
    "we": r"\bwe\b|\bour\b",
    "they": r"\bthey\b|\btheir\b|\bthe authors\b|\bprior work|\bprevious work",
    "effect": r"\bablation|\bsensitiv|\beffect of\b|\bimpact of\b|\binfluence of\b|\bvarying\b|\banaly[sz]",
    "hyper": r"\bhyper-? ?param",
    "tune": r"\b(?:tuned|tune|tuning)\b",
    "search": r"\bgrid[- ]?search|\brandom search|\bsweep|\bswept|\boptuna|\bbayesian optimi",
    "stopping": r"\bcheckpoints?\b|\bearly stopping\b|\bepochs?\b",
    "setting": r"\blearning rate|\bdropout|\bweight decay|\bbatch size|\bregulari[sz]ation",
    "trials": r"\b\d+ (?:trials|configurations|combinations|runs|samples|iterations)\b",
    "elsewhere": r"\btable \d|\bappendix\b|\bsection \d",
    "seed": r"\bseeds?\b|\brestarts?\b",
    "we search": r"\bwe (?:[a-z]+ ){0,2}(?:search(?:ed)? |tuned? |swe[ep]\w* |grid[- ]?search"
    r"|(?:perform|conduct|run|ran|did|do|us|employ|appl|carr|execut)\w* (?:out )?(?:[a-z]+ ){0,3}(?:[a-z-]+[- ])?"
    r"(?:search|sweep|tuning|optimi[sz]ation))",
    "was searched": r"\b(?:is|are|was|were|been) (?:[a-z]+ ){0,2}(?:tuned|searched|swept|grid[- ]searched)\b",
    "chosen by search": r"\b(?:set|found|select|chose|choos|determin|identif|obtain|pick|optimi[sz]|decid)\w* "
    r"(?:[a-z]+ ){0,4}(?:by|via|using|through|with|from|after|based on|according to) (?:[a-z]+ ){0,4}"
    r"(?:grid|random|hyper-?parameter|parameter|search|sweep|validation|dev|development|held|cross|tuning)",
    "we choose a setting": r"\bwe (?:[a-z]+ ){0,2}(?:select|chose|choose|pick|tri|try|experiment|vari|vary|explor"
    r"|consider)\w* [^.;]{0,60}(?:hyper-? ?param|learning rate|dropout|weight decay|batch size|coefficient|threshold"
    r"|[∈{])",
    "best values": r"\b(?:best|optimal|final|chosen|selected|found) (?:[a-z]+ ){0,2}(?:hyper-? ?parameters?|values?"
    r"|settings?|configurations?|combinations?|learning rates?|parameters?)",
    "best checkpoint": r"\bbest(?:[- ]performing)? (?:[a-z]+ )?(?:models?|checkpoints?|epochs?)\b"
    r"|\b(?:models?|checkpoints?|epochs?) (?:[a-z]+ ){0,3}(?:best|lowest|highest)\b",
    "of baselines": r"\b(?:for|of) (?:all |the |each |our |these |other )*(?:[a-z]+ )?baselines?\b"
    r"|\bbaselines? (?:are|is|were|was)\b",
    "of every method": r"\b(?:for|of|across) (?:all|both|each|every) (?:of )?(?:the |our )?(?:[a-z]+ )?(?:methods?"
    r"|models?|baselines?|algorithms?|approach(?:es)?|systems?|competitors?|optimi[sz]ers?)\b|\bbaselines included\b"
    r"|\b(?:including|as well as|and) (?:all |the |our )*baselines?\b",
    "studied": r"\b(?:hyper-? ?parameter (?:optimi[sz]ation|tuning)|hpo|automl) (?:problems?|methods?|algorithms?"
    r"|tasks?|benchmarks?|approach\w*|tools?|libraries|frameworks?)\b",
}
_STOP = re.compile(r"(?<=[a-z\d)\]%}])[.?!](?=\s+[A-Z(\[•])|\n\n")
_ABBREVIATION = re.compile(r"\b(?:et al|figs?|eqs?|sec|tab|e\.g|i\.e|vs|resp|cf|approx|no|[A-Z])$", re.IGNORECASE)
_CITATION = re.compile(r"\((?:[^()]{0,80}?\b(?:19|20)\d\d[a-z]?[^()]{0,60}?)\)|\[\d{1,3}(?:\s?[,–-]\s?\d{1,3}){0,6}\]")
_TOKEN = re.compile(r"[a-z]+|\d+(?:\.\d+)?|[^\sa-z\d.,]")
_CUES = Cues(_PATTERNS)


def features_of(text: str, start: int, end: int) -> Keys:
    """The features of the passage ``text[start:end]``: its words, those around it, its sentence's, and cues."""
    first, last = _sentence(text, start, end)
    own = _tokens(text[start:end])
    left, right = _tokens(text[max(0, start - _REACH) : start]), _tokens(text[end : end + _REACH])
    sentence = [*_tokens(text[first:start]), "<", *own, ">", *_tokens(text[end:last])]
    in_sentence = sorted(_cues(text, first, last))
    cues = [
        *(f"sentence {cue}" for cue in in_sentence),
        *(f"near {cue}" for cue in _cues(text, start - 60, end + 60)),
        *(f"wide {cue}" for cue in _cues(text, start - 300, end + 300)),
        *(f"{one} & {other}" for one, other in combinations(in_sentence, 2)),
    ]
    return {
        "own": _keys("own", grams(own, 3)),
        "near": _keys("near", grams([*left[-12:], "<", *own, ">", *right[:12]], 3)),
        "wide": _keys("wide", [*left[-45:], *right[:45]]),
        "sentence": _keys("sentence", grams(sentence, 2)),
        "cues": _keys("cues", cues),
    }


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    first, last = max(0, start - _REACH), min(len(text), end + _REACH)
    low = first
    for stop in _STOP.finditer(text, low, start):
        if not _ABBREVIATION.search(text, max(low, stop.start() - 8), stop.start()):
            first = stop.end()
    for stop in _STOP.finditer(text, end, last):
        if not _ABBREVIATION.search(text, max(end, stop.start() - 8), stop.start()):
            return first, stop.end()
    return first, last


def _cues(text: str, start: int, end: int) -> list[str]:
    return [_CUES.names[at] for at in _CUES.found(text, start, end)]


def _tokens(text: str) -> list[str]:
    words = _TOKEN.findall(_CITATION.sub(" @ ", text).lower())
    return ["#" if word[0].isdigit() else word for word in words]


def _keys(group: str, names: Sequence[str]) -> npt.NDArray[np.uint32]:
    begun = crc32(f"{group}\0".encode())
    return np.array(sorted({crc32(name.encode(), begun) for name in names}), dtype=np.uint32)


# --- the model and the document rule ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which chance on a document shows a search at all (``some``), and one for the compared systems (``all``)."""

    some: float
    all: float


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of a multinomial logistic regression over weighted feature groups, and the document's thresholds.

    ``keys`` (n, sorted) and ``idf`` (n) describe the features, ``coefficients`` is (n, labels), ``intercepts``
    (labels). ``scales`` gives the length of each group's vector.
    """

    keys: npt.NDArray[np.uint32]
    idf: npt.NDArray[np.float32]
    coefficients: npt.NDArray[np.float16]
    intercepts: npt.NDArray[np.float32]
    scales: dict[str, float]
    thresholds: Thresholds

    def chances(self, passages: Sequence[Keys]) -> Floats:
        """The probabilities (passages, labels), in the order of ``LABELS``."""
        scores = weigh(self, passages)
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))


@cache
def load_model(path: Path = WEIGHTS) -> Model:
    """Read the weights that ship with the package, or those at ``path``."""
    with np.load(path, allow_pickle=False) as arrays:
        return Model(
            keys=arrays["keys"],
            idf=arrays["idf"],
            coefficients=arrays["coefficients"],
            intercepts=arrays["intercepts"],
            scales=dict(zip(arrays["groups"].tolist(), arrays["scales"].tolist(), strict=True)),
            thresholds=Thresholds(*arrays["thresholds"].tolist()),
        )


_OWN, _ALL, _SEED, _BASELINES = range(4)


def searched(chances: Floats) -> Floats:
    """Per passage (rows of ``chances``), how likely it tells of a search that counts."""
    return np.asarray(chances[:, _OWN] + chances[:, _ALL] + chances[:, _SEED])


def for_all(chances: Floats) -> Floats:
    """Per passage, how likely it shows that the compared systems were searched for too."""
    return np.asarray(chances[:, _ALL] + chances[:, _BASELINES])


def scores_of(chances: Floats) -> tuple[float, float]:
    """How likely the passages together show a search (the strongest decides) and one for all (each adds)."""
    if not len(chances):
        return 0.0, 0.0
    return float(searched(chances).max()), float(1 - np.prod(1 - for_all(chances)))


def level_of(chances: Floats, thresholds: Thresholds) -> SearchLevel:
    """What the passages show together, the seed aside: whether it is searched is read from the words."""
    some, whole = scores_of(chances)
    if some < thresholds.some:
        return "none"
    return "all" if whole >= thresholds.all else "own"


_HELD_OUT = r"\b(?:dev|development|validation|held-?out)\b"
_SEED_SEARCHED = _compile(
    # the seed among the things searched: "a grid over learning rate, batch size and seed", "we search over seeds"
    r"\b(?:tun|search|swe[ep]|grid|optimi[sz])\w*(?:[^.;]|\.\d){0,160}(?:,|\band\b|&|×) (?:the )?(?:random |training )?"
    r"seeds?(?:[.,;]|$| and | with | on | using )"
    r"|\b(?:tun|search|swe[ep]|grid|optimi[sz])\w* over (?:the )?(?:random |training )?seeds?\b"
    # a row of a search space: "seed ∈ {1, 2, 3}"
    r"|\b(?:grid|search|sweep|tun)\w*(?:[^.]|\.\d){0,300}\bseeds? ?(?:∈|=|:|in|from)? ?[{\[] ?\d+ ?,"
    # one of several settings that come from a set each: "a seed from {1, ..., 9}, a dropout rate from {0, 0.1}"
    r"|[{\[] ?\.?\d[^{}\[\]]{0,80}[}\]].{0,200}\bseed ?(?:∈|in|from|among) ?[{\[] ?\d+ ?[,.–-]"
    r"|\bseed ?(?:∈|in|from|among) ?[{\[] ?\d+ ?[,.–-][^{}\[\]]{0,80}[}\]].{0,200}[{\[] ?\.?\d"
    # kept by a held-out score
    r"|\bbest[- ](?:[a-z]+[- ]){0,3}(?:seeds?|restarts?)\b[^.]{0,60}"
    + _HELD_OUT
    + r"|\b(?:seeds|restarts) and (?:then )?(?:select|keep|kept|pick|cho[so]|us)\w* (?:the )?(?:best|one)\b[^.]{0,60}"
    + _HELD_OUT
    + r"|\bseeds? (?:is|are|was|were) (?:also )?(?:select|chos|pick|kept|tuned)\w*[^.]{0,60}"
    + _HELD_OUT
    # scores as a distribution over sampled configurations
    + r"|\bexpected (?:validation|maximum|max|best) performance\b"
    r"|\bdistributions? of (?:[a-z]+ ){0,3}(?:scores|results|performances?|accurac\w+) (?:over|across) "
    r"(?:[a-z-]+ ){0,3}(?:configurations|settings)\b"
)
_AVERAGED = _compile(r"\b(?:averag|mean|median|standard dev|std\b|error bar)")

_QUOTES, _LONGEST_QUOTE = 3, 400
_SKIPPED_BLOCKS = frozenset({"reference", "question"})
_SKIPPED_SECTIONS = frozenset({"references", "related"})


def find_search(document: Document) -> Search:
    """What ``document`` says about a hyperparameter search for its experiments, with up to three quotes."""
    spans = [span for span in find_passages(document.text) if _is_the_authors(document, span[0])]
    if not spans:
        return Search()
    model = load_model()
    chances = model.chances([features_of(document.text, start, end) for start, end in spans])
    level = level_of(chances, model.thresholds)
    if level == "none":
        return Search()
    strength = searched(chances) + (for_all(chances) if level == "all" else 0.0)
    shown = [at for at in np.argsort(-strength, kind="stable") if strength[at] >= model.thresholds.some]
    quotes = list(dict.fromkeys(_quote(document, *spans[at]) for at in shown))
    with_seed = [quote for quote in quotes if _searches_seed(document.text[quote[0] : quote[1]])]
    if with_seed:
        level = "seed-included"
        quotes = list(dict.fromkeys([*with_seed, *quotes]))
    return Search(level, tuple(_evidence(document, *quote) for quote in sorted(quotes[:_QUOTES])))


def _is_the_authors(document: Document, offset: int) -> bool:
    if document.blocks and document.block_at(offset).kind in _SKIPPED_BLOCKS:
        return False
    return not document.sections or document.section_at(offset).kind not in _SKIPPED_SECTIONS


def _quote(document: Document, start: int, end: int) -> tuple[int, int]:
    """The sentence that a passage begins in; of a row of a table that goes on and on, the words around."""
    first, last = sentence_at(document, start)
    if last - first <= _LONGEST_QUOTE:
        return first, last
    words = document.text
    low, high = max(first, start - 100), min(last, end + 200)
    return (
        first if low == first else words.find(" ", low, start) + 1 or start,
        last if high == last else max(words.rfind(" ", end, high), min(end, last)),
    )


def _searches_seed(sentence: str) -> bool:
    words = " ".join(sentence.split())
    return bool(_SEED_SEARCHED.search(words)) and not _AVERAGED.search(words)


def _evidence(document: Document, start: int, end: int) -> Evidence:
    return Evidence(document.block_at(start).page, " ".join(document.text[start:end].split()))
