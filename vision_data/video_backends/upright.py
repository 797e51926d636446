"""Turn the frames of phones and cameras upright."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from av import VideoFrame

Frames = npt.NDArray[np.uint8]


def upright(pixels: Frames, frame: VideoFrame) -> Frames:
    """Apply the display matrix of a frame to its pixels ``[H, W, 3]``: quarter turns and mirrors."""
    data: Any
    for data in frame.side_data:
        if data.type.name == "DISPLAYMATRIX":
            return turned(pixels, struct.unpack("=9i", bytes(memoryview(data))))
    return pixels


def turned(pixels: Frames, matrix: tuple[int, ...]) -> Frames:
    """Turn and mirror pixels as a display matrix says (ISO/IEC 14496-12, 8.3.2); other angles change nothing.

    Args:
        pixels: ``[H, W, C]``.
        matrix: nine numbers a b u c d v x y w; a point moves to (a x + c y, b x + d y).
    """
    a, b, c, d = (np.sign(matrix[i]) for i in (0, 1, 3, 4))
    if abs(matrix[0]) >= abs(matrix[1]):
        b = c = 0
    else:
        a = d = 0
    if not (a and d) and not (b and c):
        return pixels
    if b and c:  # rows become columns
        pixels, across, down = pixels.transpose(1, 0, 2), c, b
    else:
        across, down = a, d
    return np.ascontiguousarray(pixels[:: int(down), :: int(across)])
