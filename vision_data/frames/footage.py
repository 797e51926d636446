"""The frames that a selector may choose from, and a way to see some of them in small."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, NoReturn

from vision_data.errors import MediaError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Frames = npt.NDArray[np.uint8]

Look = Callable[[list[int], int], "Frames"]
"""Decode frames by ascending numbers as ``[N, h, w, 3]`` uint8 RGB, each shrunk to at most that many pixels."""
Keys = Callable[[], Sequence[int]]
"""Tell the ascending numbers of the frames that a video file stores whole."""


@dataclass(frozen=True, eq=False)
class Footage:
    """Frames ``0 .. len - 1`` that a selector may choose from.

    Attributes:
        timestamps: seconds at which each frame is shown.
        fps: average frames per second, above 0.
        look: see ``Look``.
        keys: see ``Keys``; None means that each frame is stored whole, as in a list of images.
        ends: seconds at which the whole video ends; None means when the last of these frames has been shown.
    """

    timestamps: Sequence[float]
    fps: float
    look: Look
    keys: Keys | None = None
    ends: float | None = None

    @property
    def end(self) -> float:
        """Seconds at which the whole video ends, however few frames of it are left."""
        return max(self.timestamps) + 1 / self.fps if self.ends is None else self.ends

    def __len__(self) -> int:
        return len(self.timestamps)

    def only(self, indices: Sequence[int]) -> Footage:
        """Give the footage that has these ascending frames alone, numbered anew from 0.

        Its rate is counted in frames: each frame from a to b keeps the rate, each fifth has a fifth of it.
        """
        numbers = list(indices)
        step = 1.0 if len(numbers) == 1 else (numbers[-1] - numbers[0]) / (len(numbers) - 1)
        place = {number: i for i, number in enumerate(numbers)}
        keys = self.keys
        return Footage(
            timestamps=[self.timestamps[number] for number in numbers],
            fps=self.fps / step,
            look=lambda wanted, pixels: self.look([numbers[i] for i in wanted], pixels),
            keys=None if keys is None else lambda: [place[number] for number in keys() if number in place],
            ends=self.end,
        )


def timed(num_frames: int, fps: float, timestamps: Sequence[float] | None = None) -> list[float]:
    """Check the times of frames, or count them from the rate.

    Raises:
        MediaError: there is no frame, no rate, or the times are not one finite number a frame. Their order is not
            checked: damaged files give times that go back, and most selectors do not need them.
    """
    if num_frames < 1 or not 0 < fps < float("inf"):
        raise MediaError(
            f"{num_frames} frames at {fps} per second, expected at least 1 frame and a finite rate above 0"
        )
    if timestamps is None:
        return [i / fps for i in range(num_frames)]
    times = [float(time) for time in timestamps]
    if len(times) != num_frames or not all(map(isfinite, times)):
        raise MediaError(f"{len(times)} timestamps for {num_frames} frames, expected a finite one for each")
    return times


def unseen(who: str) -> Look:
    """Stand where nobody can look at frames: tell ``who`` wanted to."""

    def look(indices: list[int], pixels: int) -> NoReturn:
        raise MediaError(
            f"{who} has to look at {len(indices)} frames and was only told how many there are; "
            "give it a video to load, or call vision_data.frames.select with a way to look"
        )

    return look
