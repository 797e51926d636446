"""Films to measure with."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np


def film(path: Path, width: int, height: int, seconds: int, seed: int = 0, fps: int = 30, codec: str = "mpeg4") -> Path:
    """A camera that moves over a coloured ground, and a ball."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (height // 8, width // 8, 3), dtype=np.uint8)
    ground = cv2.resize(coarse, (2 * width, 2 * height), interpolation=cv2.INTER_CUBIC)
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=fps, options={"preset": "veryfast"} if codec == "libx264" else {})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = 4_000_000
        for i in range(fps * seconds):
            frame = ground[i % height :, i % width :][:height, :width].copy()
            at = (int(width * (0.5 + 0.3 * np.cos(i / 30))), int(height * (0.5 + 0.3 * np.sin(i / 20))))
            cv2.circle(frame, at, height // 12, (255, 200, 0), -1)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        file.mux(stream.encode())
    return path
