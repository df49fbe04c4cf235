"""Which rules and which models: the files that an audit depends on, and the hashes that name them.

In: nothing. Out: where the weights lie, and a hash for them and for the rule packs that ship with the package. The one
decision made here: what counts as another version. Imports neither rules nor models: whoever only compares versions,
as the process does that feeds a batch, needs no numpy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from seedaudit import resources

CLASSIFIER = Path(__file__).with_name("weights.npz")
"""The linear model of a passage."""
NETWORK = Path(__file__).with_name("encoder.onnx")
VOCABULARY = Path(__file__).with_name("encoder.vocabulary")
"""The transformer of a passage, and its word pieces."""
STACKING = Path(__file__).with_name("stacking_weights.npz")
"""The network that reads the passages of one paper together."""
SEARCH = Path(__file__).with_name("search_weights.npz")
"""The linear model of a hyperparameter search."""


def packs_of(folder: Path) -> list[Path]:
    """The rule packs of a folder, in the order in which they are read."""
    return sorted(folder.glob("*.toml"))


@cache
def hash_of_rules() -> str:
    """One hash for the rule packs that ship with the package: that of the rules made from them."""
    return _hash_of(packs_of(resources.rules()))


@cache
def hash_of_models() -> str:
    """One hash for all weights that an audit depends on."""
    passages = _hash_of((CLASSIFIER, NETWORK, VOCABULARY, STACKING))
    return hashlib.sha256(passages.encode() + SEARCH.read_bytes()).hexdigest()[:16]


def _hash_of(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
