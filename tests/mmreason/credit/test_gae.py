"""Generalised advantage estimation: the card's numbers, a plain double loop, masks, NaN, ranks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mmreason.credit.gae import GAE, Returns, gae
from mmreason.errors import RecipeError
from mmreason.rewards.base import Owned, Term
from mmreason.rewards.kl_penalty import TokenKLReward
from tests.mmreason.fakes import NAN, D, close, comp, constant, fixed, group, settled
from tests.mmreason.ranks import Ranks

VALUES = constant([(0.5, 0.6, 0.7)])
NUMBERS = st.floats(-5, 5, allow_nan=False)


def test_the_worked_example() -> None:
    advantage = gae(torch.tensor([0.0, 0.0, 1.0]), torch.tensor([0.5, 0.6, 0.7], dtype=D), 1.0, 0.95)
    close(advantage, [0.46575, 0.385, 0.3])
    by = GAE(VALUES, whiten=False)
    batch = settled([group(comp([1, 2, 3]))], by, Returns(by), terms=(Term("r", fixed([1])),))
    close(batch.groups[0][by][0], [0.46575, 0.385, 0.3])
    close(batch.groups[0][Returns(by)][0], [0.96575, 0.985, 1.0])


def double_loop(rewards: Sequence[float], values: Sequence[float], gamma: float, lam: float) -> list[float]:
    """The definition: A_t = sum over l of (gamma lam)^l delta_{t+l}."""
    out = []
    for t in range(len(rewards)):
        total = 0.0
        for k in range(t, len(rewards)):
            after = values[k + 1] if k + 1 < len(values) else 0.0
            total += (gamma * lam) ** (k - t) * (rewards[k] + gamma * after - values[k])
        out.append(total)
    return out


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=12), st.floats(0, 1), st.floats(0, 1))
def test_equals_a_double_loop(pairs: list[tuple[float, float]], gamma: float, lam: float) -> None:
    rewards, values = [r for r, _ in pairs], [v for _, v in pairs]
    found = gae(torch.tensor(rewards, dtype=D), torch.tensor(values, dtype=D), gamma, lam)
    close(found, torch.tensor(double_loop(rewards, values, gamma, lam), dtype=D), 1e-9)


def test_the_ends_of_lambda() -> None:
    rewards, values = torch.tensor([0.0, 2.0, 1.0], dtype=D), torch.tensor([0.3, -0.2, 0.5], dtype=D)
    close(gae(rewards, values, 1.0, 1.0), [3 - 0.3, 3 + 0.2, 1 - 0.5])  # all that is to come, minus the value
    close(gae(rewards, values, 0.9, 0.0), [-0.9 * 0.2 - 0.3, 2 + 0.9 * 0.5 + 0.2, 0.5])  # one step


def test_unequal_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"gae: expected equal shapes, got \(2,\) and \(3,\)"):
        gae(torch.zeros(2), torch.zeros(3))


@pytest.mark.parametrize("wrong", [{"gamma": 1.1}, {"lam": -0.1}, {"lam": NAN}])
def test_what_is_no_discount_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(RecipeError, match="GAE needs gamma and lam from 0 to 1"):
        GAE(VALUES, **wrong)


def test_tokens_of_a_tool_are_passed_over() -> None:
    """As if the written tokens stood side by side; the tool's have no advantage and no return."""
    by = GAE(constant([(0.5, 9.0, 9.0, 0.6, 0.7, 9.0)]), whiten=False)
    c = comp([1, 8, 8, 2, 3, 8], wrote=[True, False, False, True, True, False])
    batch = settled([group(c)], by, Returns(by), terms=(Term("r", fixed([1])),))
    close(batch.groups[0][by][0], [0.46575, 0, 0, 0.385, 0.3, 0])
    close(batch.groups[0][Returns(by)][0], [0.96575, NAN, NAN, 0.985, 1.0, NAN])


def test_the_kl_is_a_reward_of_each_token() -> None:
    kl = TokenKLReward(beta=0.1, reference=constant([(-1.2, -1.0, -0.8)]))
    by = GAE(constant([(0.0, 0.0, 0.0)]), lam=1.0, tokens=(kl,), whiten=False)
    batch = settled([group(comp([1, 2, 3], [-1.0, -1.0, -1.0]))], by, terms=(Term("r", fixed([1])),))
    close(batch.groups[0][by][0], [1.0, 1.02, 1.02])  # REINFORCE++'s returns: the critic says 0


def test_a_term_pays_on_the_last_token_it_owns() -> None:
    by = GAE(constant([(0.0,) * 4]), lam=1.0, whiten=False)
    terms = (Term("answer", fixed([1])), Term("think", fixed([2]), 0.5, Owned("think")))
    c = comp([1, 2, 3, 4], spans=(("think", 0, 2),))
    batch = settled([group(c)], by, terms=terms)
    close(batch.groups[0][by][0], [2, 2, 1, 1])


def test_whitened_over_all_tokens_of_the_batch() -> None:
    """Advantages 1, 1, 0, -2 have mean 0 and variance 2 (unbiased) or 1.5."""
    values = constant([(0.0, 0.0)], [(0.0,)], [(0.0,)])
    groups = [group(comp([1, 2]), id="q0"), group(comp([1]), id="q1"), group(comp([1]), id="q2")]
    terms = (Term("r", fixed([1], [0], [-2])),)
    by, biased = GAE(values, lam=1.0), GAE(values, lam=1.0, ddof=0)
    batch = settled(groups, by, biased, terms=terms)
    close(torch.cat([g[by][0] for g in batch.groups]), [0.70710678, 0.70710678, 0, -1.41421356])
    close(batch.groups[2][biased][0], [-2 / 1.5**0.5])


def test_ranks_whiten_together() -> None:
    values, terms = constant([(0.1, 0.2)], [(0.3,)]), (Term("r", fixed([1], [0])),)
    groups = [group(comp([1, 2]), id="q0"), group(comp([1]), id="q1")]
    by = GAE(values)
    alone = settled(groups, by, terms=terms)

    def one(rank: Any) -> Tensor:
        return settled([groups[rank.number]], by, terms=terms, across=rank).groups[0][by][0]

    for found, g in zip(Ranks(2).run(one), alone.groups, strict=True):
        close(found, g[by][0], 1e-12)


def test_what_was_not_measured_earns_nothing_and_moves_nobody() -> None:
    values = constant([(0.5, 0.6), (0.1, 0.2), (0.3, 0.3)])
    by = GAE(values)
    with_it = settled(
        [group(comp([1, 2]), comp([1, 2]), comp([1, 2]))], by, Returns(by), terms=(Term("r", fixed([1, NAN, 0])),)
    )
    fewer = GAE(constant([(0.5, 0.6), (0.3, 0.3)]))
    without = settled([group(comp([1, 2]), comp([1, 2]))], fewer, terms=(Term("r", fixed([1, 0])),))
    found = with_it.groups[0][by]
    assert not found[1].any()
    assert bool(with_it.groups[0][Returns(by)][1].isnan().all())
    close([found[0], found[2]], torch.stack(without.groups[0][fewer]), 1e-12)


def test_empty_completions_and_a_single_token_are_fine() -> None:
    by = GAE(constant([(), (0.5,)]))
    batch = settled([group(comp([]), comp([1]))], by, terms=(Term("r", fixed([1, 1])),))
    assert [len(a_T) for a_T in batch.groups[0][by]] == [0, 1]
    assert not batch.groups[0][by][1].any()  # nothing to compare it with
    assert settled([], by, terms=(Term("r", fixed()),)).groups == ()
