"""Sizes that a patch grid can take, within a budget of pixels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vision_data.errors import MediaError

if TYPE_CHECKING:
    import PIL.Image

FACTOR = 28
"""Pixels per side of one visual token of Qwen2-VL and Qwen2.5-VL: patch 14, merged 2 by 2."""
MIN_TOKENS, MAX_TOKENS = 4, 16384
"""Visual tokens of one image: ``preprocessor_config.json`` of Qwen2.5-VL (3136 and 12845056 pixels)."""
FRAME_MIN_TOKENS, FRAME_MAX_TOKENS = 128, 768
"""Visual tokens of one video frame: the defaults of qwen-vl-utils."""
MAX_RATIO = 200
"""Longest side over shortest, in the image processor of Qwen2-VL."""


def smart_resize(
    height: int, width: int, factor: int = FACTOR, min_pixels: int | None = None, max_pixels: int | None = None
) -> tuple[int, int]:
    """Find the size nearest to ``height`` by ``width`` that is a grid of ``factor`` and fits the budget.

    The numbers are those of the image processor of Qwen2-VL in transformers. qwen-vl-utils gives the same except
    for a side under half a ``factor``, and where the budget would leave a side at 0.

    Args:
        height: pixels, at least 1.
        width: pixels, at least 1.
        factor: both sides of the result are multiples of it.
        min_pixels: fewest pixels; None means 4 squares of ``factor``.
        max_pixels: most pixels; None means 16384 squares of ``factor``. A budget too small for the shape is
            overstepped where a side would otherwise fall under ``factor``.

    Returns:
        ``(height, width)``.

    Raises:
        MediaError: a side is not positive, the sides differ more than 200 times, or the budget is empty.
    """
    low = MIN_TOKENS * factor**2 if min_pixels is None else min_pixels
    high = MAX_TOKENS * factor**2 if max_pixels is None else max_pixels
    _check(height, width, factor, low, high)
    rows, columns = round(height / factor), round(width / factor)
    if rows * columns * factor**2 > high:
        shrink = math.sqrt(height * width / high)
        rows = max(1, math.floor(height / shrink / factor))
        columns = max(1, math.floor(width / shrink / factor))
    elif rows * columns * factor**2 < low:
        grow = math.sqrt(low / (height * width))
        rows, columns = math.ceil(height * grow / factor), math.ceil(width * grow / factor)
    return rows * factor, columns * factor


def _check(height: int, width: int, factor: int, low: int, high: int) -> None:
    """Refuse a shape or a budget for which there is no size."""
    if factor < 1 or not 1 <= low <= high:
        raise MediaError(
            f"resizing by factor {factor} to between {low} and {high} pixels, expected factor >= 1 and "
            "1 <= min_pixels <= max_pixels"
        )
    if min(height, width) < 1:
        raise MediaError(f"an image of {width}x{height} pixels has nothing to show; leave the record out")
    if max(height, width) / min(height, width) > MAX_RATIO:
        raise MediaError(
            f"an image of {width}x{height} pixels is more than {MAX_RATIO} times as long as wide; "
            "crop it or cut it into pieces"
        )


def fit(
    image: PIL.Image.Image, factor: int = FACTOR, min_pixels: int | None = None, max_pixels: int | None = None
) -> PIL.Image.Image:
    """Resize an image to the size of ``smart_resize``, bicubic; the image itself where nothing changes.

    Args:
        image: any PIL image.
        factor: see ``smart_resize``.
        min_pixels: see ``smart_resize``.
        max_pixels: see ``smart_resize``.

    Raises:
        MediaError: see ``smart_resize``.
    """
    from PIL.Image import Resampling

    height, width = smart_resize(image.height, image.width, factor, min_pixels, max_pixels)
    return image if image.size == (width, height) else image.resize((width, height), Resampling.BICUBIC)


def frame_size(
    height: int,
    width: int,
    num_frames: int,
    factor: int = FACTOR,
    min_pixels: int | None = None,
    max_pixels: int | None = None,
    total_pixels: int | None = None,
) -> tuple[int, int]:
    """Find the size of each frame of a video, as qwen-vl-utils does.

    Args:
        height: pixels of a frame.
        width: pixels of a frame.
        num_frames: frames that are shown, at least 1.
        factor: see ``smart_resize``.
        min_pixels: fewest pixels of one frame; None means 128 squares of ``factor``, or ``max_pixels`` if smaller.
        max_pixels: most pixels of one frame; None means 768 squares of ``factor``.
        total_pixels: most pixels of all frames together, two frames counting as one because they share a patch;
            None means 115200 squares of ``factor`` (128000 tokens of context, nine tenths of it for pictures).

    Returns:
        ``(height, width)``.

    Raises:
        MediaError: there is no frame, or see ``smart_resize``.
    """
    if num_frames < 1:
        raise MediaError(f"a video of {num_frames} frames has nothing to show, expected at least 1 frame")
    area = factor**2
    if min_pixels is None:
        min_pixels = FRAME_MIN_TOKENS * area if max_pixels is None else min(FRAME_MIN_TOKENS * area, max_pixels)
    total = 115200 * area if total_pixels is None else total_pixels
    share = max(min(FRAME_MAX_TOKENS * area, total * 2 // num_frames), int(min_pixels * 1.05))
    most = share if max_pixels is None else min(max_pixels, share)
    return smart_resize(height, width, factor, min_pixels, most)
