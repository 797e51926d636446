"""Frames between two times, counted as qwen-vl-utils counts them where the rate is steady."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from vision_data.time_window import is_steady, window

rates = st.sampled_from([1.0, 2.0, 10.0, 23.976, 24.0, 25.0, 29.97, 30.0, 59.94, 60.0])
seconds = st.one_of(st.none(), st.floats(0, 12), st.integers(0, 120).map(lambda tenths: tenths / 10))


@given(st.integers(2, 300), rates, seconds, seconds)
def test_steady_frames_are_those_of_qwen_vl_utils(qwen_vision, num, fps, start, end):
    told = {"video_start": start, "video_end": end}
    try:
        first, last, _ = qwen_vision.calculate_video_frame_range(told, num, fps)
    except ValueError:
        assume(False)
    assert window([round(i / fps, 3) for i in range(num)], fps, start, end) == list(range(first, last + 1))


def test_a_single_frame_and_none():
    times = [i / 10 for i in range(40)]
    assert window(times, 10.0, 1.0, 1.05) == [10]
    assert window(times, 10.0, 1.01, 1.05) == window(times, 10.0, 9.0, None) == []
    assert window(times, 10.0, None, None) == list(range(40))


def test_where_the_rate_varies_time_stamps_decide():
    times = [0.0, 0.1, 0.9, 1.0, 1.05, 3.0]
    assert not is_steady(times, 2.0)
    assert window(times, 2.0, 0.9, 1.05) == [2, 3, 4]
    assert window(times, 2.0, 1.0005, None) == [3, 4, 5]
    assert window(times, 2.0, 1.2, 2.9) == []


@given(st.integers(1, 5000), rates)
def test_containers_may_round_to_milliseconds(num, fps):
    assert is_steady([round(i / fps, 3) for i in range(num)], fps)
