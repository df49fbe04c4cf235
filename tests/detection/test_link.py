"""What the paper's other passages say about the same number of seeds or runs."""

from __future__ import annotations

from seedaudit.detection.candidates import Candidate
from seedaudit.detection.findings import Reading, link
from seedaudit.findings import USES, Seeds, Use


def reading(use: Use, chance: float, count: int | None, **others: float) -> Reading:
    chances = dict.fromkeys(USES, 0.0) | {name.replace("_", "-"): value for name, value in others.items()}
    return Reading(Candidate(0, 4, ((0, 4),)), 0, 10, (), chances | {use: chance}, use, Seeds(count))


def uses(*readings: Reading) -> list[Use]:
    return [one.use for one in link(readings)]


def test_runs_are_lifted_where_as_many_seeds_are_compared() -> None:
    runs = reading("unspecified-runs", 0.7, 5, seed_comparison=0.25)
    assert uses(runs, reading("seed-comparison", 0.9, 5)) == ["seed-comparison", "seed-comparison"]
    assert uses(runs, reading("seed-comparison", 0.9, 3)) == ["unspecified-runs", "seed-comparison"]


def test_seeds_are_what_another_passage_says_that_as_many_drive() -> None:
    drawn, unsaid = reading("data-sampling", 0.8, 5), reading("seed-comparison", 0.9, 5)
    assert uses(drawn, unsaid) == ["data-sampling", "data-sampling"]
    assert uses(reading("decoding", 0.8, 5), unsaid) == ["decoding", "decoding"]


def test_seeds_of_training_stay_where_the_number_or_the_sureness_differs() -> None:
    drawn = reading("data-sampling", 0.8, 5)
    assert uses(drawn, reading("seed-comparison", 0.9, 3))[1] == "seed-comparison"
    assert uses(drawn, reading("seed-comparison", 0.99, 5))[1] == "seed-comparison"
    assert uses(reading("data-sampling", 0.55, 5), reading("seed-comparison", 0.9, 5))[1] == "seed-comparison"
    assert uses(reading("data-sampling", 0.8, None), reading("seed-comparison", 0.9, None))[1] == "seed-comparison"
