"""Which sentences report the best of several runs."""

from __future__ import annotations

import pytest

from seedaudit.detection.best_of import is_best_of_n


@pytest.mark.parametrize(
    ("sentence", "behind"),
    [
        ("Each entry is the best of 5 seeds.", ""),
        ("Numbers are the highest accuracy over four random initialisations.", ""),
        ("Scores are the maximum across the three independent runs.", ""),
        ("We plot the best-performing seed of every agent.", ""),
        ("For the gallery we took the seed that achieved the highest reward.", ""),
        ("Shown is the average of the top 3 out of 8 runs.", ""),
        ("For parsing we average the top 6 (out of 9) seeds.", ""),
        ("Scores are means of the top-k runs.", ""),
        ("The tagger is run with four seeds and the best value is listed.", "We list the best value."),
        ("All parsers were trained with six seeds and we list the best one.", ""),
        ("Every agent is trained with four seeds.", "We report the maximum return."),
    ],
)
def test_the_best_run_stands_for_all(sentence: str, behind: str) -> None:
    assert is_best_of_n(sentence, behind)


@pytest.mark.parametrize(
    ("sentence", "behind"),
    [
        ("We report the mean over 5 seeds.", "The best scores are in bold."),
        ("The best of 5 seeds on the validation set is tested.", ""),
        ("We train with five seeds.", "The one with the best dev score is kept."),
        ("Bands span the minimum and maximum over 5 seeds.", ""),
        ("The best hyperparameters were run with ten seeds.", ""),
        ("We give the best results averaged over ten different seeds.", ""),
        ("With three seeds each, we report the best value of the threshold.", ""),
        ("The best architecture of the search is trained over 3 seeds.", ""),
        ("Averages over five runs are shown.", "Ours takes the best place on both corpora."),
        ("Five seeds were used throughout.", ""),
    ],
)
def test_a_summary_or_a_choice_on_held_out_data_is_no_best_of_n(sentence: str, behind: str) -> None:
    assert not is_best_of_n(sentence, behind)


@pytest.mark.parametrize("words", ["best run and best run over ", "seeds and runs, then we report ", "the top of two "])
def test_long_sentences_are_read_in_time(words: str) -> None:
    assert not is_best_of_n(words * 4000, words * 10)
