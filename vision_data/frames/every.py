"""All the frames there are."""

from __future__ import annotations

from dataclasses import dataclass

from vision_data.frames.base import FrameSelector


@dataclass(frozen=True)
class Every(FrameSelector):
    """Keep each frame: for lists of frames that somebody has chosen already. Not from a paper."""

    def pick(self, num_frames: int, fps: float) -> list[int]:
        """See the base class; ``fps`` plays no part."""
        return list(range(num_frames))

    def reason(self, rank: int, count: int, num_frames: int) -> str:
        """See the base class."""
        return f"{rank + 1} of {count}, all are kept"
