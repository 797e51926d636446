"""Seeds derived from words."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations

from mmreason.seeds import seed_of


def test_the_same_words_give_the_same_seed_in_any_process() -> None:
    code = "from mmreason.seeds import seed_of; print(seed_of(0, 'stage', 3, 'task-1'))"
    found = {
        int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=env).stdout)
        for env in ({"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2"})
    }
    assert found == {seed_of(0, "stage", 3, "task-1")}


def test_different_words_give_different_seeds() -> None:
    words = [("ab", "c"), ("a", "bc"), ("abc",), (1,), ("1",), (1.0,), (True,), (0, 1), (1, 0), (), ("",), ("", "")]
    assert all(seed_of(*a) != seed_of(*b) for a, b in combinations(words, 2))


def test_seeds_fit_every_generator() -> None:
    seeds = [seed_of(i) for i in range(1000)]
    assert len(set(seeds)) == 1000
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert max(seeds) > 2**62
