"""Majorities by hand."""

from __future__ import annotations

import pytest

from mmreason.errors import RecipeError
from mmreason.evaluation.votes import majority, powers

NAN = float("nan")


def test_the_majority_of_two_of_four_by_hand() -> None:
    """a a b b with a right: of the six pairs one is aa, one bb and four tie: (1 + 4 / 2) / 6."""
    assert majority(["a", "a", "b", "b"], [1, 1, 0, 0], 2) == pytest.approx(0.5)
    assert majority(["a", "a", "a", "b"], [1, 1, 1, 0], 2) == pytest.approx((3 + 3 / 2) / 6)
    assert majority(["a", "a", "a", "b"], [1, 1, 1, 0], 3) == 1.0


def test_one_vote_is_the_mean() -> None:
    assert majority(["a", "b", None], [1, 0, 0], 1) == pytest.approx(1 / 3)


def test_who_says_nothing_has_no_vote() -> None:
    assert majority([None, None, "a"], [0, 0, 1], 3) == 1.0
    assert majority([None, None], [0, 0], 2) == 0.0


def test_what_could_not_be_judged_does_not_vote() -> None:
    assert majority(["a", "b", "b"], [1, NAN, NAN], 3) == 1.0
    assert majority(["a"], [NAN], 1) != majority(["a"], [NAN], 1)


def test_of_many_subsets_some_are_drawn_the_same_each_time() -> None:
    votes, right = ["a"] * 12 + ["b"] * 8, [1.0] * 12 + [0.0] * 8
    found = majority(votes, right, 9, seed=5)
    assert found == majority(votes, right, 9, seed=5)
    assert 0.75 < found < 0.95, "exactly 0.84: hypergeometric, nine of twenty"


def test_more_votes_than_samples_are_refused() -> None:
    with pytest.raises(RecipeError, match="majority@3 of 2 samples"):
        majority(["a", "b"], [1, 0], 3)
    assert powers(8) == [1, 2, 4, 8]
