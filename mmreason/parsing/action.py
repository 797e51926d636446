"""Actions on a screen as dicts: what to do, with which text, where."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from mmreason.parsing.answer_block import CLOSE, OPEN
from mmreason.parsing.literals import BadLiteral, read_literal
from mmreason.parsing.spans import find_spans

CLICK, TYPE = "CLICK", "TYPE"
TAG = "action"
KINDS = {"SCROLL": "SCROLL", "PRESS": "PRESS", "STATUS": "STATUS", "TASK": "STATUS"}
"""First word of an action to its kind where several are of one kind; AITZ writes TASK_COMPLETE for TON's
STATUS_TASK_COMPLETE."""


@dataclass(frozen=True, slots=True)
class Action:
    """One action."""

    name: str
    """In capitals, such as CLICK or SCROLL UP."""
    value: str | None = None
    """The text of TYPE."""
    position: tuple[float, float] | None = None
    """Where to click: x and y as shares of the screen's width and height."""

    @property
    def kind(self) -> str:
        """The name without direction or key.

        >>> Action("SCROLL UP").kind, Action("CLICK").kind, Action("TASK_COMPLETE").kind
        ('SCROLL', 'CLICK', 'STATUS')
        """
        return KINDS.get(self.name.replace("_", " ").split(" ")[0], self.name)

    def same_type(self, other: Action) -> bool:
        """Say whether two are called the same, whichever of its two names the end of a task has."""
        return self.name.removeprefix("STATUS_") == other.name.removeprefix("STATUS_")


def read_action(text: str) -> Action | None:
    """Read a dict with ``action``, ``value`` and ``position``; None where there is none.

    Keys but ``action`` may be missing. A position that is no pair of finite numbers is as good as none.

    >>> read_action("{'action': 'click', 'value': None, 'position': [0.5, 0.7]}")
    Action(name='CLICK', value=None, position=(0.5, 0.7))
    >>> read_action("{'action': 'CLICK', 'position': 'middle'}").position, read_action("CLICK"), read_action("{1, 2}")
    (None, None, None)
    """
    try:
        found = read_literal(text)
    except BadLiteral:
        return None
    name = found.get("action") if isinstance(found, dict) else None
    if not isinstance(name, str) or not name.strip():
        return None
    value = found.get("value")
    said = str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    return Action(" ".join(name.upper().split()), said, _point(found.get("position")))


def action_block(text: str) -> str | None:
    """Give what stands in the last action tag after the thought, or without a tag all of it.

    None for a thought that never ends.

    >>> action_block("<think>Save.</think><action>{'action': 'CLICK'}</action>"), action_block("<think>Save")
    ("{'action': 'CLICK'}", None)
    """
    closed = text.rfind(CLOSE)
    if closed < 0 and OPEN in text:
        return None
    said = text[closed + len(CLOSE) :] if closed >= 0 else text
    tagged = find_spans(said, TAG)
    return said[slice(*tagged[-1])] if tagged else said


def _point(value: Any) -> tuple[float, float] | None:
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    if not all(isinstance(x, int | float) and not isinstance(x, bool) and abs(x) < 1e9 for x in value):
        return None
    return (float(value[0]), float(value[1])) if all(map(math.isfinite, value)) else None
