"""Frames at a steady rate, as Qwen-VL models were trained with."""

from __future__ import annotations

from dataclasses import dataclass

from vision_data.errors import MediaError
from vision_data.frames.base import FrameSelector, spread


@dataclass(frozen=True)
class Fps(FrameSelector):
    """Evenly spaced frames, about ``fps`` for each second, in the numbers of qwen-vl-utils (arXiv:2409.12191).

    The count is ``num_frames / video_fps * fps``, raised to ``min_frames``, cut to ``max_frames`` and to what
    the video has, then rounded down to a ``multiple`` (the model merges that many frames into one patch).
    A video with fewer frames than ``multiple`` is kept whole.

    Attributes:
        fps: frames per second wanted, above 0.
        min_frames: fewest frames, rounded up to a multiple.
        max_frames: most frames, rounded down to a multiple.
        multiple: what the count is a multiple of, at least 1.
    """

    fps: float = 2.0
    min_frames: int = 4
    max_frames: int = 768
    multiple: int = 2

    def __post_init__(self) -> None:
        if not 0 < self.fps < float("inf"):
            raise MediaError(f"Fps: fps is {self.fps}, expected a finite rate above 0")
        if self.multiple < 1:
            raise MediaError(f"Fps: multiple is {self.multiple}, expected at least 1")
        if self.min_frames < 1 or self._fewest() > self._most():
            raise MediaError(
                f"Fps: min_frames {self.min_frames} and max_frames {self.max_frames} leave no multiple of "
                f"{self.multiple} to choose; expected 1 <= min_frames <= max_frames"
            )

    def _fewest(self) -> int:
        return -(-self.min_frames // self.multiple) * self.multiple

    def _most(self) -> int:
        return self.max_frames // self.multiple * self.multiple

    def count(self, num_frames: int, fps: float) -> int:
        """Say how many frames of a video with ``num_frames`` at ``fps`` are chosen."""
        wanted = num_frames / fps * self.fps
        bounded = min(max(wanted, self._fewest()), self._most(), num_frames)
        return int(bounded // self.multiple) * self.multiple or num_frames

    def pick(self, num_frames: int, fps: float) -> list[int]:
        """See the base class."""
        return spread(self.count(num_frames, fps), num_frames)

    def reason(self, rank: int, count: int, num_frames: int) -> str:
        """See the base class."""
        return f"{rank + 1} of {count}, {self.fps:g} a second within {self.min_frames} to {self.max_frames}"
