"""What can be measured on frames: arithmetic on ``[N, h, w, 3]`` of uint8, RGB."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Frames = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]


def luma(frames: Frames) -> npt.NDArray[np.float32]:
    """Brightness ``[N, h, w]`` in 0 to 255 (ITU-R BT.601)."""
    return frames.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)


def thumbnails(frames: Frames, side: int) -> Floats:
    """Mean colour of each cell of a ``side`` by ``side`` grid: ``[N, side, side, 3]`` in 0 to 1.

    A frame with fewer pixels than cells repeats some of them.
    """
    height, width = frames.shape[1:3]
    rows, columns = (np.arange(side) * height // side, np.arange(side) * width // side)
    sums = np.add.reduceat(np.add.reduceat(frames.astype(np.float64), rows, axis=1), columns, axis=2)
    tall = np.maximum(np.diff(rows, append=height), 1)
    wide = np.maximum(np.diff(columns, append=width), 1)
    return np.asarray(sums / (tall[:, None] * wide)[None, :, :, None] / 255)


def steps(values: npt.NDArray[np.floating]) -> Floats:
    """Mean absolute difference from each frame to the one before: ``[N, ...]`` to ``[N]``, 0 for the first."""
    change = np.zeros(len(values))
    for i in range(1, len(values)):
        change[i] = np.abs(values[i] - values[i - 1]).mean(dtype=np.float64)
    return change


def sharpness(grey: npt.NDArray[np.float32]) -> Floats:
    """Variance of the Laplacian (4 neighbours, inner pixels): ``[N, h, w]`` to ``[N]``, at least 0.

    A frame under 3 pixels high or wide has sharpness 0.
    """
    if min(grey.shape[1:]) < 3:
        return np.zeros(len(grey))
    found = np.empty(len(grey))
    for i, picture in enumerate(grey.astype(np.float64)):
        inner = picture[1:-1, 1:-1]
        around = picture[:-2, 1:-1] + picture[2:, 1:-1] + picture[1:-1, :-2] + picture[1:-1, 2:]
        found[i] = (around - 4 * inner).var()
    return found


def entropy(frames: Frames) -> Floats:
    """Shannon entropy of the 256 intensities in bits, mean over R, G and B: ``[N]`` in 0 to 8 (arXiv:2506.01300)."""
    found = np.empty(len(frames))
    for i, frame in enumerate(frames):
        bits = 0.0
        for channel in range(3):
            counts = np.bincount(frame[..., channel].reshape(-1), minlength=256)
            shares = counts[counts > 0] / counts.sum()
            bits -= float((shares * np.log2(shares)).sum())
        found[i] = bits / 3
    return found
