"""Small copies of frames for selectors to look at."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import PIL.Image

from vision_data.errors import MediaError
from vision_data.frames.footage import Look

Frames = npt.NDArray[np.uint8]


def proxy_size(height: int, width: int, max_pixels: int) -> tuple[int, int]:
    """Find the largest ``(height, width)`` of the same shape with at most ``max_pixels``, never larger than it was.

    A side is at least 1, so a very long strip may overstep the budget.
    """
    if height * width <= max_pixels:
        return height, width
    scale = math.sqrt(max_pixels / (height * width))
    return max(1, int(height * scale)), max(1, int(width * scale))


def shrink(frames: Iterable[Frames], max_pixels: int) -> Frames:
    """Make small copies by averaging areas, one frame at a time.

    Args:
        frames: arrays ``[H, W, 3]`` of uint8, all of one size; an array ``[N, H, W, 3]`` is one such iterable.
        max_pixels: most pixels of a copy.

    Returns:
        ``[N, h, w, 3]`` of uint8.

    Raises:
        MediaError: frames differ in size, or there are none.
    """
    small: list[Frames] = []
    shape: tuple[int, ...] | None = None
    for frame in frames:
        if shape is not None and frame.shape != shape:
            raise MediaError(f"frames of {list(shape)} and {list(frame.shape)}, expected frames of one size")
        shape = frame.shape
        height, width = proxy_size(shape[0], shape[1], max_pixels)
        if (height, width) != shape[:2]:
            picture = PIL.Image.fromarray(frame).resize((width, height), PIL.Image.Resampling.BOX)
            frame = np.asarray(picture)
        small.append(frame)
    if not small:
        raise MediaError("there are no frames to look at; expected at least one")
    return np.stack(small)


def look_in(frames: Frames) -> Look:
    """Make a ``Look`` of frames that are in memory: ``[N, H, W, 3]`` of uint8, RGB."""
    return lambda indices, pixels: shrink((frames[i] for i in indices), pixels)
