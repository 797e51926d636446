"""What is right to do next, and what an action does to the phone."""

from __future__ import annotations

from dataclasses import replace

from vision_data.generators.gui import actions
from vision_data.generators.gui.actions import Action
from vision_data.generators.gui.goals import Goal
from vision_data.generators.gui.state import WINDOW, State, World
from vision_data.generators.gui.widgets import HEIGHT, WIDTH, Screen


def _click(screen: Screen, kind: str, text: str) -> Action:
    at = screen.find(kind, text)
    assert at >= 0, (screen.name, kind, text)
    x, y = screen.widgets[at].centre
    return Action(actions.CLICK, None, (round(x / WIDTH, 2), round(y / HEIGHT, 2)), at)


def next_action(state: State, screen: Screen, world: World, goal: Goal) -> Action:
    """The one action that a sensible person takes: straight to the goal, and straight back from elsewhere."""
    if state.popup:
        return _click(screen, "button", "Not now")
    if done(state, goal):
        return Action(actions.COMPLETE)
    if state.page == "home":
        page = world.page_of(goal.app)
        if page == state.home:
            return _click(screen, "app", goal.app)
        return Action(actions.SCROLL_RIGHT if page > state.home else actions.SCROLL_LEFT)
    if state.app != goal.app:
        return Action(actions.PRESS_HOME)
    if state.page == "detail":
        if state.confirming:
            return _click(screen, "button", "Delete")
        right = goal.kind == "delete" and state.entry == goal.entry
        return _click(screen, "button", "Delete") if right else Action(actions.PRESS_BACK)
    if state.page == "settings":
        return _click(screen, "switch", goal.switch) if goal.kind == "switch" else _click(screen, "tab", "All")
    return _in_list(state, screen, goal) if state.page == "list" else _in_field(state, screen, goal)


def _in_list(state: State, screen: Screen, goal: Goal) -> Action:
    if goal.kind == "switch":
        return _click(screen, "tab", "Settings")
    if goal.kind in ("search", "add"):
        return _click(screen, "icon", goal.kind)
    at = state.entries.index(goal.entry)
    if at < state.scroll:
        return Action(actions.SCROLL_UP)
    if at >= state.scroll + state.window:
        return Action(actions.SCROLL_DOWN)
    return _click(screen, "row", goal.entry)


def _in_field(state: State, screen: Screen, goal: Goal) -> Action:
    """On the page of a search or of a new entry."""
    if state.found:
        return _click(screen, "row", goal.entry)
    if not state.focused:
        return _click(screen, "field", "Name")
    if not state.typed:
        return Action(actions.TYPE, goal.entry)
    return Action(actions.PRESS_ENTER) if goal.kind == "search" else _click(screen, "button", "Save")


def done(state: State, goal: Goal) -> bool:
    """Whether the goal is reached, as far as the page that is open shows it."""
    if state.app != goal.app:
        return False
    if goal.kind in ("open", "search"):
        return state.page == "detail" and state.entry == goal.entry
    if goal.kind == "delete":
        return state.page == "list" and goal.entry not in state.entries
    if goal.kind == "add":
        return state.page == "list" and goal.entry in state.entries
    return state.page == "settings" and (goal.switch in state.on) == goal.turn_on


def act(state: State, screen: Screen, world: World, action: Action) -> State:
    """The state after an action that makes sense on this screen."""
    if action.name == actions.CLICK:
        return _touch(state, screen.widgets[action.target].kind, screen.widgets[action.target].text)
    if action.name == actions.TYPE:
        return replace(state, typed=action.value or "")
    if action.name == actions.PRESS_ENTER:
        hits = tuple(entry for entry in state.entries if state.typed.lower() in entry.lower())
        others = tuple(entry for entry in state.entries if entry[0] == state.typed[:1] and entry not in hits)
        return replace(state, focused=False, found=True, entries=(*hits, *others))
    if action.name == actions.PRESS_BACK:
        return replace(state, page="list", entry="")
    if action.name == actions.PRESS_HOME:
        return State(home=state.home)
    if action.name in (actions.SCROLL_RIGHT, actions.SCROLL_LEFT):
        return replace(state, home=state.home + (1 if action.name == actions.SCROLL_RIGHT else -1))
    step = WINDOW - 1 if action.name == actions.SCROLL_DOWN else 1 - WINDOW
    return replace(state, scroll=min(state.last_scroll, max(0, state.scroll + step)))


def _touch(state: State, kind: str, text: str) -> State:
    """What a click on a widget does."""
    if kind == "app":
        return replace(state, page="list", app=text)
    if kind == "row":
        return replace(state, page="detail", entry=text, said="")
    if kind == "tab":
        return replace(state, page="settings" if text == "Settings" else "list", scroll=0, said="")
    if kind == "switch":
        return replace(state, on=state.on ^ {text})
    if kind == "field":
        return replace(state, focused=True)
    if kind == "icon":
        return replace(state, page=text, typed="", focused=text == "search", said="")
    return _press(state, text)


def _press(state: State, text: str) -> State:
    """What a click on a button does."""
    if state.popup:
        return replace(state, popup=())
    if text == "Save":
        entries = (state.typed, *state.entries)
        return replace(state, page="list", entries=entries, focused=False, scroll=0, said=f"{state.typed} saved")
    if not state.confirming:
        return replace(state, confirming=True)
    rest = tuple(entry for entry in state.entries if entry != state.entry)
    return replace(
        state, page="list", entries=rest, confirming=False, entry="", scroll=0, said=f"{state.entry} deleted"
    )
