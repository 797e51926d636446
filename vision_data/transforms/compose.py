"""Several transforms, one after the other, and their use on frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vision_data.coordinates import Box, Point, Space
from vision_data.errors import MediaError
from vision_data.transforms.base import SLIVER, Size, Transform, rgb

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import PIL.Image


@dataclass(frozen=True)
class Compose(Transform):
    """Apply transforms in order; boxes follow them all. Without any, the picture stays as it is. Not from a paper.

    Attributes:
        transforms: the first is applied first.

    Raises:
        MediaError: one is no transform.
    """

    transforms: tuple[Transform, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "transforms", check_transforms("Compose", self.transforms))

    def apply(self, picture: PIL.Image.Image) -> PIL.Image.Image:
        """See ``Transform``."""
        return transformed(picture, self.transforms) if self.transforms else picture.copy()

    def _sizes(self, size: Size) -> list[Size]:
        """Sizes before each transform, and after the last."""
        sizes = [size]
        for transform in self.transforms:
            sizes.append(transform.size_after(sizes[-1]))
        return sizes

    def size_after(self, size: Size) -> Size:
        """See ``Transform``."""
        return self._sizes(size)[-1]

    def forward(self, x: float, y: float, size: Size) -> tuple[float, float]:
        """See ``Transform``."""
        for transform, before in zip(self.transforms, self._sizes(size), strict=False):
            x, y = transform.forward(x, y, before)
        return x, y

    def backward(self, x: float, y: float, size: Size) -> tuple[float, float]:
        """See ``Transform``."""
        steps = list(zip(self.transforms, self._sizes(size), strict=False))
        for transform, before in reversed(steps):
            x, y = transform.backward(x, y, before)
        return x, y

    def boxes(self, boxes: Sequence[Box], size: Size, min_seen: float = 0.0) -> list[Box | None]:
        """See ``Transform``; what one transform cuts off does not come back into sight by the next."""
        sizes = self._sizes(size)
        seen: list[Box | None] = [box.to(Space(*size)) for box in boxes]
        for transform, before in zip(self.transforms, sizes, strict=False):
            seen = [None if box is None else transform.boxes([box], before)[0] for box in seen]
        whole = [self._corners(box.to(Space(*size)), size, self.forward) for box in boxes]
        return [
            box if box is None or box.area >= min_seen * (right - left) * (bottom - top) - SLIVER else None
            for box, (left, top, right, bottom) in zip(seen, whole, strict=True)
        ]

    def back(self, boxes: Sequence[Box], size: Size) -> list[Box | None]:
        """See ``Transform``."""
        sizes = self._sizes(size)
        seen: list[Box | None] = [box.to(Space(*sizes[-1])) for box in boxes]
        for transform, before in reversed(list(zip(self.transforms, sizes, strict=False))):
            seen = [None if box is None else transform.back([box], before)[0] for box in seen]
        return seen

    def points(self, points: Sequence[Point], size: Size) -> list[Point | None]:
        """See ``Transform``."""
        sizes = self._sizes(size)
        seen: list[Point | None] = [point.to(Space(*size)) for point in points]
        for transform, before in zip(self.transforms, sizes, strict=False):
            seen = [None if point is None else transform.points([point], before)[0] for point in seen]
        return seen

    def points_back(self, points: Sequence[Point], size: Size) -> list[Point | None]:
        """See ``Transform``."""
        sizes = self._sizes(size)
        seen: list[Point | None] = [point.to(Space(*sizes[-1])) for point in points]
        for transform, before in reversed(list(zip(self.transforms, sizes, strict=False))):
            seen = [None if point is None else transform.points_back([point], before)[0] for point in seen]
        return seen

    def for_frame(self, index: int) -> Compose:
        """See ``Transform``."""
        return Compose(tuple(transform.for_frame(index) for transform in self.transforms))


def transformed(picture: PIL.Image.Image, transforms: Sequence[Transform]) -> PIL.Image.Image:
    """Apply transforms to a picture in order; the picture itself as RGB where there are none.

    Raises:
        MediaError: it is no picture, or a transform cannot take it.
    """
    picture = rgb(picture)
    for transform in transforms:
        picture = transform(picture)
    return picture


def transformed_frame(frame: npt.NDArray[np.uint8], transforms: Sequence[Transform], index: int) -> Any:
    """Apply transforms to one frame of a video.

    Args:
        frame: ``[H, W, 3]`` of uint8.
        transforms: in order.
        index: number of the frame in the video, so that noise differs from frame to frame.

    Returns:
        ``[H', W', 3]`` of uint8.

    Raises:
        MediaError: a transform cannot take it.
    """
    import numpy as np
    import PIL.Image

    return np.asarray(Compose(tuple(transforms)).for_frame(index)(PIL.Image.fromarray(frame)))


def check_transforms(name: str, transforms: Any) -> tuple[Transform, ...]:
    """Read one transform or several, each of which can be compared and hashed.

    Raises:
        MediaError: one is no transform, or holds what cannot be hashed.
    """
    several = tuple(transforms) if isinstance(transforms, Iterable) else (transforms,)
    for transform in several:
        if not isinstance(transform, Transform):
            raise MediaError(f"{name}: {transform!r} is no transform, expected one such as Crop(box) or Blur(4.0)")
        try:
            hash(transform)
        except TypeError as error:
            raise MediaError(f"{name}: {transform!r} cannot be hashed ({error}); use tuples, not lists") from None
    return several
