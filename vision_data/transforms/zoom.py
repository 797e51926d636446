"""Look at a part of a picture from nearer. Not from a paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vision_data.coordinates import Box, Space
from vision_data.errors import MediaError
from vision_data.transforms.base import Size, Windowed, check_boxes, whole_pixels

if TYPE_CHECKING:
    import PIL.Image


@dataclass(frozen=True)
class Zoom(Windowed):
    """Show a box with a margin around it, enlarged, its shape kept. Not from a paper.

    Attributes:
        box: what is looked at, in any space.
        margin: added on every side, as a share of the box's width and height; it ends at the picture's border.
        min_side: fewest pixels of the original that are shown across and down, so that a tiny box still shows
            something; a smaller picture is shown whole.
        long_side: pixels of the longer side of the result; None enlarges until the result fills the frame of the
            original picture.

    Raises:
        MediaError: the box is none, or a number is out of range.
    """

    box: Box
    margin: float = 0.1
    min_side: int = 28
    long_side: int | None = None

    def __post_init__(self) -> None:
        check_boxes("Zoom", (self.box,))
        if not 0 <= self.margin < float("inf"):
            raise MediaError(f"Zoom: margin is {self.margin}, expected a finite share of the box, 0 or more")
        if self.min_side < 1 or (self.long_side is not None and self.long_side < 1):
            raise MediaError(f"Zoom: min_side {self.min_side}, long_side {self.long_side}, expected pixels, at least 1")

    def window(self, size: Size) -> tuple[int, int, int, int]:
        """See ``Windowed``; always inside the picture."""
        box = self.box.to(Space(*size))
        left, right = self._reach(box.left, box.right, size[0])
        top, bottom = self._reach(box.top, box.bottom, size[1])
        return whole_pixels(Box(left, top, right, bottom, Space(*size)), size)

    def _reach(self, low: float, high: float, limit: int) -> tuple[float, float]:
        """Widen one axis by the margin and to the smallest side, and push it into the picture."""
        extra = self.margin * (high - low)
        low, high = max(low - extra, 0.0), min(high + extra, float(limit))
        length = min(float(limit), max(high - low, float(self.min_side)))
        low = min(max((low + high - length) / 2, 0.0), limit - length)
        return low, low + length

    def size_after(self, size: Size) -> Size:
        """See ``Transform``."""
        left, top, right, bottom = self.window(size)
        width, height = right - left, bottom - top
        scale = min(size[0] / width, size[1] / height)
        if self.long_side is not None:
            scale = self.long_side / max(width, height)
        return max(1, round(width * scale)), max(1, round(height * scale))

    def apply(self, picture: PIL.Image.Image) -> PIL.Image.Image:
        """See ``Transform``."""
        from PIL.Image import Resampling

        return picture.crop(self.window(picture.size)).resize(self.size_after(picture.size), Resampling.BICUBIC)
