"""The arithmetic of readers: where frames are, what must be decoded for them, and which way is up."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_data.video_backends.disposable import is_disposable
from vision_data.video_backends.frame_table import Place, certain, frame_table
from vision_data.video_backends.runs import Run, key_before, runs
from vision_data.video_backends.upright import turned

# Four frames, decoded in the order 0, 3, 1, 2: the last is needed for those between.
REORDERED = [Place(20, 10, True), Place(50, 20, False), Place(30, 30, False), Place(40, 40, False)]
TENTHS = Fraction(1, 100)


def test_frames_are_numbered_as_they_are_shown():
    table = frame_table(REORDERED, TENTHS, Fraction(10), exact=True)
    assert table.times == (0.0, 0.1, 0.2, 0.3)
    assert (table.marks, table.starts, table.whole) == ((20, 30, 40, 50), (10, 30, 40, 20), (0,))
    assert table.order == {20: 0, 50: 1, 30: 2, 40: 3}


@pytest.mark.parametrize(
    ("places", "exact"),
    [(REORDERED, False), ([Place(None, 0, True), Place(1, 1, False)], True), ([Place(5, 0, True)] * 3, True)],
)
def test_where_stamps_cannot_be_trusted_frames_are_counted(places, exact):
    table = frame_table(places, TENTHS, Fraction(10), exact=exact)
    assert not table.jumps
    assert list(table.marks) == list(range(len(places)))
    assert table.times == pytest.approx([i / 10 for i in range(len(places))])
    assert table.whole == (0,)


def test_a_rate_that_is_not_told_comes_from_the_stamps():
    assert frame_table(REORDERED, TENTHS, None, exact=True).fps == 10.0
    assert frame_table(REORDERED[:1], TENTHS, None, exact=True) is None
    assert frame_table([Place(None, None, True)] * 4, TENTHS, None, exact=True) is None


def test_at_a_cut_only_numbers_that_are_sure_are_kept():
    assert certain(REORDERED) == [REORDERED[0], REORDERED[2], REORDERED[3]]
    assert certain(REORDERED[:2]) == [REORDERED[0]]
    assert certain([Place(i, i, True) for i in range(5)]) == [Place(i, i, True) for i in range(5)]
    assert certain([Place(3, None, True)]) == [Place(3, None, True)]


numbers = st.lists(st.integers(0, 400), unique=True, min_size=1).map(sorted)


@given(numbers, st.lists(st.integers(1, 400), unique=True).map(lambda keys: [0, *sorted(keys)]), st.integers(0, 20))
def test_runs_cover_each_wanted_frame_once_from_a_whole_one(wanted, keys, near):
    found = runs(wanted, keys, near)
    assert [number for run in found for number in run.numbers] == wanted
    for run, after in pairwise(found):
        assert run.numbers[-1] + near < after.key
    for run in found:
        assert run.key == key_before(run.numbers[0], keys)
        assert run.key in keys


def test_dense_frames_are_read_on_without_a_jump():
    assert runs(list(range(40)), [0, 12, 24, 36]) == [Run(0, tuple(range(40)))]
    assert runs([5, 13, 47], [0, 12, 24, 36]) == [Run(0, (5, 13)), Run(36, (47,))]


QUARTER, MIRROR = 1 << 16, -(1 << 16)


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ((QUARTER, 0, 0, 0, QUARTER, 0, 0, 0, 1 << 30), [[1, 2, 3], [4, 5, 6]]),
        ((0, QUARTER, 0, MIRROR, 0, 0, 0, 0, 1 << 30), [[4, 1], [5, 2], [6, 3]]),
        ((0, MIRROR, 0, QUARTER, 0, 0, 0, 0, 1 << 30), [[3, 6], [2, 5], [1, 4]]),
        ((MIRROR, 0, 0, 0, MIRROR, 0, 0, 0, 1 << 30), [[6, 5, 4], [3, 2, 1]]),
        ((MIRROR, 0, 0, 0, QUARTER, 0, 0, 0, 1 << 30), [[3, 2, 1], [6, 5, 4]]),
        ((QUARTER, 0, 0, 0, MIRROR, 0, 0, 0, 1 << 30), [[4, 5, 6], [1, 2, 3]]),
        ((0, QUARTER, 0, QUARTER, 0, 0, 0, 0, 1 << 30), [[1, 4], [2, 5], [3, 6]]),
        ((0,) * 9, [[1, 2, 3], [4, 5, 6]]),
    ],
)
def test_quarter_turns_and_mirrors(matrix, expected):
    pixels = np.array([[1, 2, 3], [4, 5, 6]], np.uint8)[..., None].repeat(3, -1)
    found = turned(pixels, matrix)
    assert found[..., 0].tolist() == expected
    assert found.flags.c_contiguous


AVCC = b"\1\x64\0\x1e\xff"


@pytest.mark.parametrize(
    ("codec", "packet", "extradata", "disposable"),
    [
        ("h264", b"\0\0\0\3\x01ab", AVCC, True),
        ("h264", b"\0\0\0\3\x61ab", AVCC, False),
        ("h264", b"\0\0\0\2\x06a\0\0\0\3\x01ab", AVCC, True),
        ("h264", b"\0\0\0\3\x01ab\0\0\0\3\x61ab", AVCC, False),
        ("h264", b"\0\0\1\x01abcdef", b"", True),
        ("h264", b"\0\0\1\x41abcdef", b"", False),
        ("h264", b"\xff\xff\xff\xff\x01", AVCC, True),
        ("h264", b"", AVCC, False),
        ("mpeg4", b"\0\0\1\xb6\x80abcd", b"", True),
        ("mpeg4", b"\0\0\1\xb6\x40abcd", b"", False),
        ("mpeg2video", b"\0\0\1\0\0\x18abcd", b"", True),
        ("mpeg2video", b"\0\0\1\0\0\x10abcd", b"", False),
        ("hevc", b"\0\0\0\3\x01ab", AVCC, False),
    ],
)
def test_packets_that_nothing_is_built_on(codec, packet, extradata, disposable):
    assert is_disposable(codec, packet, extradata) is disposable


@given(st.sampled_from(["h264", "mpeg4", "mpeg2video", "vp9"]), st.binary(max_size=60), st.binary(max_size=8))
def test_any_bytes_have_an_answer(codec, packet, extradata):
    assert is_disposable(codec, packet, extradata) in (True, False)
