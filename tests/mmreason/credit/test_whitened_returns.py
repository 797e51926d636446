"""REINFORCE++: token returns against the whole batch."""

from __future__ import annotations

import math

import pytest

from mmreason.credit.whitened_returns import WhitenedReturns
from mmreason.errors import RecipeError
from mmreason.rewards.base import Owned, Term
from mmreason.rewards.kl_penalty import TokenKLReward
from tests.mmreason.fakes import NAN, close, comp, constant, fixed, group, settled
from tests.mmreason.ranks import Ranks

REFERENCE = constant([(-1.2, -1, -0.8)], [(-1, -0.5)])
GROUPS = (group(comp([1, 2, 3], [-1, -1, -1])), group(comp([1, 2], [-1, -1]), id="q1"))
TERMS = (Term("r", fixed([1], [0])),)


@pytest.mark.parametrize(
    ("ddof", "expected"),
    [
        (1, [[0.70494255, 0.74284269, 0.74284269], [-1.09531396, -1.09531396]]),
        (0, [[0.78814973, 0.83052337, 0.83052337], [-1.22459823, -1.22459823]]),
    ],
)
def test_by_hand(ddof: int, expected: list[list[float]]) -> None:
    """Returns 1, 1.02, 1.02 and 0.05, 0.05; verl's and OpenRLHF's variance."""
    by = WhitenedReturns((TokenKLReward(0.1, reference=REFERENCE),), ddof=ddof)
    batch = settled(GROUPS, by, terms=TERMS)
    for g, row in zip(batch.groups, expected, strict=True):
        close(g[by][0], row)


def test_one_statistic_for_all_ranks() -> None:
    by = WhitenedReturns((TokenKLReward(0.1, reference=REFERENCE),))

    def work(rank: object) -> list[float]:
        mine = [GROUPS[rank.number]]  # type: ignore[attr-defined]
        batch = settled(mine, by, terms=TERMS, across=rank)  # type: ignore[arg-type]
        return batch.groups[0][by][0].tolist()

    first, second = Ranks(2).run(work)
    close(first, [0.70494255, 0.74284269, 0.74284269])
    close(second, [-1.09531396, -1.09531396])


def test_discount_and_forced_tokens() -> None:
    """Reward 1 at the last written token, discounted per token written: 0.25, -, 0.5, 1 before the mean is taken."""
    by = WhitenedReturns(gamma=0.5, scale=False)
    wrote = [True, False, True, True]
    batch = settled([group(comp(range(4), wrote=wrote))], by, terms=(Term("r", fixed([1])),))
    mean = 1.75 / 3
    close(batch.groups[0][by][0], [0.25 - mean, 0, 0.5 - mean, 1 - mean])


def test_a_term_pays_at_the_last_token_it_owns() -> None:
    by = WhitenedReturns(scale=False)
    g = group(comp(range(4), spans=(("think", 0, 2),)))
    batch = settled([g], by, terms=(Term("a", fixed([1])), Term("t", fixed([1]), 2.0, Owned("think"))))
    close(batch.groups[0][by][0], [1, 1, -1, -1])


def test_a_completion_without_a_reward_is_in_no_statistic() -> None:
    by = WhitenedReturns()
    groups = [group(comp([1, 2]), comp([1, 2]), comp([1]))]
    batch = settled(groups, by, terms=(Term("r", fixed([1, NAN, 0])),))
    spread = math.sqrt(1 / 3 + 1e-8)
    close(batch.groups[0][by][0], [1 / 3 / spread] * 2)
    close(batch.groups[0][by][1], [0, 0])
    close(batch.groups[0][by][2], [-2 / 3 / spread])


@pytest.mark.parametrize("rewards", [[0.7, 0.7], [NAN, NAN], [NAN, 0.3]])
def test_equal_returns_teach_exactly_nothing(rewards: list[float]) -> None:
    by = WhitenedReturns()
    batch = settled([group(comp([1, 2, 3]), comp([1]))], by, terms=(Term("r", fixed(rewards)),))
    assert not any(bool(a_T.any()) for a_T in batch.groups[0][by])
    assert settled([], by, terms=TERMS).groups == ()


def test_a_discount_above_one_is_refused() -> None:
    with pytest.raises(RecipeError, match="WhitenedReturns needs gamma from 0 to 1, got 2"):
        WhitenedReturns(gamma=2)
