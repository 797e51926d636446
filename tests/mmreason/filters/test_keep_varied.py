"""Dynamic sampling's filter. Refilling: see ``engine/test_filters_refill.py``."""

from __future__ import annotations

from mmreason.filters.keep_varied import KeepVaried
from tests.mmreason.fakes import NAN, fixed, flat_group, settled

ROWS = ([1, 1, 1, 1], [0, 0, 0, 0], [1, 0, 1, 1], [0.7] * 4, [1, NAN, 1], [1, NAN, 0], [NAN, NAN], [0.5])


def test_groups_whose_measured_rewards_differ_are_kept() -> None:
    keep = KeepVaried(fixed(*ROWS))
    batch = settled([flat_group(len(row), f"q{k}") for k, row in enumerate(ROWS)], keep)
    assert keep(batch) == [False, False, True, False, False, True, False, False]


def test_a_spread_of_one_float_step_is_a_spread() -> None:
    keep = KeepVaried(fixed([0.3, 0.1 + 0.2]))
    assert keep(settled([flat_group(2)], keep)) == [True]


def test_a_group_of_one_may_stay() -> None:
    keep = KeepVaried(fixed([0.5], [NAN], [1, NAN], [1, 1]), singles=True)
    batch = settled([flat_group(num, f"q{k}") for k, num in enumerate((1, 1, 2, 2))], keep)
    assert keep(batch) == [True, False, False, False]
