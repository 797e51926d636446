"""What a reader of videos is: frames by their numbers, in order, and nothing decoded that nobody asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from vision_data.errors import MediaError

Frames = npt.NDArray[np.uint8]

# Of one frame: 7680 by 4320 is 33.2 million.
MAX_FRAME_PIXELS = 2**25


class CannotOpen(MediaError):
    """This reader knows nothing to do with the file; another one may."""


class NotInstalled(CannotOpen):
    """The package that this reader uses is missing."""


class LeftToOthers(CannotOpen):
    """This reader can read the file, but its pixels would differ a little from those of other readers."""


class Reader(ABC):
    """An open video; a context that closes itself.

    Attributes:
        name: the source in brief, for messages.
        times: seconds of every frame since the first, in order of showing.
        fps: average frames per second, above 0.
        duration: seconds of the whole video.
        partial: what is asked for and cannot be read is left out; otherwise it is an error.
    """

    name: str
    times: Sequence[float]
    fps: float
    duration: float
    partial: bool = False

    @abstractmethod
    def read(self, numbers: Sequence[int], max_pixels: int | None = None) -> Iterator[tuple[int, Frames]]:
        """Decode frames in order.

        Args:
            numbers: ascending numbers of frames, each once.
            max_pixels: None for frames as they are; else each is made small by averaging areas, to the size of
                ``frames.shrink.proxy_size``.

        Yields:
            The number and the frame ``[H, W, 3]``, upright.

        Raises:
            MediaError: a frame cannot be read, and ``partial`` is off.
        """

    def keys(self) -> Sequence[int] | None:
        """Numbers of the frames that are stored whole; None where each is."""
        return None

    def close(self) -> None:
        """Give back what was opened."""
        return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class FileReader(Reader):
    """A reader that opens a file by a path."""

    package: ClassVar[str]
    """What has to be installed."""

    @abstractmethod
    def __init__(self, path: Path, name: str, *, partial: bool = False, insist: bool = False) -> None:
        """Open.

        Args:
            path: a file that is there.
            name: the source in brief.
            partial: see ``Reader``.
            insist: read also what would better be left to others.

        Raises:
            CannotOpen: another reader should be tried.
            MediaError: the file is no video, whoever reads it.
        """

    def sound(self, numbers: Sequence[int]) -> Iterator[int]:
        """Decode frames without looking at them; see ``read`` for what is given and raised."""
        return (number for number, _ in self.read(numbers))


def damaged(name: str, what: str, reason: str) -> MediaError:
    """Say that a part of a video cannot be read, and the ways out."""
    return MediaError(
        f"{name}: {what} is damaged or cut off ({reason}); copy or convert the file again, take what can be read by "
        'Video(..., on_damage="partial"), or leave the record out'
    )


def check_frame_size(name: str, width: int, height: int) -> None:
    """Refuse frames that would take too much memory.

    Raises:
        MediaError: they have more than ``MAX_FRAME_PIXELS``.
    """
    if width * height > MAX_FRAME_PIXELS:
        raise MediaError(
            f"{name} has frames of {width}x{height} pixels, expected at most {MAX_FRAME_PIXELS} pixels; make it smaller"
        )


def not_a_video(name: str, reason: str) -> str:
    """Say that nothing in the file can be read."""
    return (
        f"{name} is not a video, or it is damaged or cut off ({reason}); "
        "copy the file again, convert it to mp4 (H.264), or leave the record out"
    )


def only_sound(name: str) -> str:
    """Say that a file has no pictures."""
    return f"{name} has no pictures, only sound; give a video, or leave the record out"
