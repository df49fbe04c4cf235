"""The passages of a paper in the light of each other."""

from __future__ import annotations

import numpy as np
import pytest

from seedaudit import resources
from seedaudit.detection.features import describe as words_of
from seedaudit.detection.model import Passage, average, load_model
from seedaudit.detection.rules import load_rules
from seedaudit.detection.stacking import Clues, Stacker, clues_of, describe, load_stacker
from seedaudit.findings import USES

RULES = load_rules([resources.rules()])


def chances(**given: float) -> np.ndarray:
    rest = (1 - sum(given.values())) / (len(USES) - len(given))
    return np.array([given.get(use.replace("-", "_"), rest) for use in USES])


def clues(count: int = 0, *cues: int) -> Clues:
    found = np.zeros_like(clues_of("seed", 0, 4).cues)
    found[list(cues)] = 1.0
    return Clues(count, found)


def read(stacker: Stacker, rows: list[np.ndarray], told: list[Clues]) -> np.ndarray:
    return average(np.array(rows), stacker.scores(np.array(rows), told))


def test_clues_are_the_number_and_what_the_words_are_about() -> None:
    text = "Decoding uses a temperature of 0.7. Scores are averaged over five random seeds. The rest is as before."
    start = text.index("averaged")
    told = clues_of(text, start, text.index(" seeds") + 6)
    far = clues_of(text + " word" * 200 + " seed", len(text) + 1001, len(text) + 1005)
    assert told.count == 5
    assert far.count == 0
    assert 0 < far.cues.sum() < told.cues.sum()
    assert set(told.cues.tolist()) == {0.0, 1.0}


def test_mentions_that_tell_of_no_run_change_nothing_for_the_others() -> None:
    rows = np.array([chances(seed_comparison=0.6), chances(decoding=0.7)])
    told = [clues(5, 1), clues(5, 2)]
    mention = np.array([float(use == "not-a-seed") for use in USES])
    more = describe(np.vstack([mention, rows, mention]), [clues(0, 3), *told, clues(0, 4)])
    assert more[1:3] == pytest.approx(describe(rows, told))


def test_what_others_say_counts_and_what_a_passage_says_itself_is_not_counted_twice() -> None:
    alone = describe(np.array([chances(ensembling=0.9)]), [clues(3)])
    beside = describe(np.array([chances(ensembling=0.9), chances(decoding=0.9)]), [clues(3), clues(3)])
    assert (alone != beside[:1]).any()
    assert not alone[0, 2 * len(USES) : 2 * len(USES) + 8].any(), "nobody else says anything"


def test_what_very_many_mentions_take_does_not_grow_with_their_square() -> None:
    rows = np.tile(chances(data_sampling=0.5), (20_000, 1))
    assert load_stacker().scores(rows, [clues(5)] * 20_000).shape == (20_000, len(USES))


def test_a_passage_that_says_little_is_read_by_what_the_paper_says_elsewhere() -> None:
    stacker = load_stacker()
    vague = chances(seed_comparison=0.45, decoding=0.35)
    sampled = read(stacker, [vague, chances(decoding=0.95)], [clues(3), clues(3)])[0]
    trained = read(stacker, [vague, chances(seed_comparison=0.95)], [clues(3), clues(3)])[0]
    compared = USES.index("seed-comparison")
    assert trained[compared] > sampled[compared] + 0.1


def test_probabilities_sum_to_one_and_no_passages_are_no_trouble() -> None:
    model = load_model()
    assert model.probabilities([]) == []
    text = "Scores are averaged over five random seeds."
    passage = Passage(words_of(text, 11, 43, RULES), text, 11, 43)
    for told in model.probabilities([passage] * 3):
        assert sum(told.values()) == pytest.approx(1)
        assert list(told) == list(USES)
