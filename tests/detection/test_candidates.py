"""The net: what is at least a candidate, what is not, and what it costs."""

from __future__ import annotations

import time

import pytest

from seedaudit.detection.candidates import find_candidates

LEAST = [
    "A seed was drawn for each.",
    "The seeds were drawn.",
    "All runs are seeded.",
    "We set a random seed.",
    "We tried different seeds.",
    "It was run with multiple seeds.",
    "It was run with 17 seeds.",
    "We trained with eleven seeds.",
    "We kept a fixed seed.",
    "We kept the same seed.",
    "We used a single seed.",
    "Here seed = 42.",
    "We took seeds {1, 2, 3}.",
    "The result depends on random initialization.",
    "The result depends on random initialisations.",
    "The net was randomly initialised ten times.",
    "We start from different initialisations.",
    "The layer is re-initialised.",
    "We allow random restarts.",
    "We report independent runs.",
    "We looked at different runs.",
    "Over repeated runs it held.",
    "Scores are averaged over 4 runs.",
    "Scores are averaged over four trials.",
    "Scores are averaged over 20 repetitions.",
    "We give the mean over runs.",
    "We give the median across five trials.",
    "We give the std over 3 runs.",
    "A confidence interval over runs is shown.",
    "The best of 5 runs is shown.",
    "Training was repeated three times.",
    "We made a single run.",
    "We use an ensemble of independently trained models.",
    "A deep ensemble was built.",
    "We looked at the variance across runs.",
    "The shaded region over runs is small.",
    "Error bars over runs are small.",
    "torch.manual_seed was called.",
    "A PRNG drives it.",
    "Nondeterminism of the device remains.",
]


@pytest.mark.parametrize("sentence", LEAST)
def test_the_least_phrasings_are_candidates(sentence: str) -> None:
    assert find_candidates(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "We proceed to exceed the baseline.",
        "The code runs on one machine.",
        "A clinical trial was held in spring.",
        "Seedlings were watered.",
        "We initialise the encoder from a public checkpoint.",
        "The train ran late.",
    ],
)
def test_other_words_are_no_candidates(sentence: str) -> None:
    assert find_candidates(sentence) == []


def test_neighbouring_triggers_are_one_candidate() -> None:
    text = "Scores are averaged over five runs with different random seeds."
    (only,) = find_candidates(text)
    assert text[only.start : only.end] == "averaged over five runs with different random seeds"
    assert len(only.triggers) == 2


def test_signs_of_several_bytes_do_not_shift_a_candidate() -> None:
    text = "é — 中文 \U0001f600: αβγ over five “random seeds”, naïve ≈ 3 and different seeds 中文 seed"
    found = [text[start:end] for one in find_candidates(text) for start, end in one.triggers]
    assert found == ["seeds", "seeds", "seed"]


def test_triggers_of_two_sentences_or_blocks_are_two_candidates() -> None:
    assert len(find_candidates("We used five seeds. The seeds were fixed.")) == 2
    assert len(find_candidates("five seeds\n\nfive seeds")) == 2


def test_a_crowd_of_triggers_does_not_become_one_endless_candidate() -> None:
    found = find_candidates("seed 1, " * 400)
    assert len(found) > 5
    assert max(one.end - one.start for one in found) <= 320


@pytest.mark.parametrize("unit", ["seed ", "5 ", "random ", "repeat a ", "averaged b ", "run ran ", "a"])
def test_the_scan_is_linear(unit: str) -> None:
    def cost(size: int) -> float:
        text = (unit * (size // len(unit) + 1))[:size]
        times = []
        for _ in range(3):
            started = time.process_time()
            find_candidates(text)
            times.append(time.process_time() - started)
        return min(times)

    small, large = cost(25_000), cost(100_000)
    assert large < 12 * small + 0.05
