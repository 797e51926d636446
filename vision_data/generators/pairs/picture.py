"""A scene as it was rendered, sharp and clean or not. Not from a paper."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import NormalDist

from PIL import Image, ImageChops, ImageFilter

from vision_data.generators.scenes.scene import Scene, Thing
from vision_data.generators.scenes.scene import render as render_scene
from vision_data.generators.seeds import derive


@dataclass(frozen=True)
class Picture:
    """One rendering.

    Attributes:
        scene: what is on it.
        blur: radius of a Gaussian blur as a share of the picture's side, 0 for none.
        noise: standard deviation of noise in each channel, 0 to 255.
    """

    scene: Scene
    blur: float = 0.0
    noise: float = 0.0

    def edited(self, removed: tuple[Thing, ...], added: tuple[Thing, ...]) -> Picture:
        """The same rendering with other things on it; what stays keeps its pixels, since nothing overlaps."""
        kept = tuple(thing for thing in self.scene.things if thing not in removed)
        things = tuple(sorted((*kept, *added), key=lambda thing: (thing.box[3], thing.box)))
        return replace(self, scene=replace(self.scene, things=things))


def render(picture: Picture) -> Image.Image:
    """The picture, RGB; noise depends on the scene's seed alone."""
    drawn = render_scene(picture.scene)
    if picture.blur:
        drawn = drawn.filter(ImageFilter.GaussianBlur(picture.blur * picture.scene.size))
    return noisy(drawn, picture.noise, picture.scene.seed) if picture.noise else drawn


def noisy(drawn: Image.Image, deviation: float, seed: int) -> Image.Image:
    """The picture with normal noise of this standard deviation in each channel, 0 to 255, drawn by the seed."""
    rng = random.Random(derive("pair noise", seed))
    table = [min(255, max(0, round(128 + deviation * step))) for step in _normal()]
    bands = [Image.frombytes("L", drawn.size, rng.randbytes(drawn.width * drawn.height)).point(table) for _ in range(3)]
    return ImageChops.add(drawn, Image.merge("RGB", bands), scale=1, offset=-128)


@lru_cache(maxsize=1)
def _normal() -> tuple[float, ...]:
    """The standard normal at 256 evenly spaced quantiles: what a random byte stands for."""
    return tuple(NormalDist().inv_cdf((byte + 0.5) / 256) for byte in range(256))
