"""Laws of rewards: one number per completion, wherever it stands in its group, and nothing is changed on the way."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import Tensor

from mmreason.rewards.base import Reward, TokenReward
from mmreason.types import Batch, Group
from tests.mmreason.fakes import close
from tests.mmreason.laws.members import members, named
from tests.mmreason.laws.world import ORDER, groups, measured, permuted

REWARDS: list[Reward] = members("rewards", Reward)  # type: ignore[type-abstract]
TOKENS: list[TokenReward] = members("rewards", TokenReward)  # type: ignore[type-abstract]
BOTH = [*REWARDS, *TOKENS]


@pytest.mark.parametrize("reward", REWARDS, ids=named)
def test_one_float64_per_completion(reward: Reward) -> None:
    for g in measured(groups(), reward).groups:
        assert g[reward].shape == (len(g),)
        assert g[reward].dtype == torch.float64
        assert not g[reward].isinf().any()


@pytest.mark.parametrize("reward", TOKENS, ids=named)
def test_one_float64_per_token_and_none_on_what_the_policy_did_not_write(reward: TokenReward) -> None:
    for g in measured(groups(), reward).groups:
        for c, r_T in zip(g.completions, g[reward], strict=True):
            assert r_T.shape == c.tokens.shape
            assert r_T.dtype == torch.float64
            assert not r_T[~c.wrote].any()


@pytest.mark.parametrize("reward", BOTH, ids=named)
def test_permuted_completions_give_permuted_values(reward: Any) -> None:
    straight = measured(groups(), reward)
    crossed = measured([permuted(g, ORDER) for g in groups()[::-1]], reward)
    for a, b in zip(straight.groups, reversed(crossed.groups), strict=True):
        for place, i in enumerate(ORDER):
            close(b[reward][place], a[reward][i].tolist(), 1e-12)


@pytest.mark.parametrize("reward", BOTH, ids=named)
def test_an_empty_group_and_an_empty_batch_are_fine(reward: Any) -> None:
    assert len(measured([Group(groups()[0].task, ())], reward).groups[0][reward]) == 0
    assert measured([], reward).groups == ()


@pytest.mark.parametrize("reward", REWARDS, ids=named)
def test_a_lone_completion_can_be_rated(reward: Reward) -> None:
    for g in groups():
        alone = Group(g.task, g.completions[:1])
        assert measured([alone], reward).groups[0][reward].shape == (1,)


def frozen(batch: Batch) -> list[Any]:
    """Everything in a batch, copied."""
    return [(c.text, c.tokens.clone(), c.logprobs.clone(), c.wrote.clone(), c.spans) for _, c in batch.pairs()] + [
        (signal, copy.deepcopy(value)) for g in batch.groups for signal, value in g.signals.items()
    ]


def same(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor):
        return torch.equal(a.nan_to_num(-7.0), b.nan_to_num(-7.0))
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


@pytest.mark.parametrize("reward", BOTH, ids=named)
def test_nothing_that_came_in_is_changed(reward: Any) -> None:
    batch = measured(groups(), reward)
    before = frozen(batch)
    again = reward.values(batch, [() for _ in batch.groups])
    assert same(before, frozen(batch))
    for g, value in zip(batch.groups, again, strict=True):
        assert same(list(value), list(g[reward])), "the same question, the same answer"
