from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vision_data import MediaError, smart_resize
from vision_data.coordinates import THOUSAND, UNIT, Box, Point, Space, declared_space

sizes = st.builds(Space, st.integers(1, 20_000), st.integers(1, 20_000))
spaces = st.one_of(sizes, st.just(UNIT), st.just(THOUSAND))
shares = st.floats(0, 1)


@st.composite
def boxes(draw, space=spaces):
    told = draw(space)
    across, down = sorted([draw(shares), draw(shares)]), sorted([draw(shares), draw(shares)])
    assume(across[1] - across[0] > 1e-6)
    assume(down[1] - down[0] > 1e-6)
    return Box(across[0] * told.width, down[0] * told.height, across[1] * told.width, down[1] * told.height, told)


def test_worked_numbers():
    box = Box(64, 48, 320, 480, Space(640, 480))
    assert box.to(UNIT).numbers == pytest.approx((0.1, 0.1, 0.5, 1.0))
    assert box.to(THOUSAND).numbers == pytest.approx((100, 100, 500, 1000))
    # The model is shown 644 by 476 pixels: 64 * 644 / 640 = 64.4, 48 * 476 / 480 = 47.6.
    shown = Space(640, 480).resized()
    assert shown == Space(644, 476) == Space(*smart_resize(480, 640)[::-1])
    assert box.to(shown).numbers == pytest.approx((64.4, 47.6, 322, 476))
    assert Point(320, 120, Space(640, 480)).to(THOUSAND).numbers == (500, 250)


@given(boxes(), spaces, spaces)
def test_there_and_back_is_rounding_of_floats_alone(box, space, by_way):
    back = box.to(by_way).to(space).to(box.space)
    for old, new, side in zip(back.numbers, box.numbers, (box.space.width, box.space.height) * 2, strict=True):
        assert abs(old - new) <= 1e-12 * side


@given(boxes(sizes), st.sampled_from([(THOUSAND, 0), (UNIT, 3)]))
def test_there_rounded_and_back_is_off_by_half_a_thousandth(box, coarse):
    space, digits = coarse
    small = min(box.width / box.space.width, box.height / box.space.height) < 1e-3
    back = box.to(space).rounded(digits).to(box.space)
    for old, new, side in zip(back.numbers, box.numbers, (box.space.width, box.space.height) * 2, strict=True):
        assert abs(old - new) <= (1.0 if small else 0.5) * side / 1000 + 1e-6


@given(boxes(sizes))
def test_rounded_to_whole_pixels_stays_a_box(box):
    whole = box.rounded()
    assert all(value.is_integer() for value in whole.numbers)
    assert whole.width >= 1
    assert whole.height >= 1
    assert max(abs(a - b) for a, b in zip(whole.numbers, box.numbers, strict=True)) <= 1
    assert whole.rounded() == whole


@pytest.mark.parametrize(
    ("edges", "whole"),
    [((10.1, 10.4), (10, 11)), ((10.6, 10.9), (10, 11)), ((0.1, 0.3), (0, 1)), ((99.6, 99.9), (99, 100))],
)
def test_a_thin_box_is_rounded_to_one_pixel_that_holds_it(edges, whole):
    box = Box(edges[0], 5, edges[1], 7, Space(100, 50))
    assert box.rounded().numbers == (whole[0], 5, whole[1], 7)
    assert Box(0.3001, 0, 0.3003, 1, UNIT).rounded(2).numbers == (0.3, 0, 0.31, 1)


@given(st.tuples(shares, shares), sizes)
def test_points_there_rounded_and_back(share, space):
    point = Point(share[0] * space.width, share[1] * space.height, space)
    back = point.to(THOUSAND).rounded().to(space)
    assert abs(back.x - point.x) <= space.width / 2000 + 1e-6
    assert abs(back.y - point.y) <= space.height / 2000 + 1e-6


@given(boxes(), spaces)
def test_containment_and_area_do_not_depend_on_the_space(box, space):
    assert box.holds(box.centre.to(space))
    other = box.to(space)
    share = box.area / (box.space.width * box.space.height)
    assert other.area / (space.width * space.height) == pytest.approx(share, rel=1e-6)


@given(boxes())
def test_repr_reads_back(box):
    assert eval(repr(box)) == box
    assert pickle.loads(pickle.dumps(box)) == box
    assert hash(box) == hash(Box.of(list(box.numbers), box.space))


@given(st.lists(st.floats(-2e4, 2e4), min_size=4, max_size=4), spaces)
def test_clipped_lies_inside_and_covers_what_was_inside(values, space):
    left, right = sorted(values[:2])
    top, bottom = sorted(values[2:])
    box = Box.clipped([left, top, right, bottom], space)
    if box is None:
        apart = right <= 0 or bottom <= 0 or left >= space.width or top >= space.height
        inner = [min(right, space.width) - max(left, 0), min(bottom, space.height) - max(top, 0)]
        assert apart or min(inner) <= 1e-9 * max(space.width, space.height)
    else:
        assert box.numbers == (max(left, 0), max(top, 0), min(right, space.width), min(bottom, space.height))


def test_other_ways_of_writing_boxes():
    space = Space(200, 100)
    assert Box.from_xywh([20, 10, 60, 40], space) == Box(20, 10, 80, 50, space)
    assert Box.from_centre([0.25, 0.3, 0.3, 0.4], UNIT).to(space).numbers == pytest.approx((20, 10, 80, 50))
    assert Box.of(np.array([20, 10, 80, 50]), space) == Box.of((20.0, 10, np.float32(80), 50), space)
    # Written with six digits, the sum oversteps the edge by a millionth.
    assert Box.from_centre([0.833333, 0.5, 0.333335, 1.0], UNIT).right == 1.0


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([math.nan, 0, 1, 1], "left is 'nan', expected a finite number"),
        ([0, 0, math.inf, 1], "right is 'inf', expected a finite number"),
        ([0, 0, 10**400, 1], "right is .*expected a finite number"),
        ([8, 0, 2, 1], "empty or inverted"),
        ([2, 5, 8, 5], "empty or inverted"),
        ([-3, 0, 5, 5], r"\[-3, 0, 5, 5\] reaches out of the picture \(0 to 10 across"),
        ([0, 0, 11, 5], "reaches out.*another space.*Box.clipped"),
        (["1", 0, 5, 5], "left is '1', expected a finite number"),
        ([True, 0, 5, 5], "left is 'True'"),
        ([[1, 2], 0, 5, 5], "left is"),
        ([1, 2, 3], r"expected 4 numbers \[left, top, right, bottom\]"),
        ("1,2,3,4", "expected 4 numbers"),
        (None, "expected 4 numbers"),
        ({"x": 1}, "expected 4 numbers"),
    ],
)
def test_what_is_no_box_is_refused_in_one_line(values, words):
    with pytest.raises(MediaError, match=words) as caught:
        Box.of(values, Space(10, 10))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("values", [[math.nan, 0, 1, 1], [8, 0, 2, 1], [0, 5, 1, 2], "box"])
def test_clipping_does_not_excuse_nonsense(values):
    with pytest.raises(MediaError):
        Box.clipped(values, UNIT)


def test_points_are_checked_too():
    with pytest.raises(MediaError, match=r"point.*reaches out"):
        Point(1.5, 0, UNIT)
    with pytest.raises(MediaError, match="y is 'nan'"):
        Point.of([0, math.nan], UNIT)
    assert Point.clipped([-4, 2000], THOUSAND) == Point(0, 1000, THOUSAND)


@pytest.mark.parametrize("side", [0, -1, 1.5, True, "640", None])
def test_a_space_has_whole_sides(side):
    with pytest.raises(MediaError, match="expected a whole number of at least 1"):
        Space(side, 10)


def test_a_box_needs_a_space():
    with pytest.raises(MediaError, match=r"expected Space\(width, height\)"):
        Box(0, 0, 1, 1, (1, 1))


def test_declared_systems():
    original, resized = Space(640, 480), Space(644, 476)
    assert declared_space("original", original) == original
    assert declared_space("resized", original, resized) == resized
    assert declared_space("unit", original) == UNIT
    assert declared_space("thousand", original) == THOUSAND
    with pytest.raises(MediaError, match="give its size"):
        declared_space("resized", original)
    with pytest.raises(MediaError, match="'pixels', expected one of original, resized, unit, thousand"):
        declared_space("pixels", original)
