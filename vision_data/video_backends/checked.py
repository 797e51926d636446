"""Pixels of one reader, and the word of another that they are not damaged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vision_data.stack import ahead
from vision_data.video_backends.base import FileReader, Frames, Reader


class CheckedReader(Reader):
    """Shows the frames that ``check`` can decode, with the pixels of ``pixels``; small ones are those of ``check``."""

    def __init__(self, check: FileReader, pixels: FileReader) -> None:
        self.check, self.pixels, self.name, self.partial = check, pixels, check.name, check.partial
        self.times, self.fps, self.duration = check.times, check.fps, check.duration

    def keys(self) -> Sequence[int] | None:
        """See the base class."""
        return self.check.keys()

    def read(self, numbers: Sequence[int], max_pixels: int | None = None) -> Iterator[tuple[int, Frames]]:
        """See the base class."""
        if max_pixels is not None:
            yield from self.check.read(numbers, max_pixels)
            return
        for number in ahead(self.check.sound(numbers)):
            yield from self.pixels.read([number])

    def close(self) -> None:
        """See the base class."""
        self.check.close()
        self.pixels.close()
