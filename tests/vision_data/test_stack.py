"""Frames are resized while the next are decoded; order, errors and threads are as if they were not."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from vision_data import MediaError
from vision_data.stack import ahead, stack


def frames(num, height=6, width=8):
    return [(i, np.full((height, width, 3), i, np.uint8)) for i in range(num)]


def test_frames_come_in_order_and_in_the_size_that_was_asked():
    numbers, rows = stack(iter(frames(9)), 9, lambda shape: (shape[0] // 2, shape[1] // 2), "clip")
    assert numbers == list(range(9))
    assert rows.shape == (9, 3, 4, 3)
    assert rows[:, 0, 0, 0].tolist() == list(range(9))
    assert stack(iter(frames(2)), 5, None, "clip")[1].shape == (2, 6, 8, 3)


def test_none_and_two_sizes_are_refused():
    with pytest.raises(MediaError, match="clip gave none of the 3 chosen frames"):
        stack(iter([]), 3, None, "clip")
    with pytest.raises(MediaError, match="clip: frame 1 has 8x7 pixels and the first 8x6"):
        stack(iter([*frames(1), (1, np.zeros((7, 8, 3), np.uint8))]), 2, None, "clip")


def test_ahead_gives_all_and_ends_its_thread():
    before = threading.active_count()
    assert list(ahead(range(100), waiting=3)) == list(range(100))
    assert threading.active_count() == before


def test_an_error_comes_out_after_what_came_before_it():
    def broken():
        yield 1
        yield 2
        raise MediaError("third")

    items = ahead(broken())
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(MediaError, match="third"):
        next(items)


def test_who_stops_early_leaves_no_thread_and_no_open_file():
    closed = []

    def endless():
        try:
            while True:
                yield 0
        finally:
            closed.append(True)

    before = threading.active_count()
    items = endless()
    taken = ahead(items)
    assert [next(taken) for _ in range(3)] == [0, 0, 0]
    taken.close()
    assert threading.active_count() == before
    items.close()
    assert closed
