"""Which frames of a video a model is shown."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass


@dataclass(frozen=True)
class FrameSelector(ABC):
    """Choose frames by number, before anything is decoded."""

    @abstractmethod
    def pick(self, num_frames: int, fps: float) -> list[int]:
        """Choose among the frames ``0 .. num_frames - 1``.

        Args:
            num_frames: frames there are, at least 1.
            fps: frames per second, above 0.

        Returns:
            Indices, ascending, each at most once, at least one.
        """


def spread(num: int, num_frames: int) -> list[int]:
    """Space ``num`` indices evenly over ``0 .. num_frames - 1``, first and last included.

    All frames are kept when there are no more than ``num``; a single index is the middle frame.
    """
    if num >= num_frames:
        return list(range(num_frames))
    if num == 1:
        return [(num_frames - 1) // 2]
    return [round(i * (num_frames - 1) / (num - 1)) for i in range(num)]
