from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_data.generators.geometry import shapes

COORDINATE = st.integers(0, 40).map(float)
POINT = st.tuples(COORDINATE, COORDINATE)


@given(POINT, POINT, POINT, st.integers(1, 20), st.integers(1, 20))
def test_a_segment_touches_a_box_where_one_of_its_points_does(one, other, corner, wide, high):
    box = (corner[0], corner[1], corner[0] + wide, corner[1] + high)
    along = [(one[0] + t / 400 * (other[0] - one[0]), one[1] + t / 400 * (other[1] - one[1])) for t in range(401)]
    inside = any(box[0] <= x <= box[2] and box[1] <= y <= box[3] for x, y in along)
    near = any(box[0] - 0.2 <= x <= box[2] + 0.2 and box[1] - 0.2 <= y <= box[3] + 0.2 for x, y in along)
    touches = shapes.segment_touches((one, other), box)
    assert touches or not inside
    assert near or not touches


def test_a_circle_touches_a_box_only_with_its_rim():
    box = (0.0, 0.0, 4.0, 2.0)
    assert not shapes.circle_touches((2.0, 1.0), 9.0, box)
    assert shapes.circle_touches((2.0, 1.0), 1.5, box)
    assert not shapes.circle_touches((10.0, 1.0), 5.9, box)
    assert shapes.circle_touches((10.0, 1.0), 6.0, box)


def test_distance_to_a_segment():
    segment = ((0.0, 0.0), (4.0, 0.0))
    assert shapes.distance((2.0, 3.0), segment) == 3
    assert shapes.distance((7.0, 4.0), segment) == 5
    assert shapes.distance((3.0, 4.0), ((0.0, 0.0), (0.0, 0.0))) == 5


def test_directions_and_steps_go_together():
    assert shapes.step((1.0, 1.0), shapes.direction((1.0, 1.0), (4.0, 5.0)), 5.0) == pytest.approx((4.0, 5.0))
    assert shapes.direction((0.0, 0.0), (0.0, 1.0)) == pytest.approx(math.pi / 2)
