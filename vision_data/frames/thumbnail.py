"""Frames as vectors without a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vision_data.errors import MediaError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class Thumbnail:
    """Mean colours of a ``side`` by ``side`` grid: an embedding for frames only. Not from a paper.

    It tells frames apart that look different and knows nothing of what they show.
    """

    side: int = 8

    def __post_init__(self) -> None:
        if self.side < 1:
            raise MediaError(f"Thumbnail: side is {self.side}, expected at least 1")

    def __call__(self, frames: Any) -> npt.NDArray[np.float64]:
        """Give ``[N, 3 * side * side]`` numbers in 0 to 1 for ``[N, h, w, 3]`` of uint8."""
        if isinstance(frames, list):
            raise MediaError(
                "Thumbnail embeds frames and not texts; for a query give an embedding of both, DualEncoder"
            )
        from vision_data.frames.measures import thumbnails

        return thumbnails(frames, self.side).reshape(len(frames), -1)
