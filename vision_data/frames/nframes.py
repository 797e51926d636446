"""A number of frames, counted as qwen-vl-utils counts ``nframes``."""

from __future__ import annotations

from dataclasses import dataclass

from vision_data.errors import MediaError
from vision_data.frames.base import FrameSelector, spread


@dataclass(frozen=True)
class NFrames(FrameSelector):
    """Evenly spaced frames, ``num`` rounded to a ``multiple``: the key ``nframes`` of qwen-vl-utils (arXiv:2409.12191).

    Halves round to the even multiple, so 5 is 4 and 7 is 8; ``Fps`` is the other form, a rate. Where qwen-vl-utils
    refuses a video with fewer frames, this shows as many multiples as there are, or all frames if there is not one.

    Attributes:
        num: frames wanted; at least half a ``multiple``.
        multiple: what the count is a multiple of, at least 1.
    """

    num: int = 16
    multiple: int = 2

    def __post_init__(self) -> None:
        if self.multiple < 1:
            raise MediaError(f"NFrames: multiple is {self.multiple}, expected at least 1")
        if self._rounded() < 1:
            raise MediaError(f"NFrames: num is {self.num} and rounds to 0, expected at least {self.multiple}")

    def _rounded(self) -> int:
        return round(self.num / self.multiple) * self.multiple

    def count(self, num_frames: int) -> int:
        """Say how many frames of a video with ``num_frames`` are chosen."""
        return min(self._rounded(), num_frames // self.multiple * self.multiple) or num_frames

    def pick(self, num_frames: int, fps: float) -> list[int]:
        """See the base class; ``fps`` plays no part."""
        return spread(self.count(num_frames), num_frames)

    def reason(self, rank: int, count: int, num_frames: int) -> str:
        """See the base class."""
        return f"{rank + 1} of {count}, evenly spaced"
