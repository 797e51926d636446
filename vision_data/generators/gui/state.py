"""Where a phone is: the page that is open and all that a page shows."""

from __future__ import annotations

from dataclasses import dataclass, field

from vision_data.generators.gui.apps import App

WINDOW = 8
"""Rows of a list that fit on a screen."""


@dataclass(frozen=True)
class World:
    """What does not change while a phone is used: its apps page by page, their entries, and its looks."""

    split: str
    pages: tuple[tuple[App, ...], ...]
    dark: bool
    clock: str
    share_first: bool

    def app(self, name: str) -> App:
        """The app of that name."""
        return next(app for page in self.pages for app in page if app.name == name)

    def page_of(self, name: str) -> int:
        """The home page on which an app is."""
        return next(at for at, page in enumerate(self.pages) if any(app.name == name for app in page))


@dataclass(frozen=True)
class State:
    """The page that is open.

    Attributes:
        page: home, list, detail, settings, search or add.
        home: which home page is shown.
        app: name of the open app, nothing on the home screen.
        entries: of the open app, in order.
        scroll: index of the first row shown.
        entry: which one is open (page detail).
        typed: what the field holds (pages search and add).
        focused: whether the field has the keyboard.
        found: whether the search has been started.
        confirming: whether a dialog asks to confirm a deletion.
        popup: text of a dialog that came up by itself, with its button; empty for none.
        on: settings of the open app that are on.
        said: message at the bottom after something was done.
    """

    page: str = "home"
    home: int = 0
    app: str = ""
    entries: tuple[str, ...] = ()
    scroll: int = 0
    entry: str = ""
    typed: str = ""
    focused: bool = False
    found: bool = False
    confirming: bool = False
    popup: tuple[str, ...] = ()
    on: frozenset[str] = field(default=frozenset())
    said: str = ""

    @property
    def window(self) -> int:
        """Rows shown at once: a message takes the room of one."""
        return WINDOW - bool(self.said)

    @property
    def last_scroll(self) -> int:
        """The scroll that shows the end of the list."""
        return max(0, len(self.entries) - self.window)
