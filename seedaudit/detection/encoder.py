"""The transformer that reads what the linear model leaves open.

In: a text and the place of the trigger words in it. Out: a score for every use. The one decision made here: how a
passage is put before the network: the trigger words between two markers, and the word pieces around them. The network
is a quantised ONNX file, fine-tuned in ``seedaudit.training.encoder``; onnxruntime and tokenizers are imported when
the first passage is read.
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from seedaudit.detection import versions

NETWORK, VOCABULARY = versions.NETWORK, versions.VOCABULARY

AROUND = 40
"""Word pieces on each side of the trigger words that the network sees, as when it learned."""
LONGEST = 16
"""Word pieces of the trigger words that it sees."""
_REACH = 8 * AROUND
"""Characters on each side that are cut into word pieces: enough for ``AROUND`` of them in running text."""
_FIRST, _LAST, _OPEN, _CLOSE = 2, 3, 4, 5
_UNKNOWN_PIECE = "[UNK]"


class Encoder:
    """A fine-tuned Transformer encoder with one classification head.

    ``network`` is an ONNX file with inputs ``ids`` (1, tokens), ``open`` (1) and ``close`` (1), the places of the two
    markers, and output ``scores`` (1, uses). ``vocabulary`` holds one word piece a line; the first six are padding,
    unknown, beginning, end and the markers.
    """

    def __init__(self, network: Path = NETWORK, vocabulary: Path = VOCABULARY) -> None:
        self._network = network
        self._vocabulary = vocabulary

    def scores(self, text: str, start: int, end: int) -> npt.NDArray[np.float64]:
        """The uncalibrated score of every use, in the order of ``USES``, for the trigger ``text[start:end]``."""
        left = self._pieces(text[max(0, start - _REACH) : start])[-AROUND:]
        own = self._pieces(text[start:end])[:LONGEST]
        right = self._pieces(text[end : end + _REACH])[:AROUND]
        ids = np.array([[_FIRST, *left, _OPEN, *own, _CLOSE, *right, _LAST]], dtype=np.int64)
        places = {"open": np.array([1 + len(left)]), "close": np.array([2 + len(left) + len(own)])}
        (scores,) = self._session.run(["scores"], {"ids": ids, **places})
        return np.asarray(scores[0], dtype=np.float64)

    def _pieces(self, text: str) -> list[int]:
        pieces: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return pieces

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer
        from tokenizers.models import WordPiece
        from tokenizers.normalizers import BertNormalizer
        from tokenizers.pre_tokenizers import BertPreTokenizer

        tokenizer = Tokenizer(WordPiece.from_file(str(self._vocabulary), unk_token=_UNKNOWN_PIECE))
        tokenizer.normalizer = BertNormalizer(lowercase=True)
        tokenizer.pre_tokenizer = BertPreTokenizer()
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        # Official builds report their use to Microsoft, from a thread of their own that a forked worker would lack.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # One thread: workers share the machine, and sums come out the same wherever they are computed.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # The network was simplified when it was exported: doing so again would take nearly as long as reading it.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        return onnxruntime.InferenceSession(str(self._network), options, providers=["CPUExecutionProvider"])
