"""Short worked actions on phone screens, by a teacher who errs as often as asked."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mmreason.errors import RecipeError
from mmreason.seeds import seed_of

Screen = dict[str, Any]
"""A step: ``action``, ``value``, ``position``, ``target``, ``widgets``, ``screen``, ``app``, ``width``, ``height``."""
CLICK = "CLICK"
_INSTEAD = ("PRESS BACK", "PRESS HOME", "PRESS ENTER", "SCROLL DOWN", "STATUS_TASK_COMPLETE")


_WHY = {
    "TYPE": "the field waits",
    "PRESS ENTER": "the name is typed",
    "PRESS BACK": "not the one wanted",
    "PRESS HOME": "not the app wanted",
    "STATUS_TASK_COMPLETE": "all is done",
}


def literal(action: Mapping[str, Any]) -> str:
    """Write an action as a dict, without what does not apply.

    >>> literal({"action": "CLICK", "value": None, "position": [0.5, 0.7]}), literal({"action": "PRESS ENTER"})
    ("{'action': 'CLICK', 'position': [0.5, 0.7]}", "{'action': 'PRESS ENTER'}")
    """
    names = ("action", "value", "position")
    return str({name: action[name] for name in names if action.get(name) is not None})


@dataclass(frozen=True)
class ActionTeacher:
    """Writes ``num`` demonstrations for a step: which page is open and what comes next, and the action as a dict.

    With probability ``slip`` the thought comes to another action, and that one is taken. Positions are rounded to
    tenths, which is well within TON's tolerance. Texts depend on the task's id, the teacher and nothing else.

    Raises:
        RecipeError: a number is out of range.
    """

    num: int = 2
    slip: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what is no number of texts or no probability."""
        if self.num < 1 or not 0 <= self.slip <= 1:
            raise RecipeError(f"ActionTeacher needs num >= 1 and slip from 0 to 1, got {self.num} and {self.slip}")

    def texts(self, id: str, step: Mapping[str, Any]) -> list[str]:
        """Give the demonstrations of a step."""
        return [self.text(random.Random(seed_of(self.seed, "teacher", id, i)), step) for i in range(self.num)]

    def text(self, rng: random.Random, step: Mapping[str, Any]) -> str:
        """One demonstration."""
        taken = slipped(rng, step) if rng.random() < self.slip else dict(step)
        if taken["position"] is not None:
            taken["position"] = [round(share, 1) for share in taken["position"]]
        return f"<think>{thought(taken)}</think><action>{literal(taken)}</action>"


def thought(step: Mapping[str, Any]) -> str:
    """Which page is open and what comes next.

    >>> thought({"screen": "list", "target": 0, "widgets": [{"kind": "icon", "text": "add"}]})
    'The list page, next the icon add.'
    """
    if step["target"] >= 0:
        widget = step["widgets"][step["target"]]
        return f"The {step['screen']} page, next the {widget['kind']} {widget['text']}."
    return f"The {step['screen']} page, {_WHY.get(step['action'], 'more is out of sight')}."


def slipped(rng: random.Random, step: Mapping[str, Any]) -> Screen:
    """The step with another action: a click well away from a right one if there is something to click, else a key."""
    top = max(widget["layer"] for widget in step["widgets"])
    free = [at for at, widget in enumerate(step["widgets"]) if widget["clickable"] and widget["layer"] == top]
    others = [(at, place) for at in free if apart(place := centre(step, at), step["position"])]
    if others:
        at, place = rng.choice(others)
        return {**step, "action": CLICK, "value": None, "position": place, "target": at}
    name = rng.choice([name for name in _INSTEAD if name != step["action"]])
    return {**step, "action": name, "value": None, "position": None, "target": -1}


def centre(step: Mapping[str, Any], at: int) -> list[float]:
    """The middle of a widget in shares of the screen."""
    left, upper, right, lower = step["widgets"][at]["box"]
    return [(left + right) / 2 / step["width"], (upper + lower) / 2 / step["height"]]


def apart(place: list[float], gold: list[float] | None) -> bool:
    """Say whether a click would be wrong, and not only somewhat beside."""
    return gold is None or math.dist(place, gold) > 0.2
