"""Animated GIF, PNG and WebP as videos: every picture for the time that the file gives it."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path

import numpy as np
import PIL.Image

from vision_data.errors import MediaError
from vision_data.frames.shrink import shrink
from vision_data.image import load_image
from vision_data.video_backends.base import Frames, Reader, check_frame_size, damaged

FORMATS = ("GIF", "PNG", "WEBP")
# Seconds that browsers give to a picture with no time of its own, or one too short to be meant.
UNTIMED, SHORTEST = 0.1, 0.011
# What Pillow's readers raise on damaged files, and on those that want too much memory.
_DAMAGE = (
    OSError,
    RuntimeError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    OverflowError,
    struct.error,
    PIL.Image.DecompressionBombError,
    PIL.Image.DecompressionBombWarning,
)


class Animation(Reader):
    """Pictures one after the other; each may build on those before, so they are decoded from the first on.

    A GIF with one picture is a video of one frame; a still PNG or WebP is refused.
    """

    def __init__(self, path: Path, name: str, *, partial: bool = False) -> None:
        self.path, self.name, self.partial = path, name, partial
        seconds = self._seconds()
        self.times = [0.0, *(round(time, 5) for time in accumulate(seconds[:-1]))]
        self.duration = round(sum(seconds), 5)
        self.fps = len(seconds) / self.duration

    def read(self, numbers: Sequence[int], max_pixels: int | None = None) -> Iterator[tuple[int, Frames]]:
        """See the base class."""
        wanted = set(numbers)
        with self._opened() as picture:
            for number in range(max(wanted) + 1):
                try:
                    with self._guarded(f"picture {number}"):
                        picture.seek(number)
                        frame = np.array(load_image(picture)) if number in wanted else None
                except MediaError:
                    if self.partial:
                        return
                    raise
                if frame is not None:
                    yield number, frame if max_pixels is None else shrink([frame], max_pixels)[0]

    def _opened(self) -> PIL.Image.Image:
        with self._guarded("its beginning"):
            return PIL.Image.open(self.path, formats=FORMATS)

    def _seconds(self) -> list[float]:
        """Read how long each picture is shown."""
        with self._opened() as picture:
            check_frame_size(self.name, *picture.size)
            with self._guarded("its list of pictures"):
                num = int(getattr(picture, "n_frames", 1))
            if num == 1 and picture.format != "GIF":
                raise MediaError(
                    f"{self.name} is not a video but one picture; give it as Image, or leave the record out"
                )
            return [self._shown(picture, number) for number in range(num)]

    def _shown(self, picture: PIL.Image.Image, number: int) -> float:
        try:
            with self._guarded(f"picture {number}"):
                picture.seek(number)
                if picture.format == "WEBP":  # whose times are known when a picture has been decoded
                    picture.load()
        except MediaError:  # it is told when the picture is wanted
            return UNTIMED
        seconds = float(picture.info.get("duration") or 0) / 1000
        return seconds if seconds >= SHORTEST else UNTIMED

    @contextmanager
    def _guarded(self, what: str) -> Iterator[None]:
        """Put what Pillow complains of into words."""
        try:
            yield
        except _DAMAGE as error:
            raise damaged(self.name, what, " ".join(str(error).split())[:160]) from None
