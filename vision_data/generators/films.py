"""Write frames to an mp4 file that decord, OpenCV and browsers' players of MPEG-4 part 2 read. Not from a paper."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from vision_data.errors import MediaError

Frames = npt.NDArray[np.uint8]


def write_mp4(path: Path, frames: Frames, fps: float) -> Path:
    """Write `[T, H, W, 3]` RGB frames of uint8, height and width even, and give the path.

    Raises:
        MediaError: the frames have another form, or this OpenCV cannot write mp4 there.
    """
    if frames.ndim != 4 or frames.shape[3] != 3 or frames.dtype != np.uint8 or not len(frames):
        raise MediaError(f"{path}: frames are {frames.dtype} {frames.shape}, expected uint8 [T, H, W, 3]")
    height, width = frames.shape[1:3]
    if height % 2 or width % 2:
        raise MediaError(f"{path}: frames are {width}x{height} pixels, mp4 needs even numbers; add or cut a row")
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, (width, height))
    if not writer.isOpened():
        raise MediaError(f"{path}: OpenCV cannot write mp4 there; see that the folder exists and cv2 has FFmpeg")
    for frame in frames:
        writer.write(np.ascontiguousarray(frame[:, :, ::-1]))
    writer.release()
    return path
