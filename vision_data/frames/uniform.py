"""A fixed number of evenly spaced frames."""

from __future__ import annotations

from dataclasses import dataclass

from vision_data.errors import MediaError
from vision_data.frames.base import FrameSelector, spread


@dataclass(frozen=True)
class Uniform(FrameSelector):
    """``num`` frames evenly spaced, first and last included; a shorter video is kept whole. Not from a paper."""

    num: int = 16

    def __post_init__(self) -> None:
        if self.num < 1:
            raise MediaError(f"Uniform: num is {self.num}, expected at least 1 frame")

    def pick(self, num_frames: int, fps: float) -> list[int]:
        """See the base class; ``fps`` plays no part."""
        return spread(self.num, num_frames)

    def reason(self, rank: int, count: int, num_frames: int) -> str:
        """See the base class."""
        return f"{rank + 1} of {count}, evenly spaced"
