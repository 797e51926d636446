"""Read the chosen frames of a video, and nothing else of it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from vision_data.errors import MediaError
from vision_data.frames.selection import Selection, select
from vision_data.media import Video, brief
from vision_data.resize import frame_size
from vision_data.sources import file_path, is_inline
from vision_data.stack import stack
from vision_data.time_window import window
from vision_data.video_backends.av import AvReader
from vision_data.video_backends.base import CannotOpen, FileReader, LeftToOthers, NotInstalled, Reader, damaged
from vision_data.video_backends.decord import DecordReader

if TYPE_CHECKING:
    from vision_data.selection_cache import SelectionCache

Frames = npt.NDArray[np.uint8]
T = TypeVar("T")

READERS: tuple[type[FileReader], ...] = (AvReader, DecordReader)
"""Who opens a file, in this order, until one can."""


@dataclass(frozen=True, eq=False)
class Clip:
    """Frames of a video, decoded.

    Attributes:
        frames: ``[T, H, W, 3]`` of uint8, RGB.
        indices: the T numbers of these frames in the video, ascending.
        timestamps: T seconds since the video's first frame.
        fps: average frames per second of the chosen frames, above 0; a model that merges two frames into one
            patch has ``2 / fps`` seconds per step in time.
        num_frames: frames of the whole video.
        duration: seconds of the whole video.
        reasons: T sentences that say why each frame was chosen.
    """

    frames: Frames
    indices: tuple[int, ...]
    timestamps: tuple[float, ...]
    fps: float
    num_frames: int
    duration: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class VideoInfo:
    """What a video is, without decoding more than its first frame.

    Attributes:
        num_frames: frames, at least 1.
        fps: average frames per second, above 0.
        duration: seconds.
        width: pixels.
        height: pixels.
    """

    num_frames: int
    fps: float
    duration: float
    width: int
    height: int


def load_video(
    ref: Video | str | Path,
    factor: int | None = None,
    *,
    readers: Sequence[type[FileReader]] = READERS,
    cache: SelectionCache | None = None,
) -> Clip:
    """Decode the frames that ``ref.selector`` chooses between ``ref.start`` and ``ref.end``.

    A file may be anything that FFmpeg reads, or an animated GIF, PNG or WebP; a folder is a video of the pictures
    in it. Frames of a file stand upright.

    Args:
        ref: a ``Video``, or the path of one.
        factor: None leaves the frames as they are and the pixel budget unused; a number makes them smaller or
            larger as they are decoded, to the size of ``resize.frame_size`` with this factor and the budget of
            ``ref``, so that a long video is never held in full size.
        readers: who opens a file, in this order, until one can.
        cache: where clips are kept on disk between runs; None keeps none.

    Raises:
        MediaError: the source is missing, empty, damaged, cut off or without pictures, frames of a list differ in
            size, or nothing lies between start and end; the message names it. With ``on_damage="partial"`` what can
            be read is given where there is any.
    """
    if not isinstance(ref, Video):
        ref = Video(str(ref))
    if cache is None:
        return _with_reader(ref, readers, lambda reader: _load(ref, reader, factor))
    return cache.clip(ref, factor, lambda: load_video(ref, factor, readers=readers), [r.package for r in readers])


def probe_video(source: Video | str | Path, *, readers: Sequence[type[FileReader]] = READERS) -> VideoInfo:
    """Say how long and how large a video is.

    Raises:
        MediaError: it is missing, empty, damaged, cut off or without pictures; the message names it.
    """
    ref = source if isinstance(source, Video) else Video(str(source))

    def info(reader: Reader) -> VideoInfo:
        first = next(reader.read(range(len(reader.times))), None)
        if first is None:
            raise damaged(reader.name, "every frame", "none can be decoded")
        height, width = first[1].shape[:2]
        return VideoInfo(len(reader.times), reader.fps, reader.duration, width, height)

    return _with_reader(ref, readers, info)


def _with_reader(ref: Video, readers: Sequence[type[FileReader]], use: Callable[[Reader], T]) -> T:
    """Open the video with the first reader that can, and use it."""
    troubles: list[MediaError] = []
    for opened in _openings(ref, readers):
        try:
            with opened() as reader:
                return use(reader)
        except CannotOpen as error:
            troubles.append(error)
    # What a reader says of the file tells more than that another one is missing.
    raise MediaError(str(min(troubles, key=lambda error: isinstance(error, NotInstalled | LeftToOthers)))) from None


def _openings(ref: Video, readers: Sequence[type[FileReader]]) -> Iterator[Callable[[], Reader]]:
    """Name the ways to open a video, the best first."""
    from vision_data.animation import Animation
    from vision_data.containers import is_animation, is_playlist
    from vision_data.frame_folder import Pictures, folder_of, frame_files

    name, partial = brief(ref.source), ref.on_damage == "partial"
    if not isinstance(ref.source, str):
        sources = ref.source
        yield lambda: Pictures(sources, ref.fps, name, partial=partial)
        return
    if is_inline(ref.source):
        raise MediaError(f"{name}: a video cannot be given as text; write it to a file and give the path")
    if (folder := folder_of(ref.source)) is not None:
        yield lambda: Pictures(frame_files(folder, name), ref.fps, name, partial=partial)
        return
    path = file_path(ref.source)
    if is_playlist(path):
        raise MediaError(f"{name} is not a video but a list of other files; give one of them")
    if is_animation(path):
        yield lambda: Animation(path, name, partial=partial)
        return
    yield from _file_openings(path, name, partial, readers)


def _file_openings(
    path: Path, name: str, partial: bool, readers: Sequence[type[FileReader]]
) -> Iterator[Callable[[], Reader]]:
    """Name the readers of a file in turn; one that leaves the pixels to another still looks for damage."""
    from vision_data.containers import bytes_missing
    from vision_data.video_backends.checked import CheckedReader

    reluctant: list[type[FileReader]] = []

    def opened(kind: type[FileReader], insist: bool = False) -> Reader:
        try:
            reader = kind(path, name, partial=partial, insist=insist)
        except LeftToOthers:
            reluctant.append(kind)
            raise
        if not partial and (missing := bytes_missing(path)):
            reader.close()
            raise damaged(name, "its end", f"{missing} bytes are missing")
        if reluctant and not insist:
            return CheckedReader(reluctant[0](path, name, partial=partial, insist=True), reader)
        return reader

    for kind in readers:
        yield functools.partial(opened, kind)
    for kind in reluctant:
        yield functools.partial(opened, kind, insist=True)


def _load(ref: Video, reader: Reader, factor: int | None) -> Clip:
    """Choose, decode, transform, resize."""
    chosen, available = _choose(ref, reader)
    numbers = list(chosen.indices)

    def size(shape: tuple[int, ...]) -> tuple[int, int]:
        try:
            return frame_size(shape[0], shape[1], len(numbers), factor or 1, ref.min_pixels, ref.max_pixels)
        except MediaError as error:
            raise MediaError(f"{reader.name}: {error}") from None

    shown = _transformed(reader.read(numbers), ref)
    came, frames = stack(shown, len(numbers), None if factor is None else size, reader.name)
    place = {number: i for i, number in enumerate(numbers)}
    return Clip(
        frames=frames,
        indices=tuple(came),
        timestamps=tuple(reader.times[i] for i in came),
        fps=len(came) / available * reader.fps,
        num_frames=len(reader.times),
        duration=reader.duration,
        reasons=tuple(chosen.reasons[place[i]] for i in came),
    )


def _choose(ref: Video, reader: Reader) -> tuple[Selection, int]:
    """Let the selector choose between start and end.

    Returns:
        The choice, by numbers in the whole video, and how many frames there were to choose from.
    """
    offered = window(reader.times, reader.fps, ref.start, ref.end)
    if not offered:
        raise MediaError(
            f"{reader.name} has no frame between start {ref.start} and end {ref.end} seconds; "
            f"its frames lie between 0 and {reader.times[-1]:.3f}"
        )
    place = {number: i for i, number in enumerate(offered)}

    def look(places: Sequence[int], pixels: int) -> Frames:
        return _seen(reader, [offered[p] for p in places], pixels)

    def inside() -> list[int]:
        return [place[number] for number in reader.keys() or () if number in place]

    keys = None if reader.keys() is None else inside
    picked = select(ref.selector, len(offered), reader.fps, look, [reader.times[i] for i in offered], keys)
    numbers = tuple(offered[i] for i in picked.indices)
    return Selection(numbers, picked.timestamps, picked.reasons, picked.scores), len(offered)


def _seen(reader: Reader, numbers: Sequence[int], pixels: int) -> Frames:
    """Look at frames in small; one that cannot be read looks like the one before it, and is not shown if chosen."""
    found = dict(reader.read(numbers, pixels))
    if not found:
        raise damaged(reader.name, f"{len(numbers)} frames", "none can be decoded")
    last = found[min(found)]
    rows = [last := found.get(number, last) for number in numbers]
    if len({row.shape for row in rows}) > 1:
        raise MediaError(f"{reader.name} has frames of {sorted({r.shape[:2] for r in rows})}, expected one size")
    return np.stack(rows)


def _transformed(frames: Iterator[tuple[int, Frames]], ref: Video) -> Iterator[tuple[int, Frames]]:
    """Apply the video's transforms to every frame as it comes, by its number in the video."""
    if not ref.transforms:
        return frames
    from vision_data.transforms import transformed_frame

    return ((number, transformed_frame(frame, ref.transforms, number)) for number, frame in frames)
