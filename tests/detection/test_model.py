"""The encoder that ships, and how it and the linear model are put together."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from seedaudit import resources
from seedaudit.detection.encoder import AROUND, LONGEST, NETWORK, VOCABULARY, Encoder
from seedaudit.detection.features import describe
from seedaudit.detection.model import SURE, SURE_OF_RISK, UNLIKELY, Passage, average, is_open, load_model
from seedaudit.detection.rules import load_rules
from seedaudit.findings import USES, Use


def place(text: str) -> tuple[str, int, int]:
    start, end = text.index("<"), text.index(">") - 1
    return text.replace("<", "").replace(">", ""), start, end


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder()


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("We train our model with Adam. The <random seed> is fixed to 42 in all our experiments.", "fixed-seed"),
        ("Every score in the table is the mean <over five random seeds>, with its deviation.", "seed-comparison"),
        ("We expand the list of <seed> words with a thesaurus.", "not-a-seed"),
        ("A logit average of four networks trained from <different seeds> is our ensemble.", "ensembling"),
    ],
)
def test_plain_cases(encoder: Encoder, text: str, use: Use) -> None:
    assert USES[int(encoder.scores(*place(text)).argmax())] == use


def test_words_beyond_its_reach_do_not_count(encoder: Encoder) -> None:
    near = "word " * AROUND + "<seed>" + " word" * AROUND
    far = "Other " + near + " others."
    assert encoder.scores(*place(near)).tolist() == encoder.scores(*place(far)).tolist()


def test_long_trigger_words_are_cut(encoder: Encoder) -> None:
    scores = encoder.scores(*place("<" + "seed " * (4 * LONGEST) + "> end"))
    assert np.isfinite(scores).all()


def test_nothing_around_the_trigger_words(encoder: Encoder) -> None:
    assert np.isfinite(encoder.scores("seed", 0, 4)).all()


def test_signs_that_the_vocabulary_lacks(encoder: Encoder) -> None:
    assert np.isfinite(encoder.scores(*place("\u4e2d\u6587 \U0001f600 <seed> \u0416"))).all()


def test_the_vocabulary_begins_with_the_signs_the_network_was_trained_with() -> None:
    pieces = VOCABULARY.read_text(encoding="utf-8").split("\n")[:-1]
    assert pieces[:6] == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[unused1]", "[unused2]"]
    assert len(pieces) == len(set(pieces))


def test_what_ships_stays_under_thirty_megabytes() -> None:
    folder = Path(NETWORK).parent
    shipped = [NETWORK, VOCABULARY, *folder.glob("*.npz")]
    assert sum(file.stat().st_size for file in shipped) < 30e6


def chances(**given: float) -> np.ndarray:
    rest = (1 - sum(given.values())) / (len(USES) - len(given))
    return np.array([given.get(use.replace("-", "_"), rest) for use in USES])


def test_a_passage_is_open_where_the_linear_model_is_unsure_and_a_seed_is_likely() -> None:
    assert is_open(chances(sensitivity=SURE - 0.05, data_sampling=0.1))
    assert not is_open(chances(sensitivity=SURE + 0.01))
    assert not is_open(chances(other_randomness=SURE - 0.02, discussion=SURE - 0.02))
    assert is_open(chances(other_randomness=SURE - 0.02, sensitivity=UNLIKELY + 0.02))
    assert not is_open(chances(other_randomness=SURE - 0.02, sensitivity=UNLIKELY - 0.02, discussion=0.09))


def test_a_risky_use_needs_more_of_the_linear_model() -> None:
    for use in ("seed_comparison", "fixed_seed"):
        assert is_open(chances(**{use: SURE + 0.01}))
        assert is_open(chances(**{use: SURE_OF_RISK - 0.01}))
        assert not is_open(chances(**{use: SURE_OF_RISK + 0.01}))


def test_the_average_is_between_the_two_and_sums_to_one() -> None:
    linear, scores = chances(fixed_seed=0.5, decoding=0.3), np.log(chances(fixed_seed=0.2, decoding=0.6))
    told = average(linear, scores)
    assert told.sum() == pytest.approx(1)
    at, other = USES.index("fixed-seed"), USES.index("decoding")
    assert 0.2 / 0.6 < told[at] / told[other] < 0.5 / 0.3


def test_onnxruntime_is_not_imported_for_a_plain_passage() -> None:
    code = (
        "import sys\n"
        "from seedaudit import resources\n"
        "from seedaudit.detection.features import describe\n"
        "from seedaudit.detection.model import Passage, load_model\n"
        "from seedaudit.detection.rules import load_rules\n"
        "text = 'We expand the list of seed words with a thesaurus.'\n"
        "features = describe(text, 22, 26, load_rules([resources.rules()]))\n"
        "assert load_model().probabilities([Passage(features, text, 22, 26)])[0]['not-a-seed'] > 0.8\n"
        "assert not {'onnxruntime', 'tokenizers', 'sklearn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_probabilities_are_of_every_use_and_sum_to_one() -> None:
    text, start, end = place("We report the mean over <five random seeds> of the sampler and of the network.")
    features = describe(text, start, end, load_rules([resources.rules()]))
    (told,) = load_model().probabilities([Passage(features, text, start, end)])
    assert tuple(told) == USES
    assert sum(told.values()) == pytest.approx(1)
