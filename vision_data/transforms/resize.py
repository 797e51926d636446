"""Show the whole picture at another size. Not from a paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vision_data.errors import MediaError
from vision_data.resize import FACTOR, smart_resize
from vision_data.transforms.base import Colour, Size, Windowed, check_colour

if TYPE_CHECKING:
    import PIL.Image


@dataclass(frozen=True)
class Resize(Windowed):
    """Show the whole picture at a given size, bicubic; its shape changes with it. Not from a paper.

    Attributes:
        width: pixels, at least 1.
        height: pixels, at least 1.

    Raises:
        MediaError: a side is under 1.
    """

    width: int
    height: int

    def __post_init__(self) -> None:
        _check_sides("Resize", self.width, self.height)

    def window(self, size: Size) -> tuple[float, float, float, float]:
        """See ``Windowed``."""
        return 0, 0, size[0], size[1]

    def size_after(self, size: Size) -> Size:
        """See ``Transform``."""
        return self.width, self.height

    def apply(self, picture: PIL.Image.Image) -> PIL.Image.Image:
        """See ``Transform``."""
        return _resized(picture, self.size_after(picture.size))


@dataclass(frozen=True)
class SmartResize(Windowed):
    """Show the whole picture at the size that the model would give it; see ``smart_resize``. Not from a paper.

    Attributes:
        factor: both sides of the result are multiples of it.
        min_pixels: fewest pixels, or None for the default of ``smart_resize``.
        max_pixels: most pixels, or None for the default of ``smart_resize``.
    """

    factor: int = FACTOR
    min_pixels: int | None = None
    max_pixels: int | None = None

    def window(self, size: Size) -> tuple[float, float, float, float]:
        """See ``Windowed``."""
        return 0, 0, size[0], size[1]

    def size_after(self, size: Size) -> Size:
        """See ``Transform``."""
        height, width = smart_resize(size[1], size[0], self.factor, self.min_pixels, self.max_pixels)
        return width, height

    def apply(self, picture: PIL.Image.Image) -> PIL.Image.Image:
        """See ``Transform``."""
        return _resized(picture, self.size_after(picture.size))


@dataclass(frozen=True)
class Letterbox(Windowed):
    """Show the whole picture as large as fits into a given frame, its shape kept, on a plain ground. Not from a paper.

    Attributes:
        width: pixels of the frame, at least 1.
        height: pixels of the frame, at least 1.
        colour: of the margins.

    Raises:
        MediaError: a side is under 1, or the colour is none.
    """

    width: int
    height: int
    colour: Colour = (0, 0, 0)

    def __post_init__(self) -> None:
        _check_sides("Letterbox", self.width, self.height)
        object.__setattr__(self, "colour", check_colour("Letterbox", self.colour))

    def _inner(self, size: Size) -> tuple[int, int, int, int]:
        """Left, top, width and height of the picture in the frame."""
        scale = min(self.width / size[0], self.height / size[1])
        width, height = (min(max(1, round(a * scale)), b) for a, b in zip(size, (self.width, self.height), strict=True))
        return (self.width - width) // 2, (self.height - height) // 2, width, height

    def window(self, size: Size) -> tuple[float, float, float, float]:
        """See ``Windowed``; it reaches out of the picture by the margins."""
        left, top, width, height = self._inner(size)
        across, down = size[0] / width, size[1] / height
        return -left * across, -top * down, (self.width - left) * across, (self.height - top) * down

    def size_after(self, size: Size) -> Size:
        """See ``Transform``."""
        return self.width, self.height

    def apply(self, picture: PIL.Image.Image) -> PIL.Image.Image:
        """See ``Transform``."""
        import PIL.Image

        left, top, width, height = self._inner(picture.size)
        frame = PIL.Image.new("RGB", (self.width, self.height), self.colour)
        frame.paste(_resized(picture, (width, height)), (left, top))
        return frame


def _check_sides(name: str, width: int, height: int) -> None:
    if not (isinstance(width, int) and isinstance(height, int)) or min(width, height) < 1:
        raise MediaError(f"{name}: width {width!r}, height {height!r}, expected whole numbers of pixels, at least 1")


def _resized(picture: PIL.Image.Image, size: Size) -> PIL.Image.Image:
    from PIL.Image import Resampling

    return picture.resize(size, Resampling.BICUBIC)
