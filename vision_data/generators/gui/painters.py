"""How each kind of widget is drawn."""

from __future__ import annotations

from collections.abc import Callable

from vision_data.generators.gui.canvas import Canvas
from vision_data.generators.gui.fonts import font
from vision_data.generators.gui.widgets import Box, Widget

_RED = "#d6303b"


def _inner(box: Box, by: float) -> tuple[float, ...]:
    return box[0] + by, box[1] + by, box[2] - by, box[3] - by


def _status(c: Canvas, w: Widget) -> None:
    fill = "#ffffff" if c.screen.app else c.tones["ink"]
    if c.screen.app:
        c.rect(w.box, c.screen.accent)
    c.text(8, 7.5, w.text, 9, fill)
    c.rect((172, 4, 187, 11), fill, 1.5)
    c.rect((187, 6, 189, 9), fill)


def _title(c: Canvas, w: Widget) -> None:
    c.rect(w.box, w.colour)
    c.text(10, 28, w.text, 14, "#ffffff")


def _icon(c: Canvas, w: Widget) -> None:
    c.glyph(w.glyph, _inner(w.box, 3), "#ffffff", c.screen.accent)


def _app(c: Canvas, w: Widget) -> None:
    left, top, right, bottom = w.box
    tile = (left + 8, top, right - 8, top + 40)
    c.rect(tile, w.colour, 10)
    c.glyph(w.glyph, (left + 12, top + 4, right - 12, top + 36), "#ffffff", w.colour)
    c.text((left + right) / 2, bottom - 8, w.text, 10, c.tones["ink"], "mm")


def _dots(c: Canvas, w: Widget) -> None:
    _, at, _, num = w.text.split()
    for page in range(int(num)):
        left = (w.box[0] + w.box[2]) / 2 + (page - int(num) / 2) * 14 + 3
        c.oval(
            (left, w.box[1] + 2, left + 8, w.box[1] + 10), c.tones["ink"] if page + 1 == int(at) else c.tones["soft"]
        )


def _row(c: Canvas, w: Widget) -> None:
    left, top, right, bottom = w.box
    middle, text_left = (top + bottom) / 2, left + 12
    if w.glyph:
        text_left = left + 42
        place = (left + 10, middle - 12, left + 34, middle + 12)
        if w.glyph == "disc":
            c.oval(place, w.colour)
            c.text(left + 22, middle, w.text[0], 13, "#ffffff", "mm")
        else:
            c.rect(place, w.colour, 5)
            c.glyph(w.glyph, (left + 13, middle - 9, left + 31, middle + 9), "#ffffff", w.colour)
    c.text(text_left, middle, w.text, 12, c.tones["ink"])
    c.rect((text_left, bottom - 1, right, bottom), c.tones["line"])


def _tab(c: Canvas, w: Widget) -> None:
    left, top, right, bottom = w.box
    fill = c.screen.accent if w.state == "selected" else c.tones["soft"]
    c.rect(w.box, c.tones["fill"])
    if w.state == "selected":
        c.rect((left, top, right, top + 2), fill)
    middle = (left + right) / 2
    c.glyph(w.glyph, (middle - 7, top + 4, middle + 7, top + 18), fill, c.tones["fill"])
    c.text(middle, bottom - 6.5, w.text, 9, fill, "mm")


def _button(c: Canvas, w: Widget) -> None:
    x, y = w.centre
    fill, ink, line = {
        "main": (w.colour, "#ffffff", ""),
        "danger": (_RED, "#ffffff", ""),
        "save": ("#ffffff", w.colour, ""),
        "quiet": (c.tones["page"], c.tones["ink"], c.tones["soft"]),
    }[w.state]
    c.rect(w.box, fill, 6, line)
    c.text(x, y, w.text, 11, ink, "mm")


def _field(c: Canvas, w: Widget) -> None:
    left, top, _, bottom = w.box
    focused = w.state == "focused"
    c.rect(w.box, c.tones["fill"], 5, w.colour if focused else c.tones["soft"], 2 if focused else 1)
    middle, text_left = (top + bottom) / 2, left + 10
    if w.glyph:
        c.glyph(w.glyph, (left + 7, middle - 8, left + 23, middle + 8), c.tones["soft"], c.tones["fill"])
        text_left = left + 28
    c.text(text_left, middle, w.text, 12, c.tones["soft"] if w.state == "empty" else c.tones["ink"])
    if focused:
        cursor = text_left + font(12).getlength(w.text) + 1.5
        c.rect((cursor, top + 7, cursor + 1.5, bottom - 7), c.tones["ink"])


def _switch(c: Canvas, w: Widget) -> None:
    left, top, right, bottom = w.box
    middle, on = (top + bottom) / 2, w.state == "on"
    c.text(left + 12, middle, w.text, 12, c.tones["ink"])
    c.rect((right - 44, middle - 9, right - 10, middle + 9), w.colour if on else c.tones["soft"], 9)
    knob = right - 27 if on else right - 42
    c.oval((knob, middle - 7, knob + 14, middle + 7), "#ffffff")
    c.rect((left + 12, bottom - 1, right, bottom), c.tones["line"])


def _card(c: Canvas, w: Widget) -> None:
    c.rect(w.box, w.colour, 8)
    x, y = w.centre
    c.glyph(w.glyph, (x - 34, y - 34, x + 34, y + 34), "#ffffff", w.colour)


def _text(c: Canvas, w: Widget) -> None:
    c.text(w.box[0], w.centre[1], w.text, 11, c.tones["soft"])


def _key(c: Canvas, w: Widget) -> None:
    x, y = w.centre
    c.rect(w.box, c.tones["fill"], 3, c.tones["line"])
    c.text(x, y, w.text, 11, c.tones["ink"], "mm")


def _scrollbar(c: Canvas, w: Widget) -> None:
    c.rect(w.box, c.tones["soft"], 2)


def _snackbar(c: Canvas, w: Widget) -> None:
    c.rect(w.box, "#3b4048", 5)
    c.text(w.box[0] + 10, w.centre[1], w.text, 11, "#ffffff")


def _scrim(c: Canvas, w: Widget) -> None:
    c.rect(w.box, "#0000008c")


def _dialog(c: Canvas, w: Widget) -> None:
    c.rect(w.box, c.tones["page"], 8)
    c.text(w.box[0] + 12, w.box[1] + 24, w.text, 12, c.tones["ink"])


PAINTERS: dict[str, Callable[[Canvas, Widget], None]] = {
    "status": _status,
    "title": _title,
    "icon": _icon,
    "app": _app,
    "dots": _dots,
    "row": _row,
    "tab": _tab,
    "button": _button,
    "field": _field,
    "switch": _switch,
    "card": _card,
    "text": _text,
    "key": _key,
    "scrollbar": _scrollbar,
    "snackbar": _snackbar,
    "scrim": _scrim,
    "dialog": _dialog,
}
