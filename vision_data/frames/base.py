"""Which frames of a video a model is shown."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vision_data.frames.footage import Footage


@dataclass(frozen=True)
class Picked:
    """One frame that was chosen.

    Attributes:
        index: its number among the frames that were offered.
        reason: why it was chosen, in a few words for a person who looks at the frame.
        score: what the choice was ranked by, larger is better, or None where nothing was ranked.
    """

    index: int
    reason: str
    score: float | None = None


@dataclass(frozen=True)
class FrameSelector(ABC):
    """Choose frames by number, before anything is decoded; ``LookingSelector`` looks at small frames first.

    A selector is part of what a prompt is: it is frozen, hashable, equal to another with the same fields, and its
    ``repr`` is the same in every process.
    """

    @abstractmethod
    def pick(self, num_frames: int, fps: float) -> list[int]:
        """Choose among the frames ``0 .. num_frames - 1``.

        Args:
            num_frames: frames there are, at least 1.
            fps: frames per second, above 0.

        Returns:
            Indices, ascending, each at most once, at least one.

        Raises:
            MediaError: the selector has to look at frames; ``vision_data.frames.select`` lets it.
        """

    def reason(self, rank: int, count: int, num_frames: int) -> str:
        """Say why the frame is shown that stands at ``rank`` of the ``count`` that ``pick`` chose."""
        return f"{rank + 1} of {count} by {type(self).__name__}"

    def choose_from(self, footage: Footage) -> list[Picked]:
        """Choose among the frames of ``footage``; a selector that needs times or pixels overrides this.

        Returns:
            Frames in order of time, each at most once, at least one.
        """
        indices = self.pick(len(footage), footage.fps)
        return [Picked(index, self.reason(i, len(indices), len(footage))) for i, index in enumerate(indices)]


def spread(num: int, num_frames: int) -> list[int]:
    """Space ``num`` indices evenly over ``0 .. num_frames - 1``, first and last included.

    All frames are kept when there are no more than ``num``; a single index is the middle frame.
    """
    if num >= num_frames:
        return list(range(num_frames))
    if num == 1:
        return [(num_frames - 1) // 2]
    return [round(i * (num_frames - 1) / (num - 1)) for i in range(num)]
