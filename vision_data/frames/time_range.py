"""All frames within some seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vision_data.errors import MediaError
from vision_data.frames.base import FrameSelector, Picked
from vision_data.frames.footage import Footage
from vision_data.frames.looking import pick_unseen

# Seconds by which a frame may miss the edge: containers round time stamps to 1/1000 s.
SLACK = 1e-3


@dataclass(frozen=True)
class TimeRange(FrameSelector):
    """Keep the frames from ``start`` to ``end``, both included; ``Chain`` thins them. Not from a paper.

    A range between two frames keeps the nearest one. One that begins after the video ends is refused: the usual
    cause is a time in milliseconds or in frames.

    Attributes:
        start: seconds since the first frame, at least 0.
        end: seconds, at least ``start``.
    """

    start: float = 0.0
    end: float = float("inf")

    def __post_init__(self) -> None:
        check_range("TimeRange", self.start, self.end)

    def pick(self, num_frames: int, fps: float) -> list[int]:
        """See the base class; frames are taken to be evenly spaced in time."""
        return pick_unseen(self, num_frames, fps)

    def choose_from(self, footage: Footage) -> list[Picked]:
        """See the base class."""
        told = f"between {self.start:g} and {self.end:g} s"
        return [Picked(i, told) for i in within(footage, self.start, self.end)]


def check_range(name: str, start: float, end: float) -> None:
    """Refuse a range that no frame can lie in."""
    if not 0 <= start <= end or start == float("inf"):
        raise MediaError(f"{name}: start {start} and end {end} (seconds), expected 0 <= start <= end")


def within(footage: Footage, start: float, end: float) -> list[int]:
    """Number the frames between two times, or the nearest frame where none is.

    Raises:
        MediaError: the range begins after the video has ended.
    """
    times: Sequence[float] = footage.timestamps
    if start > footage.end + SLACK:
        raise MediaError(
            f"the range from {start:g} to {end:g} s begins after the video, which ends at {footage.end:.3f} s; "
            "give seconds within the video"
        )
    inside = [i for i, time in enumerate(times) if start - SLACK <= time <= end + SLACK]
    middle = start if end == float("inf") else (start + end) / 2
    return inside or [min(range(len(times)), key=lambda i: (abs(times[i] - middle), i))]
