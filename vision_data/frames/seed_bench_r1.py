"""The frames that models of SEED-Bench-R1 are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vision_data.frames.fps import Fps


@dataclass(frozen=True)
class SeedBenchR1(Fps):
    """Two frames a second, 4 to 16 of them, an even number, evenly spaced (SEED-Bench-R1, arXiv:2503.24376).

    The numbers are those of the released code, for training and for evaluation. It also gives each frame and the
    image of the current observation one size whatever their shape.

    Attributes:
        FRAME_SIZE: height and width of a frame: 256 brought to the nearest multiple of 28.
    """

    max_frames: int = 16

    FRAME_SIZE: ClassVar[tuple[int, int]] = (252, 252)
