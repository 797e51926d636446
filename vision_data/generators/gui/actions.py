"""The ten actions of AITZ as TON (arXiv:2505.16854) writes them: a dict with action, value and position."""

from __future__ import annotations

from dataclasses import dataclass

CLICK = "CLICK"
TYPE = "TYPE"
SCROLL_UP = "SCROLL UP"
SCROLL_DOWN = "SCROLL DOWN"
SCROLL_LEFT = "SCROLL LEFT"
SCROLL_RIGHT = "SCROLL RIGHT"
PRESS_BACK = "PRESS BACK"
PRESS_HOME = "PRESS HOME"
PRESS_ENTER = "PRESS ENTER"
COMPLETE = "STATUS_TASK_COMPLETE"
ALL_ACTIONS = (
    CLICK,
    TYPE,
    SCROLL_UP,
    SCROLL_DOWN,
    SCROLL_LEFT,
    SCROLL_RIGHT,
    PRESS_BACK,
    PRESS_HOME,
    PRESS_ENTER,
    COMPLETE,
)

INSTRUCTION = f"""You operate a phone. Given a task, the actions done so far and the screen, give the next action.
{CLICK}: touch the screen at position.
{TYPE}: type value into the field in focus.
{SCROLL_UP}, {SCROLL_DOWN}, {SCROLL_LEFT}, {SCROLL_RIGHT}: bring what lies in that direction onto the screen.
{PRESS_BACK}: leave this page. {PRESS_HOME}: go to the home screen. {PRESS_ENTER}: confirm what was typed.
{COMPLETE}: the task is done.
Write the action as a dict, {{'action': 'CLICK', 'value': None, 'position': [x, y]}}. value and position are None \
where they do not apply; x and y are shares of the screen's width and height, from 0 to 1."""


@dataclass(frozen=True)
class Action:
    """One action; `target` is the index of the widget that a click is meant for, -1 for all other actions.

    `position` holds x and y as shares of the screen (0 to 1), rounded to hundredths.
    """

    name: str
    value: str | None = None
    position: tuple[float, float] | None = None
    target: int = -1

    def __str__(self) -> str:
        """The dict as text."""
        position = list(self.position) if self.position else None
        return str({"action": self.name, "value": self.value, "position": position})
