"""Advantages within a group, with the numbers of the GRPO and Dr. GRPO papers' estimators worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from mmreason.credit.base import Credit
from mmreason.credit.group_norm import GroupNorm
from mmreason.credit.leave_one_out import LeaveOneOut
from mmreason.credit.plain import Raw
from mmreason.rewards.base import Term
from tests.mmreason.fakes import NAN, close, fixed, flat_group, settled


def advantages(by: Credit, *rewards: Sequence[float]) -> list[list[float]]:
    """One number per completion of each group."""
    groups = [flat_group(len(row), f"q{k}") for k, row in enumerate(rewards)]
    batch = settled(groups, by, terms=(Term("r", fixed(*rewards)),))
    return [[float(a[0]) for a in g[by]] for g in batch.groups]


@pytest.mark.parametrize(
    ("by", "high"),
    [
        (GroupNorm(), 0.86587543),
        (GroupNorm(eps=1e-6), 0.8660239),
        (GroupNorm(eps=0, ddof=0), 1.0),
        (GroupNorm(scale=False), 0.5),
    ],
)
def test_half_right(by: GroupNorm, high: float) -> None:
    found = advantages(by, [1, 0, 0, 1], [1, 1, 1, 1])
    close(found, [[high, -high, -high, high], [0, 0, 0, 0]])


def test_what_was_not_measured_gets_nothing_and_moves_nobody() -> None:
    close(advantages(GroupNorm(), [1, 0, NAN, 1]), [[0.57725029, -1.15450057, 0, 0.57725029]])
    close(advantages(GroupNorm(), [NAN, NAN]), [[0, 0]])


def test_a_lone_measurement_gets_nothing() -> None:
    assert advantages(GroupNorm(), [3], [2, NAN]) == [[0.0], [0.0, 0.0]]


def test_equal_rewards_give_exactly_nothing_whatever_the_float_noise() -> None:
    """The mean of eight 0.7 is not 0.7 in floating point: over a tiny eps the difference would look like credit."""
    assert advantages(GroupNorm(eps=1e-12), [0.7] * 8) == [[0.0] * 8]


def test_dr_grpo() -> None:
    close(advantages(GroupNorm(scale=False), [1, 0, 0, 0]), [[0.75, -0.25, -0.25, -0.25]])


@pytest.mark.parametrize(
    ("rewards", "expected"),
    [
        ([1, 0, 0, 1], [2 / 3, -2 / 3, -2 / 3, 2 / 3]),
        ([3, 1, 2, 2], [4 / 3, -4 / 3, 0, 0]),
        ([1, NAN, 0, 1], [0.5, 0, -1, 0.5]),
        ([0.95, -0.1], [1.05, -1.05]),
        ([1.5, 0.5, -0.5, 0.5], [4 / 3, 0, -4 / 3, 0]),
        ([5], [0]),
        ([5, NAN], [0, 0]),
    ],
)
def test_leave_one_out(rewards: list[float], expected: list[float]) -> None:
    close(advantages(LeaveOneOut(), rewards), [expected])


def test_raw_is_the_reward_itself() -> None:
    close(advantages(Raw(), [0.3, -2, NAN]), [[0.3, -2, 0]])


def test_a_lone_completion_has_its_reward_as_advantage_in_verl() -> None:
    assert advantages(GroupNorm(), [0.7], [0.7, NAN]) == [[0], [0, 0]]
    close(advantages(GroupNorm(eps=1e-6, lone=True), [0.7], [NAN, 0.7], [NAN])[1], [0, 0.7 / (1 + 1e-6)])
    assert advantages(GroupNorm(scale=False, lone=True), [0.7], [1, 0]) == [[0.7], [0.5, -0.5]]


@pytest.mark.parametrize("by", [GroupNorm(eps=0.0), GroupNorm(eps=1e-9, ddof=0), GroupNorm(scale=False), LeaveOneOut()])
def test_float_noise_is_no_spread(by: Credit) -> None:
    assert advantages(by, [0.3, 0.1 + 0.2, 0.3]) == [[0, 0, 0]]
