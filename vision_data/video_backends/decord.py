"""Videos by decord, the reader that qwen-vl-utils uses."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vision_data.frames.shrink import shrink
from vision_data.video_backends.base import CannotOpen, FileReader, Frames, NotInstalled, not_a_video, only_sound

# Full-size frames held at once.
_CHUNK = 16


class DecordReader(FileReader):
    """See the module.

    It does not tell damage from what it does not know, so a file that it cannot read is left to other readers.
    """

    package = "decord"

    def __init__(self, path: Path, name: str, *, partial: bool = False, insist: bool = False) -> None:
        self.name, self.partial = name, partial
        try:
            import decord
        except ImportError:
            raise NotInstalled(f"{name} cannot be read because decord is not installed; pip install decord") from None
        # One thread is as fast as several when frames are picked sparsely, and loaders run side by side. Without a
        # limit decord would put a neighbour in the place of a frame that it cannot decode and say nothing.
        self.reader: Any = self._guarded(lambda: decord.VideoReader(str(path), num_threads=1, fault_tol=1e-6))
        self.fps = float(self._guarded(self.reader.get_avg_fps))
        if not 0 < self.fps < math.inf:
            raise CannotOpen(f"{name} says it has {self.fps} frames per second; convert it to mp4 again")
        spans = self._guarded(lambda: self.reader.get_frame_timestamp(list(range(len(self.reader)))))
        self.times = [round(float(begin), 5) for begin in spans[:, 0] - spans[0, 0]]
        self.duration = len(self.times) / self.fps

    def keys(self) -> Sequence[int]:
        """See the base class."""
        return sorted(int(number) for number in self.reader.get_key_indices())

    def read(self, numbers: Sequence[int], max_pixels: int | None = None) -> Iterator[tuple[int, Frames]]:
        """See the base class."""
        size = 1 if self.partial else _CHUNK
        for at in range(0, len(numbers), size):
            chunk = list(numbers[at : at + size])
            try:
                frames = self._batch(chunk)
            except CannotOpen:
                if self.partial:
                    continue
                raise
            yield from zip(chunk, frames if max_pixels is None else shrink(frames, max_pixels), strict=True)

    def close(self) -> None:
        """See the base class."""
        self.reader = None

    def _batch(self, numbers: list[int]) -> Frames:
        batch = self._guarded(lambda: self.reader.get_batch(numbers))
        # Another library may have told decord to hand out torch tensors.
        return np.asarray(batch.asnumpy() if hasattr(batch, "asnumpy") else batch, dtype=np.uint8)

    def _guarded(self, call: Callable[[], Any]) -> Any:
        """Run one call into decord and put its complaints into words."""
        import decord

        try:
            return call()
        except (decord.DECORDError, decord.DECORDLimitReachedError, RuntimeError, AssertionError) as error:
            text = str(error).strip()
            if "st_nb" in text:
                raise CannotOpen(only_sound(self.name)) from None
            line = text.splitlines()[0] if text else "no frames"
            unknown = line.startswith("Error reading")
            reason = "unreadable" if unknown else re.sub(r"\[[\d:]+\] \S+?:\d+: ", "", line)[:160]
            raise CannotOpen(not_a_video(self.name, reason)) from None
