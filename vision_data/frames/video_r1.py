"""The frames that Video-R1 was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vision_data.frames.fps import Fps


@dataclass(frozen=True)
class VideoR1(Fps):
    """Two frames a second, 4 to 16 of them, an even number, evenly spaced (Video-R1, arXiv:2503.21776).

    The numbers are those of the released training code. It was evaluated with 16, 32 and 64 frames: raise
    ``max_frames`` for that. Give the size of frames to ``Video(max_pixels=...)``.

    Attributes:
        FRAME_PIXELS: pixels of a frame in training, both least and most: 128 squares of 28.
        EVALUATION_PIXELS: most pixels of a frame in evaluation: 256 squares of 28.
    """

    max_frames: int = 16

    FRAME_PIXELS: ClassVar[int] = 128 * 28 * 28
    EVALUATION_PIXELS: ClassVar[int] = 256 * 28 * 28
