"""Small videos of many kinds, written by PyAV: frame ``i`` shows a place in a picture that no other frame shows."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

WIDTH, HEIGHT = 96, 64


def picture(number: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """A window that moves over soft blobs of colour."""
    coarse = np.random.default_rng(7).integers(0, 256, (12, 60, 3), dtype=np.uint8)
    ground = PIL.Image.fromarray(coarse).resize((5 * width, height), PIL.Image.Resampling.BICUBIC)
    left = 3 * number % (4 * width)
    return np.asarray(ground)[:, left : left + width].copy()


def encode(
    path: Path,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    *,
    num: int = 36,
    rate: Fraction | int = 12,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    times: Sequence[int] | None = None,
    options: Mapping[str, str] | None = None,
    container: Mapping[str, str] | None = None,
    turn: int | None = None,
    tags: Mapping[str, int] | None = None,
) -> Path:
    """Write a video.

    Args:
        path: its ending names the container.
        codec: the encoder.
        pixels: the pixel format.
        num: frames.
        rate: frames per second.
        size: width and height.
        times: milliseconds of each frame; None for a steady rate.
        options: of the encoder.
        container: options of the container.
        turn: degrees, in the display matrix.
        tags: attributes of the codec context, such as colorspace.
    """
    if codec.startswith("libvpx") and "decord" in sys.modules:
        # Where decord was loaded first, its libvpx is found in the place of PyAV's, and cannot encode for it.
        told = {"codec": codec, "pixels": pixels, "num": num, "size": size, "times": times, "options": options}
        code = (
            "import json, sys; from pathlib import Path; from fractions import Fraction\n"
            "from tests.vision_data.make_videos import encode\n"
            "path, rate, container, told = json.load(sys.stdin)\n"
            "encode(Path(path), rate=Fraction(rate), container=container, **told)"
        )
        given = json.dumps([str(path), str(rate), dict(container or {}), told])
        subprocess.run([sys.executable, "-c", code], input=given, text=True, check=True)
        return path
    import av

    settings = {"threads": "1", "g": "12", **(options or {})}
    with av.open(str(path), "w", options=dict(container or {})) as file:
        stream: Any = file.add_stream(codec, rate=rate, options=settings)
        stream.width, stream.height, stream.pix_fmt = *size, pixels
        for name, value in (tags or {}).items():
            setattr(stream.codec_context, name, value)
        if times is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        if turn is not None:
            stream.set_display_rotation(turn)
        for i in range(num):
            frame = av.VideoFrame.from_ndarray(picture(i, *size), format="rgb24").reformat(format=pixels)
            if times is not None:
                frame.pts, frame.time_base = times[i], Fraction(1, 1000)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


def every_frame(path: Path) -> list[np.ndarray]:
    """All frames by PyAV, one after the other, in order of showing."""
    import av

    with av.open(str(path)) as file:
        return [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]


def animated(kind: str, num: int = 6, seconds: Sequence[float] | float = 0.08) -> bytes:
    """A GIF, PNG or WEBP whose picture ``i`` is one shade of grey."""
    shades = [PIL.Image.new("RGB", (24, 16), (40 * i % 256,) * 3) for i in range(num)]
    shown = [round(1000 * s) for s in seconds] if isinstance(seconds, Sequence) else round(1000 * seconds)
    buffer = io.BytesIO()
    options: dict[str, Any] = {"lossless": True} if kind == "WEBP" else {}
    shades[0].save(buffer, kind, save_all=True, append_images=shades[1:], duration=shown, **options)
    return buffer.getvalue()
