"""Take parts of a picture, or all of it, out of sight. Not from a paper."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vision_data.coordinates import Box
from vision_data.errors import MediaError
from vision_data.generators.seeds import derive, rng_for
from vision_data.resize import FACTOR
from vision_data.transforms.base import Colour, Transform, check_boxes, check_colour, whole_pixels

if TYPE_CHECKING:
    import PIL.Image


@dataclass(frozen=True)
class Blackout(Transform):
    """Paint the whole picture over: the model is given a picture in which there is nothing to see. Not from a paper.

    Attributes:
        colour: of the paint.

    Raises:
        MediaError: the colour is none.
    """

    colour: Colour = (0, 0, 0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "colour", check_colour("Blackout", self.colour))

    def apply(self, picture: PIL.Image.Image) -> PIL.Image.Image:
        """See ``Transform``."""
        import PIL.Image

        return PIL.Image.new("RGB", picture.size, self.colour)


@dataclass(frozen=True)
class MaskBoxes(Transform):
    """Paint boxes over, or everything else. Not from a paper.

    Attributes:
        regions: boxes in any space; a pixel that one touches counts as inside.
        keep: paint what is outside all boxes instead of what is inside one.
        colour: of the paint.

    Raises:
        MediaError: one is no box, or the colour is none.
    """

    regions: tuple[Box, ...]
    keep: bool = False
    colour: Colour = (0, 0, 0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "regions", check_boxes("MaskBoxes", self.regions))
        object.__setattr__(self, "colour", check_colour("MaskBoxes", self.colour))

    def apply(self, picture: PIL.Image.Image) -> PIL.Image.Image:
        """See ``Transform``."""
        import PIL.Image

        painted = PIL.Image.new("RGB", picture.size, self.colour)
        below, above = (painted, picture) if self.keep else (picture, painted)
        out = below.copy()
        for region in self.regions:
            window = whole_pixels(region, picture.size)
            out.paste(above.crop(window), window[:2])
        return out


@dataclass(frozen=True)
class MaskPatches(Transform):
    """Paint over a share of the squares of a grid, drawn by chance. Not from a paper.

    The grid is that of the picture as it is when the turn comes to this transform, from its left top corner. One
    seed draws the same squares for all pictures of a size.

    Attributes:
        share: of the squares that are painted over, 0 to 1; the nearest whole number of squares.
        patch: side of a square in pixels; 28 is one visual token of Qwen2.5-VL if the picture is not resized after.
        seed: of the draw.
        colour: of the paint.

    Raises:
        MediaError: a number is out of range, or the colour is none.
    """

    share: float = 0.6
    patch: int = FACTOR
    seed: int = 0
    colour: Colour = (0, 0, 0)

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1 or self.patch < 1:
            raise MediaError(
                f"MaskPatches: share {self.share}, patch {self.patch}, expected a share of 0 to 1 and at least 1 pixel"
            )
        object.__setattr__(self, "colour", check_colour("MaskPatches", self.colour))

    def for_frame(self, index: int) -> MaskPatches:
        """Draw other squares for every frame."""
        return replace(self, seed=derive("frame", self.seed, index))

    def apply(self, picture: PIL.Image.Image) -> PIL.Image.Image:
        """See ``Transform``."""
        columns, rows = -(-picture.width // self.patch), -(-picture.height // self.patch)
        drawn = rng_for("patches", self.seed).sample(range(columns * rows), round(self.share * columns * rows))
        out = picture.copy()
        for number in drawn:
            row, column = divmod(number, columns)
            corner = column * self.patch, row * self.patch
            out.paste(self.colour, (*corner, corner[0] + self.patch, corner[1] + self.patch))
        return out
