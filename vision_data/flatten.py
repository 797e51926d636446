"""From any kind of pixels to RGB, 8 bits a channel, in little memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import PIL.Image

from vision_data.errors import MediaError

_LAYERED = ("RGBA", "LA", "PA", "RGBa", "La")
# Pixels that are changed at a time where a change takes copies.
_STRIP = 1 << 20
_GREY_STEPS = {"L;2": 85, "L;4": 17}
_BITS, _PHOTOMETRIC, _WHITE_IS_ZERO = 258, 262, 0


@dataclass(frozen=True)
class Stored:
    """How the numbers in a file are meant, where Pillow does not see to it; known only before they are decoded.

    Attributes:
        shift: bits of a deep grey level below its high byte.
        inverted: whether a deep grey level of 0 is white.
        key: what is transparent: a level, a colour, a number of the palette or the alphas of the palette; or None.
    """

    shift: int = 8
    inverted: bool = False
    key: Any = None


def stored(picture: PIL.Image.Image) -> Stored:
    """Find out how the numbers of a picture are meant, before it is decoded."""
    tags = getattr(picture, "tag_v2", {})
    return Stored(
        shift=4 if _first(tags.get(_BITS)) == 12 else 8,
        inverted=_first(tags.get(_PHOTOMETRIC)) == _WHITE_IS_ZERO,
        key=_key(picture),
    )


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) and value else value


def _key(picture: PIL.Image.Image) -> Any:
    """Give what is transparent in the scale that the decoded pixels have; PNG counts in that of the file."""
    key = picture.info.get("transparency")
    tiles = getattr(picture, "tile", None)
    raw = tiles[0][3] if tiles else None
    if key is None or picture.format != "PNG" or not isinstance(raw, str):
        return key
    if raw == "RGB;16B":
        # Only the high bytes are decoded.
        return tuple(level >> 8 for level in key)
    if raw in ("L", "RGB"):
        return key & 0xFF if isinstance(key, int) else tuple(level & 0xFF for level in key)
    return key * _GREY_STEPS[raw] if raw in _GREY_STEPS else key


def to_rgb(picture: PIL.Image.Image, how: Stored, name: str) -> PIL.Image.Image:
    """Bring a decoded picture of any mode to RGB: transparency on white, of 16-bit grey the high byte.

    Returns:
        Always a new image.

    Raises:
        MediaError: its pixels are of a kind whose range nobody knows.
    """
    mode = picture.mode
    # These two formats come here with 32 bits of which 16 are used.
    if mode == "F" or (mode == "I" and picture.format not in ("PNG", "PPM")):
        raise MediaError(f"{name} has {mode!r} pixels (32 bits, range unknown); save it with 8 or 16 bits a channel")
    if mode.startswith("I"):
        change = _high_byte
    elif mode in _LAYERED or how.key is not None:
        change = _on_white
    else:
        return picture.copy() if mode == "RGB" else picture.convert("RGB")
    flat = PIL.Image.new("RGB", picture.size)
    rows = max(1, _STRIP // picture.width)
    for top in range(0, picture.height, rows):
        strip = picture.crop((0, top, picture.width, min(top + rows, picture.height)))
        flat.paste(change(strip, how), (0, top))
    return flat


def _high_byte(strip: PIL.Image.Image, how: Stored) -> PIL.Image.Image:
    levels = np.asarray(strip).astype(np.int32)
    grey = (levels >> how.shift).clip(0, 255).astype(np.uint8)
    if how.inverted:
        grey = 255 - grey
    if how.key is not None:
        grey[levels == how.key] = 255
    return PIL.Image.fromarray(grey).convert("RGB")


def _on_white(strip: PIL.Image.Image, how: Stored) -> PIL.Image.Image:
    if how.key is not None:
        strip.info["transparency"] = how.key
    layer = (strip.convert("LA") if strip.mode == "La" else strip).convert("RGBA")
    paper = PIL.Image.new("RGBA", layer.size, (255, 255, 255, 255))
    return PIL.Image.alpha_composite(paper, layer).convert("RGB")
