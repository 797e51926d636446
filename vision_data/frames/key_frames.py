"""The frames that a video file stores whole."""

from __future__ import annotations

from dataclasses import dataclass

from vision_data.errors import MediaError
from vision_data.frames.base import FrameSelector, Picked, spread
from vision_data.frames.footage import Footage


@dataclass(frozen=True)
class KeyFrames(FrameSelector):
    """Key frames of the encoding (I-frames), thinned evenly to ``num``. Not from a paper.

    Encoders put one at most scene cuts and one every few seconds, and decoding one needs no other frame. A list of
    images stores each frame whole, so they are spread evenly; so are frames among which no key frame is.
    """

    num: int = 16

    def __post_init__(self) -> None:
        if self.num < 1:
            raise MediaError(f"KeyFrames: num is {self.num}, expected at least 1 frame")

    def pick(self, num_frames: int, fps: float) -> list[int]:
        """See the base class; without a file each frame is a key frame."""
        return spread(self.num, num_frames)

    def choose_from(self, footage: Footage) -> list[Picked]:
        """See the base class."""
        if footage.keys is None:
            what, keys = "image", list(range(len(footage)))
        else:
            what, keys = "key frame", sorted(set(footage.keys()))
        if not keys:
            what, keys = "no key frame among these, frame", list(range(len(footage)))
        if not 0 <= keys[0] <= keys[-1] < len(footage):
            raise MediaError(f"key frames {keys[:8]} of {len(footage)} frames, expected numbers in that range")
        return [Picked(keys[i], f"{what} {i + 1} of {len(keys)}") for i in spread(self.num, len(keys))]
