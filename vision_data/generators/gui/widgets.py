"""What is on a screen. Everything that is drawn is a widget, so the list of them is the whole truth."""

from __future__ import annotations

from dataclasses import dataclass

Box = tuple[int, int, int, int]
"""Left, top, right, bottom; the last two are just outside. In points until `Screen.scaled`, then in pixels."""

WIDTH, HEIGHT = 196, 336
"""A screen in points: 7 by 12 cells of 28."""


@dataclass(frozen=True)
class Widget:
    """One thing on a screen.

    Attributes:
        kind: status, title, icon, row, tab, button, field, switch, app, dots, text, card, key, scrollbar, snackbar,
            scrim or dialog.
        text: what it says; for an icon what it does.
        box: where it is; nothing of it is drawn outside.
        clickable: whether touching it does something.
        state: on, off, selected, focused, empty (a field that shows a hint), danger, main or nothing.
        glyph: its sign, a name of `glyphs.GLYPHS`, or nothing.
        colour: of its app, or nothing.
        layer: 0, or 1 for what lies over the page.
    """

    kind: str
    text: str
    box: Box
    clickable: bool = False
    state: str = ""
    glyph: str = ""
    colour: str = ""
    layer: int = 0

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


@dataclass(frozen=True)
class Screen:
    """Widgets in painting order; `app` is empty on the home screen."""

    name: str
    app: str
    accent: str
    dark: bool
    widgets: tuple[Widget, ...]

    def find(self, kind: str, text: str) -> int:
        """Index of the clickable widget of that kind and text on the top layer, -1 when there is none."""
        top = max(widget.layer for widget in self.widgets)
        for at, widget in enumerate(self.widgets):
            if (widget.kind, widget.text, widget.layer, widget.clickable) == (kind, text, top, True):
                return at
        return -1


def scaled(box: Box, scale: int) -> Box:
    """A box of points in pixels."""
    left, top, right, bottom = (edge * scale for edge in box)
    return left, top, right, bottom
