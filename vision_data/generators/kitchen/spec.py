"""Sizes of a kitchen video, and its four splits. The splits are those of SEED-Bench-R1 (arXiv:2503.24376)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from vision_data.errors import MediaError

SPLITS = ("train", "L1", "L2", "L3")
"""L1: rooms and tasks of train, other episodes; L2: unseen rooms, tasks of train; L3: unseen rooms and unseen tasks."""


@dataclass(frozen=True)
class Level:
    """The dials of a kitchen video; ranges include both ends.

    Attributes:
        tile: side of a tile of the room, pixels, even, 24 to 128.
        cols: tiles from wall to wall, walls included, 6 to 12.
        rows: tiles from top to bottom, walls included, 6 to 12.
        foods: fewest and most foods that a task needs, within 1 to 3.
        stride: tiles that the cook walks between two frames.
        hold: frames that an action is shown.
        most_frames: of a video, even, 4 to 256; what is done so far is limited by it.
        fps: frames per second of the video.
    """

    tile: int = 28
    cols: int = 6
    rows: int = 6
    foods: tuple[int, int] = (1, 2)
    stride: int = 2
    hold: int = 1
    most_frames: int = 16
    fps: float = 2.0

    def __post_init__(self) -> None:
        if not 24 <= self.tile <= 128 or self.tile % 2:
            raise MediaError(f"kitchen video: tile must be an even number of pixels from 24 to 128, got {self.tile}")
        if not (6 <= self.cols <= 12 and 6 <= self.rows <= 12):
            raise MediaError(f"kitchen video: cols and rows must be 6 to 12, got {self.cols} and {self.rows}")
        if not 1 <= self.foods[0] <= self.foods[1] <= 3:
            raise MediaError(f"kitchen video: foods must be an ordered pair within 1 to 3, got {self.foods}")
        if self.stride < 1 or self.hold < 1:
            raise MediaError(f"kitchen video: stride and hold must be at least 1, got {self.stride} and {self.hold}")
        if not 4 <= self.most_frames <= 256 or self.most_frames % 2:
            raise MediaError(f"kitchen video: most_frames must be even and 4 to 256, got {self.most_frames}")
        if not 0.5 <= self.fps <= 60:
            raise MediaError(f"kitchen video: fps must be 0.5 to 60, got {self.fps}")

    @property
    def width(self) -> int:
        """Of the picture, pixels."""
        return self.tile * self.cols

    @property
    def height(self) -> int:
        """Of the picture, pixels."""
        return self.tile * self.rows


LEVELS = {
    "tiny": Level(),
    "easy": Level(tile=56, most_frames=24),
    "middle": Level(56, 8, 7, (1, 2), 2, 2, 48, 4.0),
    "hard": Level(56, 10, 8, (2, 3), 1, 2, 128, 8.0),
}


def known(what: str, given: str, options: Iterable[str]) -> str:
    """`given` itself, or one clear line that proposes the nearest known word.

    Raises:
        MediaError: `given` is not among `options`.
    """
    words = list(options)
    if given in words:
        return given
    near = difflib.get_close_matches(str(given), words, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(words)}"
    raise MediaError(f"kitchen video: unknown {what} {given!r}; {hint}")


def level_of(level: Level | str) -> Level:
    """The level of that name, or the level itself.

    Raises:
        MediaError: there is no level of that name.
    """
    return level if isinstance(level, Level) else LEVELS[known("level", level, LEVELS)]
