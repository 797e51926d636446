"""A picture out of focus. Not from a paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vision_data.errors import MediaError
from vision_data.transforms.base import Transform

if TYPE_CHECKING:
    import PIL.Image


@dataclass(frozen=True)
class Blur(Transform):
    """Blur by a Gaussian. Not from a paper.

    Attributes:
        radius: standard deviation in pixels of the picture as it is when the turn comes to this transform; 0 leaves
            the picture as it is.

    Raises:
        MediaError: ``radius`` is negative or not finite.
    """

    radius: float = 4.0

    def __post_init__(self) -> None:
        if not 0 <= self.radius < float("inf"):
            raise MediaError(f"Blur: radius is {self.radius}, expected a finite number of pixels, 0 or more")

    def apply(self, picture: PIL.Image.Image) -> PIL.Image.Image:
        """See ``Transform``."""
        from PIL import ImageFilter

        return picture.filter(ImageFilter.GaussianBlur(self.radius))
