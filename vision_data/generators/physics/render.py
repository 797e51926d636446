"""Draw a physics world from above with OpenCV. Not from a paper."""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from vision_data.errors import MediaError
from vision_data.generators.films import Frames, write_mp4
from vision_data.generators.physics.spec import COLOURS
from vision_data.generators.physics.world import World

Colour = tuple[int, ...]
Outline = npt.NDArray[np.float64]

_TABLE = (238, 236, 230)
_SHIFT = 4  # OpenCV takes sixteenths of a pixel
_LIGHT = (-0.26, -0.30)


def film(world: World, path: Path) -> Path:
    """Write the video as mp4 and give its path.

    Raises:
        MediaError: OpenCV cannot write there.
    """
    return write_mp4(path, frames(world), world.level.fps)


def frames(world: World) -> Frames:
    """All frames, `[T, size, size, 3]` of uint8, RGB; frame i shows second i / fps."""
    history = world.simulate()
    size, fine = world.level.size, 4 if world.level.size < 300 else 2
    drawn = np.empty((world.level.frames, size, size, 3), np.uint8)
    for at in range(world.level.frames):
        canvas = np.full((size * fine, size * fine, 3), _TABLE, np.uint8)
        for number, body in enumerate(world.bodies):
            state = history.state(number, at / world.level.fps)
            if state is not None:
                _draw(canvas, state[0], world.level.radius, fine, (body.colour, body.kind, body.material))
        drawn[at] = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA)
    return drawn


def render(world: World, frame: int = 0) -> Image.Image:
    """One frame as a picture.

    Raises:
        MediaError: there is no such frame.
    """
    if not 0 <= frame < world.level.frames:
        raise MediaError(f"physics video: frame must be 0 to {world.level.frames - 1}, got {frame}")
    return Image.fromarray(frames(world)[frame])


@lru_cache
def _outline(kind: str) -> Outline:
    """Corners `[64, 2]` of a shape around 0 that stands for a disc of radius 1.

    Square and triangle have round corners that reach little beyond the disc and sides that lie little inside it, so
    that two objects which collide are seen to touch.
    """
    angles = np.arange(64) * (2 * math.pi / 64)
    round_ = np.stack([np.cos(angles), np.sin(angles)], 1)
    if kind == "circle":
        return round_
    if kind == "square":
        return np.asarray(0.89 * round_ / (np.abs(round_) ** 4.6).sum(1, keepdims=True) ** (1 / 4.6))
    corners = np.array([[math.cos(turn), math.sin(turn)] for turn in (math.pi / 6, 5 * math.pi / 6, 3 * math.pi / 2)])
    nearest = corners[np.argmax(round_ @ corners.T, axis=1)]
    return np.asarray(0.76 * nearest + 0.36 * round_)


def _draw(
    canvas: npt.NDArray[np.uint8], place: tuple[float, float], radius: float, fine: int, look: tuple[str, str, str]
) -> None:
    colour, kind, material = look
    side = canvas.shape[0]
    rgb, outline = COLOURS[colour], _outline(kind)

    def fill(scale: float, shade: Colour, push: float = 0.0) -> None:
        points = (np.array(place) + radius * (scale * outline + push * np.array(_LIGHT))) * side - 0.5
        cv2.fillPoly(canvas, [np.round(points * 2**_SHIFT).astype(np.int32)], shade, cv2.LINE_8, _SHIFT)

    rim = 1.2 * fine / (radius * side)
    fill(1.0, _mix(rgb, (0, 0, 0), 0.45))
    fill(1 - rim, rgb)
    if material == "shiny":
        for step in range(1, 6):
            fill((1 - rim) * (1 - 0.14 * step), _mix(rgb, (255, 255, 255), 0.1 * step), 0.2 * step)
        fill(0.24, (255, 255, 255), 1.25)


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
