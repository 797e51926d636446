"""Cut a rectangle out of a picture. Not from a paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vision_data.coordinates import UNIT, Box
from vision_data.errors import MediaError
from vision_data.generators.seeds import rng_for
from vision_data.transforms.base import Size, Windowed, check_boxes, whole_pixels

if TYPE_CHECKING:
    import PIL.Image


@dataclass(frozen=True)
class Crop(Windowed):
    """Keep what lies in a box, whole pixels at their own size. Not from a paper.

    Attributes:
        box: what is kept, in any space; a pixel that it touches is kept.

    Raises:
        MediaError: it is no box.
    """

    box: Box

    def __post_init__(self) -> None:
        check_boxes("Crop", (self.box,))

    @classmethod
    def random(cls, seed: int, smallest: float = 0.8) -> Crop:
        """Draw a crop that keeps between ``smallest`` and 1 of either side, somewhere in the picture.

        Raises:
            MediaError: ``smallest`` is not above 0 and at most 1.
        """
        if not 0 < smallest <= 1:
            raise MediaError(f"Crop: smallest is {smallest}, expected a share of the side above 0 and at most 1")
        rng = rng_for("crop", seed)
        width, height = rng.uniform(smallest, 1), rng.uniform(smallest, 1)
        left, top = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
        return cls(Box(left, top, left + width, top + height, UNIT))

    def window(self, size: Size) -> tuple[int, int, int, int]:
        """See ``Windowed``."""
        return whole_pixels(self.box, size)

    def size_after(self, size: Size) -> Size:
        """See ``Transform``."""
        left, top, right, bottom = self.window(size)
        return right - left, bottom - top

    def apply(self, picture: PIL.Image.Image) -> PIL.Image.Image:
        """See ``Transform``."""
        return picture.crop(self.window(picture.size))
