"""Pillow's own scalable font."""

from __future__ import annotations

from functools import lru_cache

from PIL import ImageFont

from vision_data.errors import MediaError


@lru_cache(maxsize=32)
def font(size: int) -> ImageFont.FreeTypeFont:
    """The font at a size in pixels.

    Raises:
        MediaError: this Pillow was built without FreeType.
    """
    found = ImageFont.load_default(size)
    if not isinstance(found, ImageFont.FreeTypeFont):
        raise MediaError(
            "drawing text needs a Pillow built with FreeType; install a Pillow wheel of version 10.1 or later"
        )
    return found
