"""Draw up the widgets of a page. All measures are points on a screen of 196 by 336."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vision_data.generators.gui.apps import App
from vision_data.generators.gui.state import State, World
from vision_data.generators.gui.widgets import HEIGHT, WIDTH, Screen, Widget

ROW = 32
_TOP = 44
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_TABS = (("All", "lines"), ("Starred", "star"), ("Settings", "gear"))


def build(state: State, world: World) -> Screen:
    """The screen of a state."""
    status = Widget("status", world.clock, (0, 0, WIDTH, 14))
    if state.page == "home":
        return Screen("home", "", "#4c6ef5", world.dark, (status, *_home(state, world)))
    app = world.app(state.app)
    widgets = [status, *_PAGES[state.page](state, app, world)]
    over = _confirm(app) if state.confirming else _popup(state, app) if state.popup else []
    if over:
        widgets = [Widget(**{**vars(widget), "clickable": False}) for widget in widgets]
    return Screen(state.page, app.name, app.accent, world.dark, (*widgets, *over))


def _home(state: State, world: World) -> list[Widget]:
    widgets = []
    for at, app in enumerate(world.pages[state.home]):
        left, top = 9 + at % 3 * 61, 40 + at // 3 * 74
        widgets.append(Widget("app", app.name, (left, top, left + 56, top + 62), True, "", app.glyph, app.accent))
    if len(world.pages) > 1:
        widgets.append(Widget("dots", f"page {state.home + 1} of {len(world.pages)}", (78, 300, 118, 312)))
    return widgets


def _title(text: str, app: App) -> Widget:
    return Widget("title", text, (0, 14, WIDTH, 42), colour=app.accent)


def _tabs(selected: str) -> list[Widget]:
    widgets = []
    for at, (text, glyph) in enumerate(_TABS):
        state = "selected" if text == selected else ""
        left = at * WIDTH // 3
        widgets.append(Widget("tab", text, (left, 306, (at + 1) * WIDTH // 3, HEIGHT), True, state, glyph))
    return widgets


def _rows(names: Sequence[str], top: int, app: App) -> list[Widget]:
    glyph = {"disc": "disc", "tile": app.glyph, "plain": ""}[app.rows]
    return [
        Widget("row", name, (0, top + at * ROW, 188, top + (at + 1) * ROW), True, "", glyph, app.accent)
        for at, name in enumerate(names)
    ]


def _list(state: State, app: App, world: World) -> list[Widget]:
    shown = state.entries[state.scroll : state.scroll + state.window]
    widgets = [
        _title(app.name, app),
        Widget("icon", "search", (140, 16, 164, 40), True, "", "search"),
        Widget("icon", "add", (168, 16, 192, 40), True, "", "plus"),
        *_rows(shown, _TOP, app),
    ]
    if state.last_scroll:
        span, bottom = len(state.entries), _TOP + state.window * ROW
        high = (bottom - _TOP) * state.scroll // span
        low = (bottom - _TOP) * (state.scroll + len(shown)) // span
        widgets.append(Widget("scrollbar", f"{state.scroll} of {span}", (190, _TOP + high, 194, _TOP + low)))
    if state.said:
        widgets.append(Widget("snackbar", state.said, (6, 273, 190, 301)))
    return widgets + _tabs("All")


def _settings(state: State, app: App, world: World) -> list[Widget]:
    widgets = [_title("Settings", app)]
    for at, text in enumerate(app.switches):
        on = "on" if text in state.on else "off"
        widgets.append(Widget("switch", text, (0, 48 + at * 38, WIDTH, 86 + at * 38), True, on, "", app.accent))
    return widgets + _tabs("Settings")


def _detail(state: State, app: App, world: World) -> list[Widget]:
    first, second = ("Share", "Delete") if world.share_first else ("Delete", "Share")
    look = {"Share": "main", "Delete": "danger"}
    return [
        _title(state.entry, app),
        Widget("card", "", (10, 52, 186, 148), False, "", app.glyph, app.accent),
        Widget("text", f"A {app.noun} of yours", (10, 156, 186, 174)),
        Widget("text", "Nobody else can see it.", (10, 176, 186, 194)),
        Widget("button", first, (10, 262, 94, 290), True, look[first], "", app.accent),
        Widget("button", second, (102, 262, 186, 290), True, look[second], "", app.accent),
    ]


def _keyboard() -> list[Widget]:
    widgets = []
    for row, letters in enumerate(_KEYS):
        left = (WIDTH - len(letters) * 19) // 2
        for at, letter in enumerate(letters):
            x, y = left + at * 19, 228 + row * 27
            widgets.append(Widget("key", letter, (x + 1, y + 1, x + 18, y + 26), True))
    widgets.append(Widget("key", "space", (48, 310, 148, 332), True))
    return widgets


def _search(state: State, app: App, world: World) -> list[Widget]:
    look = "focused" if state.focused else "empty" if not state.typed else ""
    text = state.typed or (f"Search {app.name}" if not state.focused else "")
    widgets = [_title("Search", app), Widget("field", text, (8, 48, 188, 76), True, look, "search", app.accent)]
    if state.found:
        return widgets + _rows(state.entries, 84, app)
    return widgets + _keyboard()


def _add(state: State, app: App, world: World) -> list[Widget]:
    look = "focused" if state.focused else "empty" if not state.typed else ""
    text = state.typed or ("" if state.focused else "Name")
    widgets = [
        _title(f"New {app.noun}", app),
        Widget("button", "Save", (142, 17, 190, 39), True, "save", "", app.accent),
        Widget("field", text, (8, 52, 188, 80), True, look, "", app.accent),
        Widget("field", "Remarks", (8, 90, 188, 118), True, "empty", "", app.accent),
    ]
    return widgets + (_keyboard() if state.focused else [])


def _dialog(text: str, no: str, yes: str, look: str, app: App) -> list[Widget]:
    return [
        Widget("scrim", "", (0, 0, WIDTH, HEIGHT), layer=1),
        Widget("dialog", text, (18, 118, 178, 206), layer=1),
        Widget("button", no, (26, 170, 94, 196), True, "quiet", "", app.accent, 1),
        Widget("button", yes, (102, 170, 170, 196), True, look, "", app.accent, 1),
    ]


def _confirm(app: App) -> list[Widget]:
    return _dialog(f"Delete this {app.noun}?", "Cancel", "Delete", "danger", app)


def _popup(state: State, app: App) -> list[Widget]:
    text, yes = state.popup
    return _dialog(text, "Not now", yes, "main", app)


_PAGES: dict[str, Callable[[State, App, World], list[Widget]]] = {
    "list": _list,
    "detail": _detail,
    "settings": _settings,
    "search": _search,
    "add": _add,
}
