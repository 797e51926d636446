"""The arithmetic of choosing, in numbers that can be redone on paper, and its laws."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_data.frames.choices import (
    best_apart,
    clusters,
    coarse_to_fine,
    cuts,
    equal_shares,
    farthest_points,
    ranked,
    squared,
)

weights = st.lists(st.floats(0, 10), min_size=1, max_size=30)


def test_ranked_puts_the_earlier_of_equals_first():
    assert ranked([1.0, 3.0, 3.0, 2.0]) == [1, 2, 3, 0]


def test_cuts_are_high_and_stand_out():
    # Each step is compared with the median of two before and two after it, the first (no step) left out.
    assert cuts([0.0, 0.0, 0.3, 0.0, 0.0], 0.1, 3.0) == [2]
    assert cuts([0.0, 0.2, 0.3, 0.2, 0.2], 0.1, 3.0) == []
    assert cuts([0.0, 0.2, 0.3, 0.2, 0.2], 0.1, 1.4) == [2]
    assert cuts([0.0, 0.05, 0.0, 0.0], 0.1, 3.0) == []
    assert cuts([0.0, 0.5], 0.1, 3.0) == [1]
    assert cuts([0.0], 0.1, 3.0) == []
    # Two cuts side by side: the median of (0, 0, .4, 0) is 0.
    assert cuts([0.0, 0.0, 0.0, 0.4, 0.4, 0.0, 0.0], 0.1, 3.0) == [3, 4]


def test_best_apart():
    assert best_apart([5, 4, 1, 3], [0, 1, 2, 3], 2, 0) == [0, 1]
    assert best_apart([5, 4, 1, 3], [0, 1, 2, 3], 2, 2) == [0, 3]
    assert best_apart([5, 4, 1, 3], [0, 1, 2, 3], 9, 2) == [0, 3]
    assert best_apart([1, 1, 1], [0, 1, 2], 2, 0) == [0, 1]


@given(weights, st.integers(1, 12), st.floats(0, 5))
def test_best_apart_keeps_the_gap_and_leaves_nothing_better(scores, num, gap):
    times = [i * 0.5 for i in range(len(scores))]
    chosen = best_apart(scores, times, num, gap)
    assert all(abs(times[a] - times[b]) >= gap for a, b in combinations(chosen, 2))
    assert max(scores) == max(scores[i] for i in chosen)
    if len(chosen) < num:
        assert all(any(abs(times[i] - times[c]) < gap or i == c for c in chosen) for i in range(len(scores)))


def test_equal_shares():
    # Total 8, two frames: at 2 and at 6. Sums are 0 1 2 4 6 8.
    assert equal_shares([0, 1, 1, 2, 2, 2], 2) == [2, 4]
    # Equal weights: 4 of 8 at sums 1, 3, 5, 7.
    assert equal_shares([1] * 8, 4) == [0, 2, 4, 6]
    # All the weight in one place: the others follow it, and move back at the end.
    assert equal_shares([0, 9, 0, 0, 0], 3) == [1, 2, 3]
    assert equal_shares([0, 0, 0, 0, 9], 3) == [2, 3, 4]
    assert equal_shares([1, 2], 5) == [0, 1]
    # A tenth ten times: each share is met although sums of tenths are not exact.
    assert equal_shares([0.1] * 10, 5) == [0, 2, 4, 6, 8]


@given(weights, st.integers(1, 35))
def test_equal_shares_are_distinct_and_as_many_as_asked(values, num):
    chosen = equal_shares(values, num)
    assert len(chosen) == min(num, len(values))
    assert chosen == sorted(set(chosen))
    assert 0 <= chosen[0] <= chosen[-1] < len(values)


def test_farthest_points_on_a_line():
    rows = np.array([[0.0], [1.0], [2.0], [10.0]])
    # The mean is 3.25: the nearest is 2. From there 10 is 8 away, then 0 is 2 away, then 1 is 1 away.
    assert farthest_points(rows, 4) == ([2, 3, 0, 1], [0.0, 8.0, 2.0, 1.0])
    assert farthest_points(rows, 2)[0] == [2, 3]
    assert farthest_points(np.ones((5, 3)), 4) == ([0], [0.0])
    assert farthest_points(np.zeros((5, 3)), 4) == ([0], [0.0])


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=7), st.integers(1, 4))
def test_farthest_points_leave_at_most_twice_the_smallest_distance(points, num):
    rows = np.array(points, dtype=float)
    order, gains = farthest_points(rows, num)

    def radius(centres):
        return max(min(float(np.hypot(*(row - rows[c]))) for c in centres) for row in rows)

    best = min(radius(c) for c in combinations(range(len(rows)), min(num, len(rows))))
    # The first point is not free to choose, for which the bound still holds.
    assert radius(order) <= 2 * best + 1e-9
    assert gains[1:] == sorted(gains[1:], reverse=True)
    assert len(order) == min(num, len(set(points)))


def test_clusters_on_a_line():
    rows = np.array([[0.0], [1.0], [2.0], [20.0], [22.0], [24.0], [27.0]])
    groups, medoids = clusters(rows, 2)
    assert (groups[:3] == groups[0]).all()
    assert (groups[3:] == groups[3]).all()
    assert groups[0] != groups[3]
    # Centres are 1 and 23.25: the rows nearest to them are 1 and 24 (0.75 away; 22 is 1.25 away).
    assert sorted(medoids) == [1, 5]
    assert clusters(np.ones((4, 2)), 3)[1] == [0]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=20), st.integers(1, 6))
def test_each_cluster_is_named_by_one_of_its_own_and_rows_are_with_their_nearest(points, num):
    rows = np.array(points, dtype=float)[:, None]
    groups, medoids = clusters(rows, num)
    assert len(medoids) == len(set(groups.tolist())) <= num
    assert len({int(groups[m]) for m in medoids}) == len(medoids)


@given(st.integers(0, 70))
def test_coarse_to_fine_holds_each_place_once(count):
    assert sorted(coarse_to_fine(count)) == list(range(count))


def test_coarse_to_fine_is_spread_at_each_length():
    assert coarse_to_fine(7) == [3, 1, 5, 0, 2, 4, 6]
    assert coarse_to_fine(0) == []


def test_squared_distances():
    assert squared(np.array([[0.0, 3.0], [4.0, 0.0]]), np.array([0.0, 0.0])).tolist() == pytest.approx([9.0, 16.0])
