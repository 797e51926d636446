"""RLOO's baseline, with the card's numbers and TRL's options."""

from __future__ import annotations

import statistics
from itertools import chain

from mmreason.credit.leave_one_out import LeaveOneOut
from mmreason.rewards.base import Term
from mmreason.rewards.kl_penalty import SequenceKLReward
from tests.mmreason.credit.test_group_norm import advantages
from tests.mmreason.fakes import NAN, close, comp, constant, fixed, group, settled


def test_by_hand() -> None:
    third = 2 / 3
    close(
        advantages(LeaveOneOut(), [1, 0, 0, 1], [3, 1, 2, 2]),
        [[third, -third, -third, third], [4 / 3, -4 / 3, 0, 0]],
    )
    close(list(chain(*advantages(LeaveOneOut(), [1, NAN, 0, 1], [5, NAN], [2]))), [0.5, 0, -1, 0.5, 0, 0, 0])


def test_the_kl_of_the_whole_completion_is_taken_off_its_reward() -> None:
    """Rewards 1 and 0, KL 0.5 and 1.0, beta 0.1: 0.95 and -0.1."""
    kl = SequenceKLReward(reference=constant([(-1.2, -1.3), (-2.0,)]))
    by = LeaveOneOut()
    g = group(comp([1, 2], [-1.0, -1.0]), comp([1], [-1.0]))
    batch = settled([g], by, terms=(Term("r", fixed([1, 0]), missing="drop"), Term("kl", kl, 0.1)))
    close([a[0] for a in batch.groups[0][by]], [1.05, -1.05])


def test_an_unscored_completion_does_not_live_on_its_kl() -> None:
    kl = SequenceKLReward(reference=constant([(-1.2,), (-2.0,), (-1.0,)]))
    by = LeaveOneOut()
    batch = settled(
        [group(*(comp([1], [-1.0]) for _ in range(3)))],
        by,
        terms=(Term("r", fixed([1, NAN, 0]), missing="drop"), Term("kl", kl, 0.1)),
    )
    close([a[0] for a in batch.groups[0][by]], [0.98, 0, -0.98])


def test_scaled_over_the_batch() -> None:
    plain = [2 / 3, -2 / 3, -2 / 3, 2 / 3, 0.5, -0.5]
    spread = statistics.stdev(plain) + 1e-4
    close(list(chain(*advantages(LeaveOneOut(scale=True), [1, 0, 0, 1], [1, 0.5]))), [a / spread for a in plain])
    assert advantages(LeaveOneOut(scale=True), [1]) == [[0]]
