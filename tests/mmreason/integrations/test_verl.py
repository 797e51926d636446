"""Rewards as verl's compute_score, called as its reward manager calls it."""

from __future__ import annotations

import pytest

from mmreason.errors import RecipeError
from mmreason.integrations.trl import FromTRL
from mmreason.integrations.verl import compute_score
from mmreason.rewards.accuracy import Accuracy
from mmreason.rewards.base import Term
from mmreason.rewards.random_calculation import CalculationReward
from mmreason.schedules import Linear


def ones(**kwargs: object) -> list[float]:
    return [1.0]


def test_one_reward_is_a_number() -> None:
    score = compute_score(Accuracy())
    call = {"data_source": "d", "ground_truth": "7", "extra_info": {"question": "How many?", "index": 3}}
    assert score(solution_str=r"\boxed{7}", **call) == 1.0
    assert score("d", "8", "7") == 0.0
    assert score("d", "8", None) == 0.0, "missing"


def test_several_are_added_and_reported() -> None:
    score = compute_score(Term("right", Accuracy(), 2.0), Term("near", CalculationReward(), 0.5), missing=-1.0)
    assert score("d", r"\boxed{10.5}", "10") == pytest.approx({"score": 0.3625, "right": 0.0, "near": 0.725})
    assert score("d", "x", "abc") == pytest.approx({"score": -0.5, "right": 0.0, "near": -1.0})


def test_what_verl_cannot_use_is_refused() -> None:
    with pytest.raises(RecipeError, match="compares completions"):
        compute_score(FromTRL(ones))
    with pytest.raises(RecipeError, match="different names"):
        compute_score(Accuracy(), Accuracy())
    with pytest.raises(RecipeError, match="different names"):
        compute_score()
    with pytest.raises(RecipeError, match="moves with the run"):
        compute_score(Term("right", Accuracy(), Linear(0.0, 1.0)))
