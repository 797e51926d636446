"""The frames of a video that lie between two times."""

from __future__ import annotations

import math
from collections.abc import Sequence

# Seconds by which a frame may miss its place: containers round time stamps to 1/1000 s.
SLACK = 1e-3


def window(times: Sequence[float], fps: float, start: float | None, end: float | None) -> list[int]:
    """Number the frames from ``start`` to ``end``, both included; none where nothing lies between them.

    Frames at a steady rate are counted as qwen-vl-utils counts them: from ``ceil(start * fps)`` to
    ``floor(end * fps)``. Where the rate varies, the time stamps decide.

    Args:
        times: seconds of every frame, at least one.
        fps: average frames per second.
        start: seconds, or None for the beginning.
        end: seconds, or None for the end.
    """
    num = len(times)
    if start is None and end is None:
        return list(range(num))
    if is_steady(times, fps):
        first = 0 if start is None else math.ceil(min(start, num / fps) * fps)
        last = num - 1 if end is None else min(math.floor(min(end, num / fps) * fps), num - 1)
        return list(range(first, last + 1))
    low, high = start or 0.0, math.inf if end is None else end
    return [i for i, time in enumerate(times) if low - SLACK <= time <= high + SLACK]


def is_steady(times: Sequence[float], fps: float) -> bool:
    """Tell whether each frame is where its number says, as far as containers can tell."""
    return all(abs(time - i / fps) <= 2 * SLACK for i, time in enumerate(times))
