"""What the owner of the phone wants."""

from __future__ import annotations

from dataclasses import dataclass

from vision_data.generators.gui.apps import App

GOALS = ("open", "delete", "search", "add", "switch")


@dataclass(frozen=True)
class Goal:
    """One task.

    Attributes:
        kind: open, delete, search, add or switch.
        app: in which app.
        entry: which entry; empty for switch.
        switch: which setting; empty for all others.
        turn_on: whether that setting is to be turned on or off.
    """

    kind: str
    app: str
    entry: str
    switch: str = ""
    turn_on: bool = False


def goal_text(goal: Goal, app: App) -> str:
    """The task in words."""
    if goal.kind == "open":
        return f"Open the {app.noun} {goal.entry} in {app.name}."
    if goal.kind == "delete":
        return f"Delete the {app.noun} {goal.entry} in {app.name}."
    if goal.kind == "search":
        return f"Use the search of {app.name} to find and open the {app.noun} {goal.entry}."
    if goal.kind == "add":
        return f"Add a new {app.noun} named {goal.entry} in {app.name}."
    return f"Turn {'on' if goal.turn_on else 'off'} {goal.switch} in the settings of {app.name}."
