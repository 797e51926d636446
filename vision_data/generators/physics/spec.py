"""Sizes of a physics video, and what its objects can look like. Not from a paper."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from vision_data.errors import MediaError

SPLITS = ("train", "test")
KINDS = ("circle", "square", "triangle")
COLOURS = {
    "red": (214, 32, 40),
    "green": (30, 150, 60),
    "blue": (35, 80, 215),
    "yellow": (245, 200, 0),
    "purple": (140, 50, 190),
    "cyan": (0, 185, 205),
    "black": (45, 45, 50),
}
DENSITIES = {"plain": 1.0, "shiny": 2.0}
"""Mass of an object by its material, in units of a plain one: shiny objects are heavy."""
MATERIALS = tuple(DENSITIES)


@dataclass(frozen=True)
class Level:
    """The dials of a physics video; ranges include both ends. Lengths are in sides of the square picture.

    Attributes:
        size: side of the picture, pixels, even, 96 to 1024.
        frames: frames of the video, 8 to 512.
        fps: frames per second of the video.
        objects: fewest and most objects, within 2 to 8.
        speed: slowest and fastest speed of a moving object, sides per second.
        friction: share of its speed that an object loses per second, as a rate: v' = -friction v; 0 for none.
        radius: of every object, sides.
        collisions: fewest and most collisions while the camera runs.
    """

    size: int = 112
    frames: int = 16
    fps: float = 8.0
    objects: tuple[int, int] = (4, 5)
    speed: tuple[float, float] = (0.35, 0.6)
    friction: float = 0.0
    radius: float = 0.085
    collisions: tuple[int, int] = (1, 3)

    def __post_init__(self) -> None:
        if not 96 <= self.size <= 1024 or self.size % 2:
            raise MediaError(f"physics video: size must be an even number of pixels from 96 to 1024, got {self.size}")
        if not 8 <= self.frames <= 512:
            raise MediaError(f"physics video: frames must be 8 to 512, got {self.frames}")
        if not 1 <= self.fps <= 60:
            raise MediaError(f"physics video: fps must be 1 to 60, got {self.fps}")
        if not 2 <= self.objects[0] <= self.objects[1] <= 8:
            raise MediaError(f"physics video: objects must be an ordered pair within 2 to 8, got {self.objects}")
        if not 0.05 <= self.speed[0] <= self.speed[1] <= 4:
            raise MediaError(f"physics video: speed must be an ordered pair within 0.05 to 4, got {self.speed}")
        if not 0 <= self.friction <= 2:
            raise MediaError(f"physics video: friction must be 0 to 2 per second, got {self.friction}")
        if not 0.04 <= self.radius <= 0.1:
            raise MediaError(f"physics video: radius must be 0.04 to 0.1 of the side, got {self.radius}")
        if not 0 <= self.collisions[0] <= self.collisions[1] <= 8:
            raise MediaError(f"physics video: collisions must be an ordered pair within 0 to 8, got {self.collisions}")
        if self.speed[1] / self.fps > self.radius:
            raise MediaError(
                f"physics video: at {self.speed[1]} sides per second and {self.fps} frames per second an object moves "
                f"further between frames than its radius {self.radius}; lower the speed or raise fps"
            )

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the last."""
        return (self.frames - 1) / self.fps


LEVELS = {
    "tiny": Level(),
    "easy": Level(size=168, frames=16, speed=(0.4, 0.65), friction=0.1),
    "middle": Level(224, 32, 12, (4, 6), (0.35, 0.6), 0.2, 0.07, (2, 4)),
    "hard": Level(448, 64, 16, (5, 7), (0.25, 0.5), 0.3, 0.06, (2, 5)),
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
    raise MediaError(f"physics video: unknown {what} {given!r}; {hint}")


def level_of(level: Level | str) -> Level:
    """The level of that name, or the level itself.

    Raises:
        MediaError: there is no level of that name.
    """
    return level if isinstance(level, Level) else LEVELS[known("level", level, LEVELS)]
