"""How many seeds a sentence names, and which."""

from __future__ import annotations

import pytest

from seedaudit.detection.seeds import find_seeds
from seedaudit.findings import Seeds


@pytest.mark.parametrize(
    ("sentence", "seeds"),
    [
        ("We train with five random seeds.", Seeds(5)),
        ("Scores are means over 10 different random seeds.", Seeds(10)),
        ("The random seed is set to 42.", Seeds(1, (42,))),
        ("Random seed 42", Seeds(1, (42,))),
        ("We use seeds {1, 2, 3} throughout.", Seeds(3, (1, 2, 3))),
        ("We fix seed = 1234.", Seeds(1, (1234,))),
        ("All models were trained with seeds 13, 21 and 87.", Seeds(3, (13, 21, 87))),
        ("Everything is repeated three times.", Seeds(3)),
        ("A single seed is used.", Seeds(1)),
        ("The seed matters.", Seeds()),
        ("Averaged over 3 seeds (0, 1, 2).", Seeds(3, (0, 1, 2))),
    ],
)
def test_counts_and_values(sentence: str, seeds: Seeds) -> None:
    assert find_seeds(sentence) == seeds
