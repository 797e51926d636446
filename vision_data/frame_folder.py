"""A video that is a list of pictures, or a folder of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

import numpy as np

from vision_data.errors import MediaError
from vision_data.frames.shrink import shrink
from vision_data.image import load_image
from vision_data.media import Image
from vision_data.video_backends.base import Frames, Reader

SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm", ".jp2", ".avif")
)


def folder_of(source: str) -> Path | None:
    """Give the folder that a path or ``file://`` path names; None where it names none."""
    try:
        for text in (source, unquote(source)) if source[:7].lower() == "file://" else (source,):
            path = Path(text[7:].removeprefix("localhost") if source[:7].lower() == "file://" else text).expanduser()
            if path.is_dir():
                return path
    except (OSError, ValueError, RuntimeError):
        pass  # no path at all, which is said where the file is opened
    return None


def frame_files(folder: Path, name: str) -> tuple[str, ...]:
    """List the pictures in a folder as a person would: ``frame_2`` before ``frame_10``.

    Hidden files, folders, and files that are no pictures by their names are left out.

    Raises:
        MediaError: there is none, or the folder cannot be read.
    """
    try:
        found = [
            path
            for path in folder.iterdir()
            if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
        ]
    except OSError as error:
        raise MediaError(f"{name} cannot be listed ({error.strerror}); check its permissions") from None
    if not found:
        raise MediaError(
            f"{name} is a folder without pictures; give a folder of frames ({', '.join(sorted(SUFFIXES))}), or a file"
        )
    return tuple(str(path) for path in sorted(found, key=lambda path: natural(path.name)))


def natural(name: str) -> tuple[tuple[int, int | str], ...]:
    """Give a key for sorting in which numbers count as numbers; equal but for zeros in front, by the text.

    >>> sorted(["f10.png", "f2.png", "f02.png"], key=natural)
    ['f02.png', 'f2.png', 'f10.png']
    """
    bits = re.split(r"([0-9]+)", name)
    return (*((0, int(bit)) if bit.isdecimal() else (1, bit.casefold()) for bit in bits if bit), (1, name))


class Pictures(Reader):
    """Frames at a rate that somebody told."""

    def __init__(self, sources: Sequence[str], fps: float, name: str, *, partial: bool = False) -> None:
        self.sources, self.fps, self.name, self.partial = sources, fps, name, partial
        self.times = [i / fps for i in range(len(sources))]
        self.duration = len(sources) / fps

    def read(self, numbers: Sequence[int], max_pixels: int | None = None) -> Iterator[tuple[int, Frames]]:
        """See the base class."""
        for number in numbers:
            try:
                frame = np.array(load_image(Image(self.sources[number])))
            except MediaError:
                if self.partial:
                    continue
                raise
            yield number, frame if max_pixels is None else shrink([frame], max_pixels)[0]
