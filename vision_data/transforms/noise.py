"""Grain over a picture. Not from a paper."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vision_data.errors import MediaError
from vision_data.generators.seeds import derive
from vision_data.transforms.base import Transform

if TYPE_CHECKING:
    import PIL.Image

# Rows whose noise is held at once.
_ROWS = 64


@dataclass(frozen=True)
class GaussianNoise(Transform):
    """Add noise to every channel of every pixel, independent and normally distributed, then clip to 0 to 255.

    Not from a paper.

    One seed gives one pattern for all pictures of a size; give pictures that are seen together seeds of their own.

    Attributes:
        std: standard deviation, in levels of 255.
        seed: of the pattern.

    Raises:
        MediaError: ``std`` is negative or not finite.
    """

    std: float = 50.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.std < float("inf"):
            raise MediaError(f"GaussianNoise: std is {self.std}, expected a finite number of levels, 0 or more")

    def for_frame(self, index: int) -> GaussianNoise:
        """Give another pattern for every frame."""
        return replace(self, seed=derive("frame", self.seed, index))

    def apply(self, picture: PIL.Image.Image) -> PIL.Image.Image:
        """See ``Transform``."""
        import numpy as np
        import PIL.Image

        # RandomState's stream is fixed for good; that of the newer generators may change with numpy.
        rng = np.random.RandomState(derive("noise", self.seed) % 2**32)
        pixels = np.array(picture)
        for top in range(0, len(pixels), _ROWS):
            rows = pixels[top : top + _ROWS]
            rows[...] = np.clip(np.rint(rows + self.std * rng.standard_normal(rows.shape)), 0, 255).astype(np.uint8)
        return PIL.Image.fromarray(pixels)
