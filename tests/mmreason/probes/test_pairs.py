"""Who is preferred to whom."""

from __future__ import annotations

from mmreason.probes.pairs import BestOverWorst, LabelledPairs
from mmreason.rewards.base import Term
from tests.mmreason.fakes import NAN, comp, fixed, group, settled


def test_by_label() -> None:
    pairs = LabelledPairs()
    g = group(comp([1], arm="rejected"), comp([2], arm="chosen"), comp([3]), comp([4], arm="rejected"))
    batch = settled([g, group(comp([1]), id="q1")], pairs)
    assert [g[pairs] for g in batch.groups] == [[(1, 0), (1, 3)], []]


def test_by_reward() -> None:
    pairs = BestOverWorst()
    rows = ([0, 1, 0.5], [1, 1, 1], [NAN, 0.2, 0.1], [NAN, NAN, NAN])
    groups = [group(comp([1]), comp([2]), comp([3]), id=f"q{i}") for i in range(4)]
    batch = settled(groups, pairs, terms=(Term("r", fixed(*rows)),))
    assert [g[pairs] for g in batch.groups] == [[(1, 0)], [], [(1, 2)], []]


def test_of_equal_rewards_the_shortest_counts_wherever_it_stands() -> None:
    pairs, rows = BestOverWorst(), {(7,): 1.0, (5, 5): 1.0, (3, 3): 0.0, (2, 9): 0.0}
    for order in (list(rows), list(rows)[::-1]):
        g = group(*(comp(tokens) for tokens in order))
        batch = settled([g], pairs, terms=(Term("r", fixed([rows[tokens] for tokens in order])),))
        ((best, worst),) = batch.groups[0][pairs]
        assert (order[best], order[worst]) == ((7,), (2, 9))
