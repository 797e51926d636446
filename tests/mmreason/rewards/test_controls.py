from __future__ import annotations

import pytest
import torch

from mmreason.errors import RecipeError
from mmreason.rewards.controls import Inverted, MajorityIncorrect, RandomReward
from mmreason.rewards.random_calculation import CalculationReward
from mmreason.types import Batch, Group, Progress, Task
from tests.mmreason.fakes import NAN, close, settled


def group(say, texts, answer="7", id="t") -> Group:
    return Group(Task(id=id, prompt=(), answer=answer), tuple(map(say, texts)))


def test_random_is_a_fair_coin_that_ignores_the_answer_and_is_thrown_anew_each_step(say) -> None:
    texts = ["\\boxed{7}"] * 200 + ["\\boxed{8}"] * 200
    first, later = (RandomReward()(Batch((group(say, texts),), Progress(step)))[0] for step in (0, 1))
    assert set(first.tolist()) == {0.0, 1.0}
    assert abs(first[:200].mean() - 0.5) < 0.1
    assert abs(first[200:].mean() - 0.5) < 0.1
    assert 0.3 < (first == later).double().mean() < 0.7
    again = RandomReward()(Batch((group(say, texts),), Progress(0)))[0]
    assert torch.equal(first, again)


def test_random_refuses_what_is_no_probability() -> None:
    with pytest.raises(RecipeError, match=r"probability is 1.5, expected 0 to 1"):
        RandomReward(1.5)


def test_inverted(say) -> None:
    made = settled([group(say, ["\\boxed{7}", "\\boxed{7.5}", "x"])], Inverted(CalculationReward()))
    worth = 1 - (1 - 0.25 - 0.25 / 7)
    close(made.groups[0][Inverted(CalculationReward())], [0.0, worth, 1.0], 1e-6)
    missing = settled([group(say, ["\\boxed{7}"], answer="yes")], Inverted())
    close(missing.groups[0][Inverted()], [NAN])


@pytest.mark.parametrize(
    ("texts", "worth"),
    [
        (["8", "8", "7", ""], [1, 1, 0, 0]),
        (["7", "7", "8", ""], [0, 0, 0, 0]),
        (["8", "7"], [0, 0]),
        (["8", "6"], [0, 1]),
        (["", ""], [0, 0]),
    ],
)
def test_the_wrong_majority_is_praised(say, texts, worth) -> None:
    made = settled([group(say, [f"\\boxed{{{text}}}" for text in texts])], MajorityIncorrect())
    close(made.groups[0][MajorityIncorrect()], worth)


def test_without_a_gold_answer_nobody_knows(say) -> None:
    made = settled([group(say, ["\\boxed{8}"], answer=None)], MajorityIncorrect())
    close(made.groups[0][MajorityIncorrect()], [NAN])
