"""Advantages whose scale comes from the whole batch. Over ranks: see ``engine/test_ranks.py``."""

from __future__ import annotations

import math

import pytest

from mmreason.credit.base import Credit
from mmreason.credit.whitened import BatchNorm, Whitened
from mmreason.rewards.base import Term
from tests.mmreason.credit.test_group_norm import advantages
from tests.mmreason.fakes import NAN, close, comp, fixed, group, settled


def test_batch_norm() -> None:
    """Rewards 1,0,0,1 and 1,1,1,1: each centred in its group, over one deviation of all eight (0.46291)."""
    high = 1.07989017
    close(advantages(BatchNorm(), [1, 0, 0, 1], [1, 1, 1, 1]), [[high, -high, -high, high], [0, 0, 0, 0]])


def test_whitened_by_completion() -> None:
    """REINFORCE++-baseline: centred values 0.5, -0.5, ..., 0.25, ..., -0.75 have a deviation of 0.5."""
    close(advantages(Whitened(), [1, 0, 0, 1], [1, 1, 1, 0]), [[1, -1, -1, 1], [0.5, 0.5, 0.5, -1.5]])


def test_whitened_by_token_counts_a_completion_as_often_as_it_is_long() -> None:
    """Two tokens at +1/2 and one at -1/2: mean 1/6, variance (2/9 + 4/9) / 2 = 1/3."""
    by = Whitened(by_token=True)
    batch = settled([group(comp([1, 1]), comp([1]))], by, terms=(Term("r", fixed([1, 0])),))
    spread = math.sqrt(1 / 3)
    close(batch.groups[0][by][0], [(1 / 2 - 1 / 6) / spread] * 2)
    close(batch.groups[0][by][1], [(-1 / 2 - 1 / 6) / spread])


def test_only_what_the_policy_wrote_counts() -> None:
    by = Whitened(by_token=True)
    forced = group(comp([1, 9, 1], wrote=[True, False, True]), comp([1]))
    batch = settled([forced], by, terms=(Term("r", fixed([1, 0])),))
    spread = math.sqrt(1 / 3)
    close(batch.groups[0][by][0], [(1 / 2 - 1 / 6) / spread, 0, (1 / 2 - 1 / 6) / spread])


@pytest.mark.parametrize("by", [BatchNorm(), Whitened(), Whitened(by_token=True)])
def test_what_was_not_measured_moves_nobody(by: Credit) -> None:
    with_it = advantages(by, [1, 0, NAN, 1], [1, 0, 0])
    without = advantages(by, [1, 0, 1], [1, 0, 0])
    close(with_it[0][:2] + with_it[0][3:], without[0], 1e-12)
    assert with_it[0][2] == 0
    close(with_it[1], without[1], 1e-12)


@pytest.mark.parametrize("by", [BatchNorm(), Whitened()])
def test_an_equal_group_among_others_gets_exactly_nothing(by: Credit) -> None:
    assert advantages(by, [0.7] * 5, [0.3, 0.1, 0.2, 0.7, 0.9])[0] == [0.0] * 5, "their sum is -2.8e-16"


@pytest.mark.parametrize("by", [BatchNorm(), Whitened(), Whitened(by_token=True)])
def test_one_measurement_in_the_batch_gets_nothing(by: Credit) -> None:
    assert advantages(by, [1, NAN], [NAN]) == [[0.0, 0.0], [0.0]]


def test_the_card_of_reinforce_pp_baseline() -> None:
    """Scores 1, 0 and 1, 1 of 2, 1, 2 and 2 tokens; a flat group is not zero, unless that is wanted."""
    expected = [1.24211795, -1.65615727, -0.20701966, -0.20701966]
    groups = [group(comp([1, 1]), comp([1])), group(comp([1, 1]), comp([1, 1]), id="q1")]
    for by, last in ((Whitened(by_token=True), expected[2]), (Whitened(by_token=True, flat=False), 0.0)):
        batch = settled(groups, by, terms=(Term("r", fixed([1, 0], [1, 1])),))
        found = [float(a[0]) for g in batch.groups for a in g[by]]
        close(found, [*expected[:2], last, last])


def test_population_variance() -> None:
    """Values +1/2 and -1/2: variance 1/4 over both, 1/2 unbiased."""
    close(advantages(Whitened(ddof=0), [1, 0]), [[1, -1]])
    close(advantages(Whitened(), [1, 0]), [[0.5**0.5, -(0.5**0.5)]])
