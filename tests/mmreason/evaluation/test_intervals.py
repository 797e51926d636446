"""Intervals: what they hold, how often, and where no draw could differ."""

from __future__ import annotations

import math
import random

import pytest

from mmreason.evaluation.intervals import binomial_tail, bootstrap, expanded_tail

NAN = float("nan")


def names(num: int) -> list[str]:
    return [f"c{i}" for i in range(num)]


def test_a_mean_with_weights_leaves_out_what_was_not_measured() -> None:
    found = bootstrap([1.0, 0.0, NAN, 1.0], names(4), [1.0, 3.0, 9.0, 1.0])
    assert found.value == pytest.approx(2 / 5)
    assert (found.num, found.clusters) == (3, 3)
    assert found.low <= found.value <= found.high


def test_nothing_measured_and_a_single_cluster_have_no_interval() -> None:
    assert all(math.isnan(x) for x in bootstrap([NAN], ["a"])[:3])
    alone = bootstrap([1.0, 0.0], ["a", "a"])
    assert (alone.value, alone.num, alone.clusters) == (0.5, 2, 1)
    assert math.isnan(alone.low)


def test_all_right_is_not_certain() -> None:
    """The exact binomial bound of ten right out of ten at 95 %: 0.025 ** 0.1 = 0.6915."""
    found = bootstrap([1.0] * 10, names(10))
    assert (round(found.low, 4), found.high) == (0.6915, 1.0)
    wrong = bootstrap([0.0] * 20, [name for name in names(10) for _ in range(2)])
    assert (wrong.low, round(wrong.high, 4)) == (0.0, 0.3085), "ten pictures of two questions are ten"


def test_questions_about_one_picture_count_as_one() -> None:
    values = [float(i % 2) for i in range(40) for _ in range(4)]
    alone = bootstrap(values, names(160))
    together = bootstrap(values, [f"c{i}" for i in range(40) for _ in range(4)])
    assert together.value == alone.value
    assert together.high - together.low == pytest.approx(2 * (alone.high - alone.low), rel=0.15)


def test_the_interval_depends_on_the_seed_alone() -> None:
    values = [random.Random(i).random() for i in range(30)]
    assert bootstrap(values, names(30), seed=3) == bootstrap(values, names(30), seed=3)
    assert bootstrap(values, names(30), seed=3) != bootstrap(values, names(30), seed=4)


@pytest.mark.parametrize("size", [12, 40])
def test_nineteen_of_twenty_intervals_hold_the_truth(size: int) -> None:
    """300 samples of pictures with two answers each that agree half of the time; the truth is 0.6."""
    rng, held = random.Random(size), 0
    for seed in range(300):
        values, clusters = [], []
        for i in range(size):
            first = float(rng.random() < 0.6)
            values += [first, first if rng.random() < 0.5 else float(rng.random() < 0.6)]
            clusters += [f"c{i}"] * 2
        found = bootstrap(values, clusters, seed=seed, draws=400)
        held += found.low <= 0.6 <= found.high
    assert 0.92 <= held / 300 <= 0.985


def test_the_tail_is_students() -> None:
    """t of 0.975 with 9 degrees is 2.262: Phi(-sqrt(10 / 9) * 2.262) = 0.00856."""
    assert expanded_tail(0.025, 10) == pytest.approx(0.00856, abs=2e-4)
    assert expanded_tail(0.025, 100_000) == pytest.approx(0.025, abs=1e-5)


def test_coins() -> None:
    assert binomial_tail(4, 1) == 5 / 16
    assert binomial_tail(0, 0) == 1.0
