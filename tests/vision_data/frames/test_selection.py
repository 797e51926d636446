"""How selectors are run: footage, looking, checking, and what is kept of a choice."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest

from vision_data import MediaError
from vision_data.frames import (
    Chain,
    Every,
    Footage,
    FrameSelector,
    KeyFrames,
    MotionEnergy,
    SceneChange,
    TimeRange,
    Uniform,
    Union,
    select,
)
from vision_data.frames.footage import unseen
from vision_data.frames.shrink import look_in, proxy_size, shrink


@dataclass(frozen=True)
class Fixed(FrameSelector):
    numbers: tuple[int, ...]

    def pick(self, num_frames, fps):
        return list(self.numbers)


def test_times_may_be_uneven():
    chosen = select(Uniform(3), 4, 2.0, timestamps=[0.0, 0.1, 5.0, 5.1])
    assert (chosen.indices, chosen.timestamps) == ((0, 2, 3), (0.0, 5.0, 5.1))
    assert select(TimeRange(4.0, 6.0), 4, 2.0, timestamps=[0.0, 0.1, 5.0, 5.1]).indices == (2, 3)


def test_rows_are_ready_for_json():
    rows = select(Uniform(2), 5, 10.0).rows()
    assert json.loads(json.dumps(rows)) == [
        {"index": 0, "seconds": 0.0, "reason": "1 of 2, evenly spaced", "score": None},
        {"index": 4, "seconds": 0.4, "reason": "2 of 2, evenly spaced", "score": None},
    ]


@pytest.mark.parametrize("numbers", [(), (1, 0), (0, 0), (-1,), (5,)])
def test_a_wrong_choice_is_refused(numbers):
    with pytest.raises(MediaError, match="expected ascending numbers in that range"):
        select(Fixed(numbers), 5, 1.0)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"num_frames": 0}, "0 frames"),
        ({"fps": 0.0}, "0.0 per second"),
        ({"fps": float("nan")}, "nan per second"),
        ({"timestamps": [0.0, 1.0]}, "2 timestamps for 3 frames"),
        ({"timestamps": [0.0, 2.0, float("nan")]}, "expected a finite one for each"),
    ],
)
def test_impossible_footage_is_refused(settings, words):
    with pytest.raises(MediaError, match=words):
        select(Every(), **{"num_frames": 3, "fps": 1.0} | settings)


def test_each_frame_is_decoded_once_however_many_look_at_it():
    video = np.random.default_rng(0).integers(0, 256, (24, 9, 16, 3), dtype=np.uint8)
    asked = []

    def look(indices, pixels):
        asked.extend(indices)
        return look_in(video)(indices, pixels)

    chosen = select(Union((SceneChange(4), MotionEnergy(4), SceneChange(2))), 24, 8.0, look)
    assert len(asked) == len(set(asked))
    assert chosen.looked == tuple(sorted(asked))


@pytest.mark.parametrize(
    "given", [np.zeros((2, 4, 4, 3), np.uint8), np.zeros((6, 4, 4), np.uint8), np.zeros((6, 4, 4, 3), np.float32)]
)
def test_what_a_look_gives_is_checked(given):
    with pytest.raises(MediaError, match=r"expected \[6, h, w, 3\] of uint8"):
        select(SceneChange(3), 6, 4.0, lambda indices, pixels: given)


def test_footage_is_numbered_anew_and_keeps_its_rate():
    video = np.arange(20, dtype=np.uint8)[:, None, None, None].repeat(3, axis=3)
    whole = Footage([i / 10 for i in range(20)], 10.0, look_in(video), keys=lambda: [0, 6, 12, 18])
    part = whole.only(range(5, 15))
    assert (len(part), part.fps, part.timestamps[0]) == (10, 10.0, 0.5)
    assert part.look([0, 3], 99)[:, 0, 0, 0].tolist() == [5, 8]
    assert part.keys() == [1, 7]
    fifth = part.only([0, 5])
    assert (fifth.fps, fifth.look([1], 99)[0, 0, 0, 0], fifth.keys()) == (2.0, 10, [])
    assert part.only([4]).fps == 10.0


def test_key_frames_come_from_the_file():
    chosen = select(KeyFrames(2), 20, 10.0, keys=lambda: [0, 6, 12, 18])
    assert chosen.indices == (0, 18)
    assert chosen.reasons == ("key frame 1 of 4", "key frame 4 of 4")
    assert select(KeyFrames(9), 20, 10.0, keys=lambda: [0, 6, 12, 18]).indices == (0, 6, 12, 18)
    assert select(KeyFrames(2), 5, 10.0).indices == (0, 4)
    between = Chain((TimeRange(0.7, 1.1), KeyFrames(1)))
    assert select(between, 20, 10.0, keys=lambda: [0, 6, 12, 18]).indices == (9,)
    with pytest.raises(MediaError, match="key frames"):
        select(KeyFrames(2), 5, 10.0, keys=lambda: [0, 6])


def test_nobody_can_look():
    with pytest.raises(MediaError, match="Sharp has to look at 3 frames"):
        unseen("Sharp")([0, 1, 2], 10)


@pytest.mark.parametrize(
    ("shape", "pixels", "size"),
    [((72, 128), 9216, (72, 128)), ((720, 1280), 9216, (72, 128)), ((1, 999), 10, (1, 99)), ((4, 4), 1, (1, 1))],
)
def test_proxy_size_keeps_the_shape_within_the_budget(shape, pixels, size):
    assert proxy_size(*shape, pixels) == size


def test_shrinking_averages_areas():
    frame = np.zeros((4, 4, 3), np.uint8)
    frame[:2, :2] = 100
    frame[2:, 2:] = [[[0], [200]], [[200], [0]]]
    assert shrink([frame], 4)[0, ..., 0].tolist() == [[100, 0], [0, 100]]
    assert shrink([frame, frame], 16).shape == (2, 4, 4, 3)
    with pytest.raises(MediaError, match="frames of one size"):
        shrink([frame, frame[:2]], 4)
    with pytest.raises(MediaError, match="at least one"):
        shrink([], 4)
