"""Draw a screen, one layer after the other."""

from __future__ import annotations

from PIL import Image

from vision_data.errors import MediaError
from vision_data.generators.gui.canvas import DARK, LIGHT, Canvas
from vision_data.generators.gui.painters import PAINTERS
from vision_data.generators.gui.widgets import HEIGHT, WIDTH, Screen


def render(screen: Screen, scale: int = 1) -> Image.Image:
    """The picture, RGB, 196 by 336 pixels times `scale`.

    Raises:
        MediaError: `scale` is not a whole number from 1 to 6.
    """
    if not isinstance(scale, int) or not 1 <= scale <= 6:
        raise MediaError(f"gui: scale must be a whole number from 1 to 6, got {scale!r}")
    tones = DARK if screen.dark else LIGHT
    ground = tones["page" if screen.app else "wall"]
    picture = Image.new("RGB", (WIDTH * scale, HEIGHT * scale), ground)
    for layer in sorted({widget.layer for widget in screen.widgets}):
        canvas = Canvas(screen, scale, "" if layer else ground)
        for widget in screen.widgets:
            if widget.layer == layer:
                PAINTERS[widget.kind](canvas, widget)
        canvas.onto(picture)
    return picture
