"""Laws over every selector, and the numbers of each."""

from __future__ import annotations

import pickle
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vision_data import Every, Fps, MediaError, Uniform

selectors = st.one_of(
    st.just(Every()),
    st.builds(Uniform, st.integers(1, 200)),
    st.builds(Fps, st.floats(0.01, 60), st.integers(1, 8), st.integers(12, 900), st.integers(1, 4)),
)
rates = st.floats(0.5, 120)


@given(selectors, st.integers(1, 5000), rates)
def test_picked_frames_are_ascending_distinct_and_there(selector, num_frames, fps):
    picked = selector.pick(num_frames, fps)
    assert picked
    assert picked == sorted(set(picked))
    assert all(type(index) is int for index in picked)
    assert 0 <= picked[0] <= picked[-1] < num_frames


@given(selectors, st.integers(1, 500), rates)
def test_picking_is_symmetric_in_time_and_repeatable(selector, num_frames, fps):
    picked = selector.pick(num_frames, fps)
    assert picked == selector.pick(num_frames, fps)
    mirrored = [num_frames - 1 - index for index in reversed(picked)]
    assert max(abs(a - b) for a, b in zip(picked, mirrored, strict=True)) <= 1


@given(selectors)
def test_selectors_are_values(selector):
    twin = pickle.loads(pickle.dumps(selector))
    assert twin == selector
    assert hash(twin) == hash(selector)
    assert eval(repr(selector), {"Every": Every, "Uniform": Uniform, "Fps": Fps}) == selector


@given(st.integers(2, 200), st.integers(1, 5000))
def test_uniform_keeps_both_ends_and_even_steps(num, num_frames):
    picked = Uniform(num).pick(num_frames, 25.0)
    assert len(picked) == min(num, num_frames)
    assert (picked[0], picked[-1]) == (0, num_frames - 1)
    steps = {b - a for a, b in pairwise(picked)}
    assert not steps or max(steps) - min(steps) <= 2


def test_uniform_worked_numbers():
    assert Uniform(5).pick(9, 1.0) == [0, 2, 4, 6, 8]
    assert Uniform(3).pick(10, 1.0) == [0, 4, 9]
    assert Uniform(16).pick(3, 1.0) == [0, 1, 2]
    assert Uniform(1).pick(9, 1.0) == [4]
    assert Every().pick(4, 1.0) == [0, 1, 2, 3]


def test_fps_worked_numbers():
    # 100 frames at 25 per second are 4 s: 8 frames at 2 per second.
    assert len(Fps(2.0).pick(100, 25.0)) == 8
    # 4.52 s give 9.04 frames: 8. One second gives 2: min_frames 4. Three frames: 2, both ends.
    assert len(Fps(2.0).pick(113, 25.0)) == 8
    assert len(Fps(2.0).pick(25, 25.0)) == 4
    assert Fps(2.0).pick(3, 25.0) == [0, 2]
    assert Fps(2.0).pick(1, 25.0) == [0]
    assert len(Fps(2.0).pick(100_000, 25.0)) == 768
    assert len(Fps(2.0, max_frames=33).pick(100_000, 25.0)) == 32
    assert len(Fps(2.0, multiple=1).pick(113, 25.0)) == 9


@given(
    st.integers(2, 100_000), rates, st.floats(0.05, 10), st.integers(1, 16), st.one_of(st.none(), st.integers(16, 2000))
)
@example(3, 24.0, 2.0, 4, None)
@example(768, 1.0, 2.0, 4, None)
def test_fps_counts_are_those_of_qwen_vl_utils(qwen_vision, num_frames, video_fps, fps, min_frames, max_frames):
    settings = {"fps": fps, "min_frames": min_frames, "max_frames": max_frames}
    settings = {key: value for key, value in settings.items() if value is not None}
    assert Fps(**settings).count(num_frames, video_fps) == qwen_vision.smart_nframes(settings, num_frames, video_fps)


def test_fps_frames_are_those_of_qwen_vl_utils():
    torch = pytest.importorskip("torch")
    for num_frames in (7, 100, 250, 999, 4321):
        picked = Fps(2.0).pick(num_frames, 25.0)
        theirs = torch.linspace(0, num_frames - 1, len(picked)).round().long().tolist()
        assert picked == theirs


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Uniform(0), "num is 0"),
        (lambda: Fps(0.0), "fps is 0"),
        (lambda: Fps(float("nan")), "fps is nan"),
        (lambda: Fps(float("inf")), "fps is inf"),
        (lambda: Fps(multiple=0), "multiple is 0"),
        (lambda: Fps(min_frames=0), "min_frames 0"),
        (lambda: Fps(min_frames=9, max_frames=8), "min_frames 9 and max_frames 8"),
        (lambda: Fps(min_frames=1, max_frames=1), "no multiple of 2"),
    ],
)
def test_impossible_settings_are_refused(make, words):
    with pytest.raises(MediaError, match=words):
        make()
