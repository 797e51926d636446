"""GPG's correction for groups that teach nothing."""

from __future__ import annotations

import math
from typing import Literal

import pytest

from mmreason.credit.gpg import GroupPolicyGradient
from mmreason.rewards.base import Term
from tests.mmreason.credit.test_group_norm import advantages
from tests.mmreason.fakes import NAN, close, fixed, flat_group, settled
from tests.mmreason.ranks import Ranks

ROWS = ([1, 0], [1, 1], [0, 0], [1, 1])


@pytest.mark.parametrize(
    ("alpha", "high"),
    [("paper", 2.0), ("released", 0.5 / (0.25 + 1e-5)), ("nonzero", 0.8), ("off", 0.5)],
)
def test_one_group_of_four_varies(alpha: Literal["paper", "released", "nonzero", "off"], high: float) -> None:
    """8 completions over 2 in a group that varies; verl counts the 5 rewards that are not 0."""
    close(advantages(GroupPolicyGradient(alpha), *ROWS), [[high, -high], [0, 0], [0, 0], [0, 0]], 1e-9)


def test_scaled_by_the_deviation_of_the_group() -> None:
    high = 4 * 0.5 / (math.sqrt(0.5) + 1e-6)
    close(advantages(GroupPolicyGradient(scale=True), *ROWS)[0], [high, -high])
    assert advantages(GroupPolicyGradient(scale=True), [1.0], [3.0]) == [[0.0], [0.0]]


def test_nothing_varies_and_nothing_was_measured() -> None:
    assert advantages(GroupPolicyGradient(), [1, 1], [0, 0]) == [[0, 0], [0, 0]]
    assert advantages(GroupPolicyGradient("released"), [NAN, NAN]) == [[0, 0]]


def test_what_was_not_measured_is_in_no_count() -> None:
    assert advantages(GroupPolicyGradient(), [1, 0, NAN], [1, 1]) == [[1, -1, 0], [0, 0]]


def test_counts_are_over_all_ranks() -> None:
    by, terms = GroupPolicyGradient(), (Term("r", fixed(*ROWS)),)

    def work(rank: object) -> list[float]:
        mine = [flat_group(2, f"q{k}") for k in ((0,), (1, 2, 3))[rank.number]]  # type: ignore[attr-defined]
        batch = settled(mine, by, terms=terms, across=rank)  # type: ignore[arg-type]
        return [float(a) for g in batch.groups for a in g[by]]

    assert Ranks(2).run(work) == [[2.0, -2.0], [0.0] * 6]
