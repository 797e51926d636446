"""Credits made of other credits."""

from __future__ import annotations

import pytest

from mmreason.credit.branches import Added, PerTerm, Scaled, ToGo, WithoutTruncated
from mmreason.credit.group_norm import GroupNorm
from mmreason.credit.plain import Raw
from mmreason.rewards.base import Owned, Term
from mmreason.rewards.kl_penalty import TokenKLReward
from mmreason.types import Task
from tests.mmreason.fakes import NAN, Constant, close, comp, constant, fixed, flat_group, group, settled

TWO = (Term("first", fixed([1, 0, 1, 0])), Term("second", fixed([1, 0, 0, 0]), 0.5))


def numbers(by: object, terms: tuple[Term, ...], num: int = 4) -> list[float]:
    batch = settled([flat_group(num)], by, terms=terms)
    return [float(a[0]) for a in batch.groups[0][by]]  # type: ignore[index]


def test_per_term() -> None:
    """GDPO: weights act on normalised terms; the sums are divided by their deviation over the batch."""
    close(numbers(PerTerm(GroupNorm()), TWO), [1.19537228, -0.82552812, 0.45568396, -0.82552812])


def test_per_term_without_the_scale_of_the_batch() -> None:
    close(numbers(PerTerm(GroupNorm(eps=0), scale=False), TWO), [1.61602540, -1.11602540, 0.61602540, -1.11602540])


def test_a_term_of_one_group_alone_is_not_drowned_by_a_large_one() -> None:
    """Summed first, rewards up to 100 leave nothing of those up to 1; normalised first, both count."""
    terms = (Term("large", fixed([100, 0, 0, 100])), Term("small", fixed([1, 0, 1, 0])))
    summed, apart = (numbers(by, terms) for by in (GroupNorm(), PerTerm(GroupNorm())))
    assert abs(summed[0] - summed[3]) < 0.02 < 0.5 < apart[0] - apart[3]


@pytest.mark.parametrize("missing", ["skip", "group", "drop"])
def test_per_term_with_a_term_that_was_not_measured(missing: str) -> None:
    terms = (Term("a", fixed([1, 0, 1, 0])), Term("b", fixed([1, 0, NAN, 0]), missing=missing))  # type: ignore[arg-type]
    found = numbers(PerTerm(GroupNorm(eps=0), scale=False), terms)
    a, b = 0.8660254, (1.15470054, -0.57735027)
    expected = {
        "skip": [a + b[0], -a + b[1], a, -a + b[1]],
        "group": [a, -a, a, -a],
        "drop": [a + b[0], -a + b[1], 0, -a + b[1]],
    }
    close(found, expected[missing])


def test_per_term_keeps_the_tokens_that_each_term_owns() -> None:
    spans = (("think", 0, 1),)
    terms = (Term("all", fixed([1, 0])), Term("think", fixed([0, 1]), owns=Owned("think")))
    by = PerTerm(GroupNorm(eps=0), scale=False)
    batch = settled([group(comp([1, 2], spans=spans), comp([1, 2], spans=spans))], by, terms=terms)
    high = 0.70710678
    close(batch.groups[0][by], [[0, high], [0, -high]])


def test_per_term_without_terms_or_groups() -> None:
    assert numbers(PerTerm(GroupNorm()), ()) == [0.0] * 4
    assert settled([], PerTerm(GroupNorm()), terms=(Term("a", fixed()),)).groups == ()


def test_added() -> None:
    by = Added((GroupNorm(scale=False), Raw()))
    close(numbers(by, (Term("r", fixed([1, 0, 0, 0])),)), [1.75, -0.25, -0.25, -0.25])


def test_to_go_adds_this_and_all_later_token_rewards() -> None:
    """Token KL of 0.1, 0 and -0.2 under beta 1, so rewards -0.1, 0 and 0.2."""
    reference = constant([(-1.1, -1.0, -0.8)])
    tokens = TokenKLReward(beta=1.0, reference=reference)
    g = group(comp([1, 2, 3], [-1, -1, -1]))
    for gamma, expected in ((1.0, [0.6, 0.7, 0.7]), (0.5, [0.45, 0.6, 0.7])):
        by = ToGo(Raw(), (tokens,), gamma)
        batch = settled([g], by, terms=(Term("r", fixed([0.5])),))
        close(batch.groups[0][by][0], expected)


def test_to_go_of_an_empty_completion() -> None:
    by = ToGo(Raw(), (TokenKLReward(reference=Constant((("q0", ((),)),))),))
    batch = settled([group(comp([]))], by, terms=(Term("r", fixed([1])),))
    assert batch.groups[0][by][0].tolist() == []


def twice_for_q1(task: Task) -> float:
    return 2.0 if task.id == "q1" else 1.0


def test_scaled_acts_after_normalisation() -> None:
    by = Scaled(GroupNorm(eps=0), twice_for_q1)
    groups = [flat_group(2), flat_group(2, "q1")]
    batch = settled(groups, by, terms=(Term("r", fixed([1, 0], [1, 0])),))
    high = 0.70710678
    close([[float(a) for a in g[by]] for g in batch.groups], [[high, -high], [2 * high, -2 * high]])


def test_truncated_completions_count_in_the_group_and_earn_nothing() -> None:
    by = WithoutTruncated(GroupNorm(scale=False))
    g = group(comp([1]), comp([1], finish="length"), comp([1], finish="pruned"), comp([1]))
    batch = settled([g], by, terms=(Term("r", fixed([1, 0, 0, 1])),))
    close([float(a) for a in batch.groups[0][by]], [0.5, 0, -0.5, 0.5])
