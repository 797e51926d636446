"""The sampling benchmark: both sides write the same, and the counters are those of the work."""

from __future__ import annotations

import numpy as np
import pytest

from tools.bench.measure import Disagree
from tools.bench.rollout import LIMITS, Case, make_lengths, requests, rollout


def test_pictures_go_through_the_tower_once_a_prompt() -> None:
    found = rollout(Case(prompts=2, size=56, num=3, tokens=4), rounds=1)
    assert found.agree == {"tokens": 0}
    ours, theirs = found.counters["grouped"], found.counters["generate"]
    assert theirs["patches"] == 3 * ours["patches"] == 2 * 3 * 4 * 4
    assert theirs["prompt_tokens"] == 3 * ours["prompt_tokens"]
    assert theirs["completion_tokens"] == ours["completion_tokens"] == 2 * 3 * 3
    assert theirs["decode_steps"] == ours["decode_steps"] == 3


def test_texts_of_unequal_lengths() -> None:
    case = Case(prompts=3, size=0, text=40, num=4, tokens=24, lengths="early")
    found = rollout(case, rounds=1)
    ours, theirs = found.counters["grouped"], found.counters["generate"]
    longest = max(ask.limit for ask in requests(case))
    assert theirs["decode_steps"] == ours["decode_steps"] == longest - 1
    assert ours["completion_tokens"] < theirs["completion_tokens"] == 12 * (longest - 1)


def test_early_ends_have_the_mean_and_the_bounds_that_are_told() -> None:
    drawn = make_lengths(Case(num=4000, tokens=96, lengths="early"), np.random.default_rng(1))
    assert min(drawn) == 1
    assert max(drawn) == 96
    assert 27 < sum(drawn) / len(drawn) < 33  # a third of 96, less what is cut off
    assert make_lengths(Case(num=3, tokens=7), np.random.default_rng(1)) == [7, 7, 7]


def test_other_tokens_give_no_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.bench.rollout.generate", lambda model, asks, inputs: [[0] * ask.limit for ask in asks])
    with pytest.raises(Disagree, match="tokens"):
        rollout(Case(size=0, num=2, tokens=3), rounds=1)
    assert LIMITS == {"tokens": 0}
