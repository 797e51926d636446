"""Selectors that count: the settings of qwen-vl-utils, Video-R1 and SEED-Bench-R1, and ranges of time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_data import Fps, MediaError
from vision_data.frames import NFrames, SeedBenchR1, TimeFocus, TimeRange, VideoR1, select


@given(st.integers(2, 3000), st.integers(1, 3000), st.floats(0.5, 120))
def test_nframes_counts_are_those_of_qwen_vl_utils(qwen_vision, wanted, num_frames, fps):
    try:
        theirs = qwen_vision.smart_nframes({"nframes": wanted}, num_frames, fps)
    except ValueError:
        theirs = num_frames // 2 * 2 or num_frames
    assert NFrames(wanted).count(num_frames) == theirs
    assert len(NFrames(wanted).pick(num_frames, fps)) == theirs


def test_nframes_worked_numbers():
    # Halves go to the even multiple: 5 / 2 = 2.5 is 2, 7 / 2 = 3.5 is 4.
    assert [NFrames(n).count(100) for n in (4, 5, 6, 7)] == [4, 4, 6, 8]
    assert NFrames(4).pick(9, 25.0) == [0, 3, 5, 8]
    assert NFrames(8).pick(5, 25.0) == [0, 1, 3, 4]
    assert NFrames(8).pick(1, 25.0) == [0]
    assert NFrames(5, multiple=1).count(100) == 5


@pytest.mark.parametrize("selector", [VideoR1(), SeedBenchR1()])
def test_the_r1_papers_worked_numbers(selector):
    # 300 frames at 30 a second ask for 20, cut to 16; 90 for 6; 45 for 3, raised to 4; 3 frames leave 2.
    assert selector.pick(300, 30.0)[:4] == [0, 20, 40, 60]
    assert len(selector.pick(300, 30.0)) == 16
    assert selector.pick(90, 30.0) == [0, 18, 36, 53, 71, 89]
    assert selector.pick(45, 30.0) == [0, 15, 29, 44]
    assert selector.pick(3, 30.0) == [0, 2]


def test_the_r1_papers_sizes():
    assert VideoR1.FRAME_PIXELS == 100_352
    assert VideoR1.EVALUATION_PIXELS == 200_704
    assert SeedBenchR1.FRAME_SIZE == (252, 252)
    assert len(VideoR1(max_frames=64).pick(3000, 30.0)) == 64
    assert VideoR1() != Fps(max_frames=16)


@given(st.integers(1, 5000), st.floats(0.5, 120))
def test_the_r1_papers_count_as_qwen_vl_utils_with_their_settings(qwen_vision, num_frames, fps):
    if num_frames > 1:
        told = {"fps": 2.0, "min_frames": 4, "max_frames": 16}
        assert len(VideoR1().pick(num_frames, fps)) == qwen_vision.smart_nframes(told, num_frames, fps)


def test_time_range_keeps_both_edges_or_the_nearest():
    assert TimeRange(0.2, 0.5).pick(10, 10.0) == [2, 3, 4, 5]
    assert TimeRange(0.31, 0.33).pick(10, 10.0) == [3]
    assert TimeRange(0.36, 0.38).pick(10, 10.0) == [4]
    assert TimeRange(0.7).pick(10, 10.0) == [7, 8, 9]
    assert TimeRange().pick(3, 10.0) == [0, 1, 2]
    # The last frame is shown until 1.0 s.
    assert TimeRange(0.95, 2.0).pick(10, 10.0) == [9]
    assert select(TimeRange(0.2, 0.3), 10, 10.0).reasons[0] == "between 0.2 and 0.3 s"


@pytest.mark.parametrize("selector", [TimeRange(1200, 1500), TimeFocus(1200, 1500)])
def test_a_range_after_the_video_is_refused(selector):
    with pytest.raises(MediaError, match=r"begins after the video, which ends at 1\.000 s"):
        selector.pick(10, 10.0)


def test_time_focus_worked_numbers():
    # Six of eight in frames 20 to 30, the other two at the ends of what is outside.
    assert TimeFocus(2.0, 3.0, 8).pick(100, 10.0) == [0, 20, 22, 24, 26, 28, 30, 99]
    # The range has two frames only: six are left for outside.
    assert TimeFocus(2.0, 2.1, 8).pick(100, 10.0) == [0, 19, 20, 21, 41, 60, 80, 99]
    # All frames are in the range: none are outside.
    assert TimeFocus(0.0, 9.9, 4).pick(100, 10.0) == [0, 33, 66, 99]
    assert TimeFocus(2.0, 3.0, 1, inside=0.0).pick(100, 10.0) == [25]
    reasons = select(TimeFocus(2.0, 3.0, 8), 100, 10.0).reasons
    assert reasons[:2] == ("around, not between 2 and 3 s", "between 2 and 3 s")


@given(st.floats(0, 3), st.floats(0, 3), st.integers(1, 40), st.floats(0, 1), st.integers(60, 200))
def test_time_focus_uses_its_whole_budget(start, length, num, inside, num_frames):
    picked = TimeFocus(start, start + length, num, inside).pick(num_frames, 20.0)
    assert len(picked) == min(num, num_frames)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: NFrames(0), "num is 0"),
        (lambda: NFrames(1), "rounds to 0"),
        (lambda: NFrames(multiple=0), "multiple is 0"),
        (lambda: TimeRange(-1.0), "0 <= start <= end"),
        (lambda: TimeRange(2.0, 1.0), "0 <= start <= end"),
        (lambda: TimeRange(float("nan")), "0 <= start <= end"),
        (lambda: TimeRange(float("inf")), "0 <= start <= end"),
        (lambda: TimeFocus(2.0, 1.0), "0 <= start <= end"),
        (lambda: TimeFocus(0.0, 1.0, 0), "num 0"),
        (lambda: TimeFocus(0.0, 1.0, inside=1.5), "inside 1.5"),
    ],
)
def test_impossible_settings_are_refused(make, words):
    with pytest.raises(MediaError, match=words):
        make()
