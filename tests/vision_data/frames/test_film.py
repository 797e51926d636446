"""Selectors on a video file with a cut, a thing that moves, and blur that comes and goes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vision_data.frames import (
    Chain,
    Clusters,
    FarthestPoint,
    KeyFrames,
    MotionEnergy,
    SceneChange,
    Sharpest,
    TimeRange,
    select,
)
from vision_data.frames.shrink import shrink

FPS, SECONDS = 12, 9
decord = pytest.importorskip("decord")
cv2 = pytest.importorskip("cv2")


def picture(seed: int, colour: tuple[int, int, int]) -> np.ndarray:
    """Boxes in shades of one colour (blue, green, red), 160 by 96 pixels."""
    rng = np.random.default_rng(seed)
    frame = np.full((96, 160, 3), colour, np.uint8)
    for _ in range(40):
        x, y = (int(v) for v in rng.integers(0, (150, 90)))
        shade = tuple(int(c) for c in np.clip(np.array(colour) + rng.integers(-50, 50, 3), 0, 255))
        cv2.rectangle(frame, (x, y), (x + 15, y + 10), shade, -1)
    return frame


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of a still, three of a ball that moves in the middle one, three with blur but for each sixth."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), FPS, (160, 96))
    for number in range(FPS * SECONDS):
        second = number / FPS
        if second < 3:
            frame = picture(1, (60, 150, 60))
        elif second < 6:
            frame = picture(2, (160, 120, 60))
            cv2.circle(frame, (int(20 + 120 * np.clip(second - 4, 0, 1)), 48), 16, (0, 0, 255), -1)
        else:
            frame = picture(3, (60, 60, 170))
            frame = frame if number % 6 == 3 else cv2.blur(frame, (9, 9))
        writer.write(frame)
    writer.release()
    return path


@pytest.fixture(scope="module")
def choose(film):
    reader = decord.VideoReader(str(film), num_threads=1)
    assert len(reader) == FPS * SECONDS

    def chosen(selector):
        def look(indices, pixels):
            return shrink(iter(reader.get_batch(indices).asnumpy()), pixels)

        return select(selector, len(reader), reader.get_avg_fps(), look, keys=reader.get_key_indices)

    return chosen


def test_cuts_are_found_where_they_are(choose):
    found = choose(SceneChange(8, proxy_fps=FPS))
    assert found.indices == (0, 36, 72)


def test_cuts_are_found_to_within_two_proxies_at_a_low_rate(choose):
    found = choose(SceneChange(8, proxy_fps=4.0))
    assert [time - cut for time, cut in zip(found.timestamps, (0, 3, 6), strict=True)] == pytest.approx(
        [0, 0, 0], abs=0.3
    )


def test_motion_goes_to_the_ball(choose):
    found = choose(Chain((TimeRange(0.0, 5.9), MotionEnergy(6, proxy_fps=FPS, power=1.0))))
    assert sum(3.9 <= time <= 5.1 for time in found.timestamps) >= 5


def test_blurred_frames_are_passed_over(choose):
    found = choose(Chain((TimeRange(6.0), Sharpest(6, looks=6))))
    assert [index % 6 for index in found.indices] == [3] * 6


@pytest.mark.parametrize("selector", [FarthestPoint(3), Clusters(3)])
def test_difference_finds_each_scene(choose, selector):
    found = choose(selector)
    assert [int(time // 3) for time in found.timestamps] == [0, 1, 2]


def test_key_frames_are_those_of_the_file(choose):
    found = choose(KeyFrames(200))
    assert found.indices[0] == 0
    assert 1 < len(found) < FPS * SECONDS
