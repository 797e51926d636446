"""Read the chosen frames of a video, and nothing else of it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vision_data.errors import MediaError
from vision_data.frames.selection import select
from vision_data.frames.shrink import shrink
from vision_data.image import load_image
from vision_data.media import Image, Video, brief
from vision_data.resize import frame_size
from vision_data.sources import file_path, is_inline

Frames = npt.NDArray[np.uint8]

# Full-size frames held at once while they are made smaller.
_CHUNK = 16
# Seconds by which a frame may miss the edge of the window: containers round time stamps to 1/1000 s.
_SLACK = 1e-3


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


def load_video(ref: Video | str | Path, factor: int | None = None) -> Clip:
    """Decode the frames that ``ref.selector`` chooses between ``ref.start`` and ``ref.end``.

    Args:
        ref: a ``Video``, or the path of one.
        factor: None leaves the frames as they are and the pixel budget unused; a number makes them smaller or
            larger as they are decoded, to the size of ``resize.frame_size`` with this factor and the budget of
            ``ref``, so that a long video is never held in full size.

    Raises:
        MediaError: the file is missing, empty, damaged or without pictures, frames of a list differ in size, or
            nothing lies between start and end; the message names it.
    """
    if not isinstance(ref, Video):
        ref = Video(str(ref))
    if isinstance(ref.source, str):
        return _load_file(ref, ref.source, factor)
    sources = ref.source
    times = [i / ref.fps for i in range(len(sources))]

    def decode(numbers: Sequence[int]) -> Iterable[Frames]:
        return (np.array(load_image(Image(sources[i]))) for i in numbers)

    chosen, available, reasons = _choose(ref, times, ref.fps, decode)
    decoded = decode(chosen)
    frames = _stack(_transformed(decoded, chosen, ref), len(chosen), ref, factor)
    return Clip(
        frames=frames,
        indices=tuple(chosen),
        timestamps=tuple(times[i] for i in chosen),
        fps=len(chosen) / available * ref.fps,
        num_frames=len(times),
        duration=len(times) / ref.fps,
        reasons=reasons,
    )


def probe_video(source: str | Path) -> VideoInfo:
    """Say how long and how large the video in a file is.

    Raises:
        MediaError: the file is missing, empty, damaged or without pictures; the message names it.
    """
    ref = Video(str(source))
    name = brief(ref.source)
    reader, fps = _open(str(ref.source))
    height, width = _guarded(name, lambda: reader[0].shape[:2])
    return VideoInfo(len(reader), fps, len(reader) / fps, int(width), int(height))


def _load_file(ref: Video, source: str, factor: int | None) -> Clip:
    name = brief(source)
    reader, fps = _open(source)
    spans = _guarded(name, lambda: reader.get_frame_timestamp(list(range(len(reader)))))
    times = [round(float(begin), 5) for begin in spans[:, 0] - spans[0, 0]]

    def decode(numbers: Sequence[int]) -> Iterable[Frames]:
        chunks = (list(numbers[i : i + _CHUNK]) for i in range(0, len(numbers), _CHUNK))
        return (frame for chunk in chunks for frame in _decode(reader, chunk, name))

    chosen, available, reasons = _choose(ref, times, fps, decode, lambda: reader.get_key_indices())
    decoded = decode(chosen)
    return Clip(
        frames=_stack(_transformed(decoded, chosen, ref), len(chosen), ref, factor),
        indices=tuple(chosen),
        timestamps=tuple(times[i] for i in chosen),
        fps=len(chosen) / available * fps,
        num_frames=len(reader),
        duration=len(reader) / fps,
        reasons=reasons,
    )


def _open(source: str) -> tuple[Any, float]:
    """Open a file by decord; return the reader and its average frames per second."""
    name = brief(source)
    if is_inline(source):
        raise MediaError(f"{name}: a video cannot be given as text; write it to a file and give the path")
    path = file_path(source)
    try:
        import decord
    except ImportError:
        raise MediaError(
            f"{name} cannot be read because decord is not installed; pip install decord, or give a list of frames"
        ) from None
    # One thread is as fast as several when frames are picked sparsely, and loaders run side by side. Without a
    # limit decord would put a neighbour in the place of a frame that it cannot decode and say nothing.
    reader = _guarded(name, lambda: decord.VideoReader(str(path), num_threads=1, fault_tol=1e-6))
    fps = float(_guarded(name, reader.get_avg_fps))
    if not 0 < fps < math.inf:
        raise MediaError(f"{name} says it has {fps} frames per second; convert it to mp4 again")
    return reader, fps


def _decode(reader: Any, indices: list[int], name: str) -> Frames:
    batch = _guarded(name, lambda: reader.get_batch(indices))
    # Another library may have told decord to hand out torch tensors.
    return np.asarray(batch.asnumpy() if hasattr(batch, "asnumpy") else batch, dtype=np.uint8)


def _guarded(name: str, call: Callable[[], Any]) -> Any:
    """Run one call into decord and put its complaints into words."""
    import decord

    try:
        return call()
    except (decord.DECORDError, decord.DECORDLimitReachedError, RuntimeError, AssertionError) as error:
        text = str(error).strip()
        if "st_nb" in text:
            raise MediaError(f"{name} has no pictures, only sound; give a video, or leave the record out") from None
        line = text.splitlines()[0] if text else "no frames"
        reason = "unreadable" if line.startswith("Error reading") else re.sub(r"\[[\d:]+\] \S+?:\d+: ", "", line)[:160]
        raise MediaError(
            f"{name} is not a video, or it is damaged or cut off ({reason}); "
            "copy the file again, convert it to mp4 (H.264), or leave the record out"
        ) from None


def _choose(
    ref: Video,
    times: Sequence[float],
    fps: float,
    decode: Callable[[Sequence[int]], Iterable[Frames]],
    keys: Callable[[], Sequence[int]] | None = None,
) -> tuple[list[int], int, tuple[str, ...]]:
    """Let the selector choose between start and end.

    Args:
        ref: the video.
        times: seconds of every frame.
        fps: average frames per second.
        decode: reads frames by their numbers, for selectors that look.
        keys: numbers of the frames that the file stores whole; None where each of them is.

    Returns:
        Numbers of the chosen frames, how many there were to choose from, and a reason for each.
    """
    first, last = ref.start or 0.0, math.inf if ref.end is None else ref.end
    window = [i for i, time in enumerate(times) if first - _SLACK <= time <= last + _SLACK]
    if not window:
        raise MediaError(
            f"{brief(ref.source)} has no frame between start {ref.start} and end {ref.end} seconds; "
            f"its frames lie between 0 and {times[-1]:.3f}"
        )
    place = {number: i for i, number in enumerate(window)}

    def look(places: Sequence[int], pixels: int) -> Frames:
        return shrink(decode([window[p] for p in places]), pixels)

    def inside() -> list[int]:
        return [place[int(number)] for number in keys() if int(number) in place] if keys is not None else []

    picked = select(ref.selector, len(window), fps, look, [times[i] for i in window], inside if keys else None)
    return [window[i] for i in picked.indices], len(window), picked.reasons


def _transformed(decoded: Iterable[Frames], chosen: Sequence[int], ref: Video) -> Iterable[Frames]:
    """Apply the video's transforms to every frame as it comes, by its number in the video."""
    if not ref.transforms:
        return decoded
    from vision_data.transforms import transformed_frame

    return (transformed_frame(frame, ref.transforms, index) for index, frame in zip(chosen, decoded, strict=False))


def _stack(decoded: Iterable[Frames], count: int, ref: Video, factor: int | None) -> Frames:
    """Put ``count`` frames into one array, each resized as it comes."""
    rows: Frames | None = None
    shape: tuple[int, ...] = ()
    for number, frame in enumerate(decoded):
        if rows is None:
            shape = frame.shape
            size = shape[:2] if factor is None else _size(shape, count, ref, factor)
            rows = np.empty((count, *size, 3), np.uint8)
        if frame.shape != shape:
            raise MediaError(
                f"{brief(ref.source)}: chosen frame {number} has {frame.shape[1]}x{frame.shape[0]} pixels and the "
                f"first {shape[1]}x{shape[0]}; expected frames of one size"
            )
        _resize(frame, into=rows[number])
    if rows is None:
        raise MediaError(f"{brief(ref.source)} gave none of the {count} chosen frames; write the video again")
    return rows


def _size(shape: tuple[int, ...], count: int, ref: Video, factor: int) -> tuple[int, int]:
    try:
        return frame_size(shape[0], shape[1], count, factor, ref.min_pixels, ref.max_pixels)
    except MediaError as error:
        raise MediaError(f"{brief(ref.source)}: {error}") from None


def _resize(frame: Frames, into: Frames) -> None:
    """Resize as qwen-vl-utils does, to the bit: bicubic with antialiasing in single precision, then rounded."""
    if frame.shape == into.shape:
        into[...] = frame
        return
    import torch

    planes = torch.from_numpy(frame).permute(2, 0, 1)[None].float()
    sized = torch.nn.functional.interpolate(planes, into.shape[:2], mode="bicubic", antialias=True)
    torch.from_numpy(into).copy_(sized[0].clamp_(0, 255).round_().permute(1, 2, 0))
