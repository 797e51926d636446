"""Small labels on a picture: readable on any ground, inside the picture, apart from each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from vision_data.errors import MediaError
from vision_data.transforms.base import Colour, Size

Rect = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels, the last two just outside."""

PALETTE: tuple[Colour, ...] = (
    (214, 39, 40), (31, 119, 180), (44, 160, 44), (255, 196, 0), (148, 40, 190),
    (0, 190, 207), (255, 120, 10), (227, 70, 180), (140, 86, 75), (150, 200, 30),
)  # fmt: skip
"""Colours told apart by most people, given to boxes in turn."""

WHITE, BLACK = (255, 255, 255), (0, 0, 0)
_SMALLEST, _LARGEST = 11, 48


@dataclass(frozen=True)
class Tag:
    """A label ready to be drawn: its text, font and outer size in pixels."""

    text: str
    font: ImageFont.FreeTypeFont
    width: int
    height: int


def font_size(size: Size, share: float = 0.035) -> int:
    """Letters in proportion to the picture's shorter side, never too small to be read."""
    return min(max(round(share * min(size)), _SMALLEST), _LARGEST)


@lru_cache(maxsize=32)
def load_font(pixels: int, path: str | None) -> ImageFont.FreeTypeFont:
    """Open a TrueType font, or Pillow's own.

    Raises:
        MediaError: the file is no font, or this Pillow was built without FreeType.
    """
    try:
        found = ImageFont.load_default(pixels) if path is None else ImageFont.truetype(path, pixels)
    except (OSError, ImportError) as error:
        raise MediaError(f"the font {path!r} cannot be read ({error}); give the path of a .ttf or .otf file") from None
    if not isinstance(found, ImageFont.FreeTypeFont):
        raise MediaError("drawing labels needs a Pillow built with FreeType; install a Pillow wheel, version 10.1 on")
    return found


def make_tag(text: str, pixels: int, size: Size, path: str | None = None) -> Tag:
    """Measure a label; one that is wider than the picture is set smaller, then cut short.

    Args:
        text: one line; runs of white space count as one space.
        pixels: height of the letters.
        size: of the picture.
        path: of a font file, or None for Pillow's own (plain Latin) or, where that has no shape, matplotlib's.

    Raises:
        MediaError: no font has a shape for a character.
    """
    text = " ".join(text.split())
    path = _font_for(text, path)
    while pixels > 6 and _measured(text, pixels, path).width > size[0]:
        pixels -= 1
    tag = _measured(text, pixels, path)
    while tag.width > size[0] and len(text) > 1:
        text = text[:-1]
        tag = _measured(text + "...", pixels, path)
    return tag


def _measured(text: str, pixels: int, path: str | None) -> Tag:
    font = load_font(pixels, path)
    ascent, descent = font.getmetrics()
    pad = _pad(pixels)
    height = ascent + descent + pad
    return Tag(text, font, max(round(font.getlength(text)) + 2 * pad + 2, height), height)


def _pad(pixels: int) -> int:
    return max(2, pixels // 5)


def _font_for(text: str, path: str | None) -> str | None:
    """Give the font file for a text: the one asked for, Pillow's own, or that of matplotlib, which has more letters.

    What a font would draw as an empty frame is refused.
    """
    lacking = _lacking(text, path)
    if lacking and path is None and (wider := _matplotlib_font()) is not None:
        path, lacking = wider, _lacking(text, wider)
    if lacking:
        raise MediaError(f"label {text[:40]!r}: no font at hand has {lacking!r}; give a font file that has it (font=)")
    return path


def _lacking(text: str, path: str | None) -> str:
    """List the characters for which a font has no shape."""
    font = load_font(16, path)
    missing = bytes(font.getmask("\uffff"))
    return "".join(letter for letter in sorted(set(text) - {" "}) if bytes(font.getmask(letter)) == missing)


@lru_cache(maxsize=1)
def _matplotlib_font() -> str | None:
    """Find DejaVu Sans in matplotlib, without importing that."""
    found = find_spec("matplotlib")
    file = Path(found.origin or "").parent / "mpl-data/fonts/ttf/DejaVuSans.ttf" if found else None
    return str(file) if file is not None and file.is_file() else None


def draw_tag(picture: Image.Image, tag: Tag, at: tuple[int, int], colour: Colour) -> None:
    """Draw a label with its left top corner at a place: text on a plate with a light and a dark rim."""
    draw = ImageDraw.Draw(picture)
    left, top = at
    right, bottom = left + tag.width - 1, top + tag.height - 1
    ink = ink_on(colour)
    draw.rectangle((left, top, right, bottom), fill=colour, outline=WHITE if ink == BLACK else BLACK)
    draw.rectangle((left, top, right, bottom), outline=ink)
    ascent, descent = tag.font.getmetrics()
    middle = top + (tag.height - ascent - descent) / 2 + ascent
    draw.text(((left + right + 1) / 2, middle), tag.text, fill=ink, font=tag.font, anchor="ms")


def ink_on(colour: Colour) -> Colour:
    """Black or white, whichever is read more easily on a colour."""
    shares = (level / 255 for level in colour)
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in shares)
    # Where WCAG 2 finds the same contrast to black and to white.
    return BLACK if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else WHITE


def place(tag: Tag, candidates: Iterable[tuple[float, float]], size: Size, taken: Sequence[Rect],
          hidden: Sequence[Rect]) -> tuple[int, int]:  # fmt: skip
    """Choose where a label goes.

    Args:
        tag: the label.
        candidates: left top corners in order of preference; they are pushed into the picture.
        size: of the picture.
        taken: labels that are there already, hardly ever covered.
        hidden: rectangles that the label should rather not cover.

    Returns:
        The left top corner of the first candidate that covers least.
    """
    best, least = (0, 0), float("inf")
    for x, y in candidates:
        left = min(max(round(x), 0), max(size[0] - tag.width, 0))
        top = min(max(round(y), 0), max(size[1] - tag.height, 0))
        rect = (left, top, left + tag.width, top + tag.height)
        moved = abs(left - round(x)) + abs(top - round(y))
        cost = 100 * _covered(rect, taken) + _covered(rect, hidden) + moved
        if cost < least:
            best, least = (left, top), cost
    return best


def _covered(rect: Rect, others: Sequence[Rect]) -> int:
    """Pixels of ``rect`` that lie on the others, each counted by itself."""
    total = 0
    for other in others:
        width = min(rect[2], other[2]) - max(rect[0], other[0])
        height = min(rect[3], other[3]) - max(rect[1], other[1])
        total += max(width, 0) * max(height, 0)
    return total


def outline(picture: Image.Image, rect: Rect, colour: Colour, width: int) -> None:
    """Draw a frame on the inside of a rectangle, with a rim that sets it off from any ground."""
    draw = ImageDraw.Draw(picture)
    left, top, right, bottom = rect
    rim = WHITE if ink_on(colour) == WHITE else BLACK
    inner = (left + width, top + width, right - width - 1, bottom - width - 1)
    if inner[0] < inner[2] and inner[1] < inner[3]:
        draw.rectangle(inner, outline=rim)
    outer = (left - 1, top - 1, right, bottom)
    draw.rectangle(outer, outline=rim)
    draw.rectangle((left, top, right - 1, bottom - 1), outline=colour, width=min(width, right - left, bottom - top))
