"""Boxes with labels on a picture, to be looked at by people or by a model. Not from a paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vision_data.coordinates import Box
from vision_data.errors import MediaError
from vision_data.transforms.base import Colour, Size, Transform, check_boxes, check_colour, whole_pixels

if TYPE_CHECKING:
    import PIL.Image

    from vision_data.transforms.tags import Rect, Tag


@dataclass(frozen=True)
class DrawBoxes(Transform):
    """Draw boxes as coloured frames, each with a label beside it. Not from a paper.

    Attributes:
        regions: boxes in any space.
        labels: one text for each box, empty for none; or no texts at all.
        colours: given to the boxes in turn; none means a palette of ten.
        width: pixels of the line, or None for one in proportion to the picture.
        font: path of a font file for labels; None has Latin, Greek and Cyrillic letters.

    Raises:
        MediaError: labels and boxes differ in number, or a field is none of this.
    """

    regions: tuple[Box, ...]
    labels: tuple[str, ...] = ()
    colours: tuple[Colour, ...] = ()
    width: int | None = None
    font: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "regions", check_boxes("DrawBoxes", self.regions))
        object.__setattr__(self, "labels", check_labels("DrawBoxes", self.labels, len(self.regions)))
        object.__setattr__(self, "colours", tuple(check_colour("DrawBoxes", colour) for colour in self.colours))
        if self.width is not None and (not isinstance(self.width, int) or self.width < 1):
            raise MediaError(f"DrawBoxes: width is {self.width!r}, expected a whole number of pixels, at least 1")

    def apply(self, picture: PIL.Image.Image) -> PIL.Image.Image:
        """See ``Transform``."""
        from vision_data.transforms import tags

        out = picture.copy()
        colours = self.colours or tags.PALETTE
        rects = [whole_pixels(region, out.size) for region in self.regions]
        line = self.width or line_width(out.size)
        for number, rect in enumerate(rects):
            tags.outline(out, rect, colours[number % len(colours)], line)
        taken: list[Rect] = []
        for number, (rect, label) in enumerate(zip(rects, self.labels, strict=False)):
            if not label.strip():
                continue
            tag = tags.make_tag(label, tags.font_size(out.size), out.size, self.font)
            others = rects[:number] + rects[number + 1 :]
            left, top = tags.place(tag, _beside(rect, tag), out.size, taken, others)
            taken.append((left, top, left + tag.width, top + tag.height))
            tags.draw_tag(out, tag, (left, top), colours[number % len(colours)])
        return out


def line_width(size: Size) -> int:
    """Lines in proportion to the picture's shorter side, at least 2 pixels."""
    return max(2, round(min(size) / 200))


def check_labels(name: str, labels: object, wanted: int) -> tuple[str, ...]:
    """Read as many texts as there are boxes, or none.

    Raises:
        MediaError: they are something else.
    """
    texts = tuple(labels) if isinstance(labels, list | tuple) else ()
    if not isinstance(labels, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise MediaError(f"{name}: labels are {labels!r}, expected a tuple of texts")
    if texts and len(texts) != wanted:
        raise MediaError(f"{name}: {len(texts)} labels for {wanted} boxes, expected one for each")
    return texts


def _beside(rect: Rect, tag: Tag) -> list[tuple[float, float]]:
    """Places for a label, best first: above the box, below it, in its corners, left and right of it."""
    left, top, right, bottom = rect
    return [
        (left, top - tag.height), (left, bottom), (right - tag.width, top - tag.height), (right - tag.width, bottom),
        (right, top), (left - tag.width, top), (right, bottom - tag.height), (left - tag.width, bottom - tag.height),
        (left, top), (left, bottom - tag.height), (right - tag.width, top), (right - tag.width, bottom - tag.height),
    ]  # fmt: skip
