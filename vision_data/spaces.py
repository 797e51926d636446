"""What the numbers of boxes and points are counted in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vision_data.errors import MediaError
from vision_data.resize import FACTOR, smart_resize

System = Literal["original", "resized", "unit", "thousand"]
"""What data sets count boxes in: pixels of the file, pixels of what the model is shown, 0 to 1, or 0 to 1000."""


@dataclass(frozen=True, slots=True, repr=False)
class Space:
    """What numbers are counted in, told by the number that stands for the right and for the bottom edge.

    Pixels of a picture are ``Space(*picture.size)``, pixels of what the model is shown ``Space(...).resized()``;
    shares are ``UNIT``, thousandths ``THOUSAND``.

    Attributes:
        width: x of the right edge, a whole number of at least 1.
        height: y of the bottom edge, a whole number of at least 1.

    Raises:
        MediaError: one is not a whole number of at least 1.
    """

    width: int
    height: int

    def __post_init__(self) -> None:
        for name in ("width", "height"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise MediaError(f"Space: {name} is {value!r}, expected a whole number of at least 1")

    def resized(self, factor: int = FACTOR, min_pixels: int | None = None, max_pixels: int | None = None) -> Space:
        """Give the pixels that a model is shown of a picture with these pixels; see ``smart_resize``."""
        height, width = smart_resize(self.height, self.width, factor, min_pixels, max_pixels)
        return Space(width, height)

    def __repr__(self) -> str:
        return f"Space({self.width}, {self.height})"

    def __str__(self) -> str:
        return f"0 to {self.width} across and 0 to {self.height} down"


UNIT = Space(1, 1)
"""Shares of the picture's sides, 0 to 1."""
THOUSAND = Space(1000, 1000)
"""Thousandths of the picture's sides, 0 to 1000."""


def declared_space(system: System, original: Space, resized: Space | None = None) -> Space:
    """Find the space of a data set's boxes by the word under which it declares them.

    Args:
        system: ``original``, ``resized``, ``unit`` or ``thousand``.
        original: pixels of the picture as it is stored.
        resized: pixels of what the model was shown; needed for ``resized`` alone.

    Raises:
        MediaError: the word is unknown, or ``resized`` is asked for and not given.
    """
    known = {"original": original, "resized": resized, "unit": UNIT, "thousand": THOUSAND}
    if system not in known:
        raise MediaError(f"boxes are declared in {system!r}, expected one of {', '.join(known)}")
    space = known[system]
    if space is None:
        raise MediaError("boxes are declared in pixels of the resized picture; give its size as resized=Space(...)")
    return space
