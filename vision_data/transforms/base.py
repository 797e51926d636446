"""What a change of a picture is, and what it does to boxes and points."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vision_data.coordinates import Box, Point, Space
from vision_data.errors import MediaError

if TYPE_CHECKING:
    from typing import Self

    import PIL.Image

Size = tuple[int, int]
"""Width and height in pixels, as PIL gives them."""
Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

MOST_PIXELS = 89_478_485
"""Largest picture that is made: the number beyond which Pillow suspects a decompression bomb."""
SLIVER = 1e-6
"""What is seen of a box for less than this many pixels of a side is not seen."""


@dataclass(frozen=True)
class Transform(ABC):
    """A change of a picture: a frozen value, so that a picture with its changes can be compared and hashed.

    Subclasses write ``apply``, and where places move also ``size_after``, ``forward`` and ``backward``. All fields
    are numbers, texts, boxes, points, spaces, other transforms, or tuples of these.
    """

    def __call__(self, picture: PIL.Image.Image) -> PIL.Image.Image:
        """Change a picture of any mode; the one given stays as it is.

        Returns:
            A new picture of mode RGB.

        Raises:
            MediaError: it is no picture, has no pixels, or would become too large.
        """
        plain = rgb(picture)
        width, height = self.size_after(plain.size)
        if width * height > MOST_PIXELS:
            raise MediaError(
                f"{type(self).__name__} would make a picture of {width}x{height} pixels, expected at most "
                f"{MOST_PIXELS} in all; ask for a smaller one"
            )
        return self.apply(plain)

    @abstractmethod
    def apply(self, picture: PIL.Image.Image) -> PIL.Image.Image:
        """Give the changed picture, always a new one.

        Args:
            picture: of mode RGB, at least 1 by 1; not to be changed.
        """

    def size_after(self, size: Size) -> Size:
        """Give the size that a picture of this size gets."""
        return size

    def forward(self, x: float, y: float, size: Size) -> tuple[float, float]:
        """Say where a place of a picture of this size goes, in pixels before and after; it may lie outside."""
        return x, y

    def backward(self, x: float, y: float, size: Size) -> tuple[float, float]:
        """Say where a place of the changed picture was; ``size`` is that of the picture before the change."""
        return x, y

    def for_frame(self, index: int) -> Self:
        """Give the change of one frame of a video; other than itself only where chance plays a part."""
        return self

    def boxes(self, boxes: Sequence[Box], size: Size, min_seen: float = 0.0) -> list[Box | None]:
        """Map boxes of the original onto the changed picture.

        Args:
            boxes: in any space.
            size: of the picture before the change.
            min_seen: smallest share of a box that must be left in the picture, 0 to 1.

        Returns:
            As many boxes, in pixels of the changed picture, cut at its borders; None for one of which nothing, or
            less than ``min_seen``, is left.
        """
        new = Space(*self.size_after(size))
        mapped = (self._corners(box.to(Space(*size)), size, self.forward) for box in boxes)
        return [_cut(corners, new, min_seen) for corners in mapped]

    def back(self, boxes: Sequence[Box], size: Size) -> list[Box | None]:
        """Map boxes of the changed picture back onto the original, in its pixels.

        Args:
            boxes: in any space of the changed picture.
            size: of the picture before the change.

        Returns:
            As many boxes; None for one that lies outside the original, on a margin that was added.
        """
        new = Space(*self.size_after(size))
        mapped = (self._corners(box.to(new), size, self.backward) for box in boxes)
        return [_cut(corners, Space(*size), 0.0) for corners in mapped]

    def points(self, points: Sequence[Point], size: Size) -> list[Point | None]:
        """Map points of the original onto the changed picture, in its pixels; None for one that is cut off."""
        new = Space(*self.size_after(size))
        return [_kept(self.forward(*point.to(Space(*size)).numbers, size), new) for point in points]

    def points_back(self, points: Sequence[Point], size: Size) -> list[Point | None]:
        """Map points of the changed picture back onto the original, in its pixels; None for one outside it."""
        new = Space(*self.size_after(size))
        return [_kept(self.backward(*point.to(new).numbers, size), Space(*size)) for point in points]

    def _corners(self, box: Box, size: Size, move: Any) -> tuple[float, float, float, float]:
        """Move two opposite corners and put the edges in order."""
        (x1, y1), (x2, y2) = move(box.left, box.top, size), move(box.right, box.bottom, size)
        return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


@dataclass(frozen=True)
class Windowed(Transform):
    """A transform that shows one rectangle of the picture, whole and at another size."""

    @abstractmethod
    def window(self, size: Size) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of what is shown, in pixels of the original; it may reach out of it."""

    def forward(self, x: float, y: float, size: Size) -> tuple[float, float]:
        """See ``Transform``."""
        (left, top, right, bottom), (width, height) = self.window(size), self.size_after(size)
        return (x - left) * width / (right - left), (y - top) * height / (bottom - top)

    def backward(self, x: float, y: float, size: Size) -> tuple[float, float]:
        """See ``Transform``."""
        (left, top, right, bottom), (width, height) = self.window(size), self.size_after(size)
        return left + x * (right - left) / width, top + y * (bottom - top) / height


def rgb(picture: Any) -> PIL.Image.Image:
    """Give a picture as RGB, itself if it is.

    Raises:
        MediaError: it is no PIL image or has no pixels.
    """
    import PIL.Image

    if not isinstance(picture, PIL.Image.Image):
        raise MediaError(f"a transform is given a {type(picture).__name__}, expected a PIL image; see load_image")
    if 0 in picture.size:
        raise MediaError(f"a transform is given a picture of {picture.width}x{picture.height} pixels; leave it out")
    if picture.mode == "RGB":
        return picture
    from vision_data.image import load_image

    return load_image(picture)


def check_colour(name: str, colour: Any) -> Colour:
    """Read red, green and blue.

    Raises:
        MediaError: these are not three whole numbers of 0 to 255.
    """
    values = tuple(colour) if isinstance(colour, list | tuple) else ()
    if len(values) != 3 or not all(type(value) is int and 0 <= value <= 255 for value in values):
        raise MediaError(f"{name}: a colour is {colour!r}, expected three whole numbers of 0 to 255: red, green, blue")
    return values


def check_boxes(name: str, boxes: Any) -> tuple[Box, ...]:
    """Read one box or several.

    Raises:
        MediaError: one is no ``Box``.
    """
    several = (boxes,) if isinstance(boxes, Box) else tuple(boxes)
    for box in several:
        if not isinstance(box, Box):
            raise MediaError(f"{name}: {box!r} is no box, expected Box(left, top, right, bottom, space)")
    return several


def whole_pixels(box: Box, size: Size) -> tuple[int, int, int, int]:
    """Give the smallest rectangle of whole pixels of a picture of this size that holds the box."""
    left, top, right, bottom = box.to(Space(*size)).numbers
    # A float that is a whole number but for rounding must not cost another pixel.
    first = (max(math.floor(edge + SLIVER), 0) for edge in (left, top))
    last = (math.ceil(edge - SLIVER) for edge in (right, bottom))
    (x1, y1), (x2, y2) = first, last
    x1, y1 = min(x1, size[0] - 1), min(y1, size[1] - 1)
    return x1, y1, max(x2, x1 + 1), max(y2, y1 + 1)


def _cut(corners: tuple[float, float, float, float], space: Space, min_seen: float) -> Box | None:
    left, top, right, bottom = corners
    box = Box.clipped(corners, space)
    if box is None or min(box.width, box.height) < SLIVER:
        return None
    return box if box.area >= min_seen * (right - left) * (bottom - top) - SLIVER else None


def _kept(place: tuple[float, float], space: Space) -> Point | None:
    slack = [SLIVER * side for side in (space.width, space.height)]
    inside = -slack[0] <= place[0] <= space.width + slack[0] and -slack[1] <= place[1] <= space.height + slack[1]
    return Point.clipped(place, space) if inside else None
