"""Numbers on the regions of a picture, by which a model can name them (arXiv:2310.11441)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vision_data.coordinates import Box
from vision_data.errors import MediaError
from vision_data.transforms.base import Colour, Transform, check_boxes, check_colour, whole_pixels
from vision_data.transforms.draw import check_labels, line_width

if TYPE_CHECKING:
    import PIL.Image

    from vision_data.transforms.tags import Rect, Tag


@dataclass(frozen=True)
class SetOfMark(Transform):
    """Set-of-mark prompting: a number in the middle of every region, beside it where it would cover the region.

    Not from a paper.

    Attributes:
        regions: boxes in any space.
        labels: one text for each region; none means 1, 2, 3 and so on.
        outlined: draw a frame around every region.
        tint: how much of the region's colour lies over it, 0 (nothing) to 1 (nothing else is seen).
        colours: given to the regions in turn; none means a palette of ten.
        font: path of a font file for labels; None has Latin, Greek and Cyrillic letters.

    Raises:
        MediaError: labels and regions differ in number, two labels are the same, or a field is out of range.
    """

    regions: tuple[Box, ...]
    labels: tuple[str, ...] = ()
    outlined: bool = True
    tint: float = 0.0
    colours: tuple[Colour, ...] = ()
    font: str | None = None

    def __post_init__(self) -> None:
        regions = check_boxes("SetOfMark", self.regions)
        labels = check_labels("SetOfMark", self.labels, len(regions))
        labels = labels or tuple(str(number) for number in range(1, len(regions) + 1))
        if len(set(labels)) < len(labels) or not all(label.strip() for label in labels):
            raise MediaError(f"SetOfMark: labels are {labels}, expected different ones that are not empty")
        if not 0 <= self.tint <= 1:
            raise MediaError(f"SetOfMark: tint is {self.tint}, expected 0 to 1")
        object.__setattr__(self, "regions", regions)
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "colours", tuple(check_colour("SetOfMark", colour) for colour in self.colours))

    def region(self, label: str) -> Box | None:
        """Find the region with this label; None where there is none."""
        return dict(zip(self.labels, self.regions, strict=True)).get(label.strip())

    def apply(self, picture: PIL.Image.Image) -> PIL.Image.Image:
        """See ``Transform``."""
        import PIL.Image

        from vision_data.transforms import tags

        out = picture.copy()
        colours = self.colours or tags.PALETTE
        paint = [colours[number % len(colours)] for number in range(len(self.regions))]
        rects = [whole_pixels(region, out.size) for region in self.regions]
        if self.tint:
            for number in sorted(range(len(rects)), key=lambda i: -_area(rects[i])):
                part = out.crop(rects[number])
                flat = PIL.Image.new("RGB", part.size, paint[number])
                out.paste(PIL.Image.blend(part, flat, self.tint), rects[number][:2])
        for rect, colour in zip(rects, paint, strict=True):
            if self.outlined:
                tags.outline(out, rect, colour, max(2, line_width(out.size) - 1))
        made = [tags.make_tag(label, tags.font_size(out.size, 0.045), out.size, self.font) for label in self.labels]
        taken: list[Rect] = []
        # Small regions choose first: they have fewer places.
        for number in sorted(range(len(rects)), key=lambda i: (_area(rects[i]), i)):
            tag, rect = made[number], rects[number]
            smaller = [other for other in rects if other != rect and _area(other) <= 4 * _area(rect)]
            left, top = tags.place(tag, _places(rect, tag), out.size, taken, smaller)
            taken.append((left, top, left + tag.width, top + tag.height))
            tags.draw_tag(out, tag, (left, top), paint[number])
        return out


def _area(rect: Rect) -> int:
    return (rect[2] - rect[0]) * (rect[3] - rect[1])


def _places(rect: Rect, tag: Tag) -> list[tuple[float, float]]:
    """Places for a mark, best first: inside where the region is large enough, else around it."""
    left, top, right, bottom = rect
    across, down = (left + right - tag.width) / 2, (top + bottom - tag.height) / 2
    inside = [(across, down)]
    steps = (0.2, 0.8, 0.05, 0.95)
    room = right - left - tag.width, bottom - top - tag.height
    inside += [(across, top + room[1] * step) for step in steps] + [(left + room[0] * step, down) for step in steps]
    inside += [(left + room[0] * x, top + room[1] * y) for x in steps for y in steps]
    outside = [
        (across, top - tag.height), (across, bottom), (right, down), (left - tag.width, down),
        (left - tag.width, top - tag.height), (right, top - tag.height), (left - tag.width, bottom), (right, bottom),
    ]  # fmt: skip
    roomy = min(room) >= 0 and _area(rect) >= 6 * tag.width * tag.height
    return [*inside, *outside] if roomy else outside
