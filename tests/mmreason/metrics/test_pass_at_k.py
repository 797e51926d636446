from __future__ import annotations

import math
from itertools import combinations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmreason.errors import RecipeError
from mmreason.metrics.pass_at_k import PassAtK, mean_pass_at_k, pass_at_k
from mmreason.rewards.accuracy import Accuracy
from mmreason.types import Batch, Completion, Group, Task
from vision_data.messages import user


def test_worked_numbers() -> None:
    assert pass_at_k(8, 2, 1) == 0.25
    assert pass_at_k(4, 2, 2) == pytest.approx(5 / 6)
    assert pass_at_k(8, 0, 8) == 0.0
    assert pass_at_k(8, 1, 8) == 1.0
    assert pass_at_k(8, 8, 1) == 1.0


@given(st.integers(1, 8), st.data())
def test_it_is_the_share_of_draws_with_a_right_one(num: int, data: st.DataObject) -> None:
    correct = data.draw(st.integers(0, num))
    k = data.draw(st.integers(1, num))
    draws = list(combinations(range(num), k))
    share = sum(any(i < correct for i in draw) for draw in draws) / len(draws)
    assert pass_at_k(num, correct, k) == pytest.approx(share)


def test_large_numbers_do_not_overflow() -> None:
    assert 0.0 < pass_at_k(100_000, 10, 1_000) < 1.0


@pytest.mark.parametrize("args", [(0, 0, 1), (4, 1, 0), (4, 1, 5), (4, 5, 1), (4, -1, 1)])
def test_impossible_counts_are_refused(args: tuple[int, int, int]) -> None:
    with pytest.raises(RecipeError, match="pass@"):
        pass_at_k(*args)


def test_mean_over_problems() -> None:
    groups = [[True, False], [False, False], [True, True]]
    assert mean_pass_at_k(groups, 1) == 0.5
    assert mean_pass_at_k(groups, 2) == pytest.approx(2 / 3)
    assert math.isnan(mean_pass_at_k([], 1))


def batch_of(*values: list[float]) -> tuple[Batch, Accuracy]:
    say = Completion(text="", tokens=torch.zeros(1), logprobs=torch.zeros(1), wrote=torch.ones(1) > 0)
    groups = tuple(Group(Task(id=str(i), prompt=(user("?"),)), (say,) * len(v)) for i, v in enumerate(values))
    batch = Batch(groups)
    batch.record(Accuracy(), [torch.tensor(v, dtype=torch.float64) for v in values])
    return batch, Accuracy()


def test_pass_at_k_of_a_batch_leaves_out_what_was_not_measured() -> None:
    nan = float("nan")
    batch, reward = batch_of([1.0, 0.0, nan], [0.0, 0.0, 0.0], [nan, nan, nan])
    assert PassAtK("pass@1", reward, 1)(batch) == {"pass@1": 0.25}
    assert PassAtK("pass@2", reward, 2)(batch) == {"pass@2": 0.5}
    with pytest.raises(RecipeError, match="pass@3"):
        PassAtK("pass@3", reward, 3)(batch)
    with pytest.raises(RecipeError, match="k must be at least 1"):
        PassAtK("pass@0", reward, 0)
    assert math.isnan(PassAtK("pass@1", reward)(Batch(()))["pass@1"])
