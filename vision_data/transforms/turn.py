"""Mirror a picture or turn it by quarters. Not from a paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vision_data.errors import MediaError
from vision_data.transforms.base import Size, Transform

if TYPE_CHECKING:
    import PIL.Image


@dataclass(frozen=True)
class Flip(Transform):
    """Mirror the picture; what is asked about left and right, or can be read, changes with it. Not from a paper.

    Attributes:
        axis: ``horizontal`` swaps left and right, ``vertical`` top and bottom.

    Raises:
        MediaError: the axis is another word.
    """

    axis: Literal["horizontal", "vertical"] = "horizontal"

    def __post_init__(self) -> None:
        if self.axis not in ("horizontal", "vertical"):
            raise MediaError(f"Flip: axis is {self.axis!r}, expected horizontal or vertical")

    def forward(self, x: float, y: float, size: Size) -> tuple[float, float]:
        """See ``Transform``."""
        return (size[0] - x, y) if self.axis == "horizontal" else (x, size[1] - y)

    def backward(self, x: float, y: float, size: Size) -> tuple[float, float]:
        """See ``Transform``."""
        return self.forward(x, y, size)

    def apply(self, picture: PIL.Image.Image) -> PIL.Image.Image:
        """See ``Transform``."""
        from PIL.Image import Transpose

        return picture.transpose(Transpose.FLIP_LEFT_RIGHT if self.axis == "horizontal" else Transpose.FLIP_TOP_BOTTOM)


@dataclass(frozen=True)
class Rotate(Transform):
    """Turn the picture clockwise. Not from a paper.

    Attributes:
        degrees: 90, 180 or 270.

    Raises:
        MediaError: it is another number.
    """

    degrees: int = 90

    def __post_init__(self) -> None:
        if self.degrees not in (90, 180, 270):
            raise MediaError(f"Rotate: degrees is {self.degrees!r}, expected 90, 180 or 270 (clockwise)")

    def size_after(self, size: Size) -> Size:
        """See ``Transform``."""
        return size if self.degrees == 180 else (size[1], size[0])

    def forward(self, x: float, y: float, size: Size) -> tuple[float, float]:
        """See ``Transform``."""
        width, height = size
        return {90: (height - y, x), 180: (width - x, height - y), 270: (y, width - x)}[self.degrees]

    def backward(self, x: float, y: float, size: Size) -> tuple[float, float]:
        """See ``Transform``."""
        return Rotate(360 - self.degrees).forward(x, y, self.size_after(size))

    def apply(self, picture: PIL.Image.Image) -> PIL.Image.Image:
        """See ``Transform``."""
        from PIL.Image import Transpose

        turns = {90: Transpose.ROTATE_270, 180: Transpose.ROTATE_180, 270: Transpose.ROTATE_90}
        return picture.transpose(turns[self.degrees])
