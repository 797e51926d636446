"""What a cook can do, what it changes, and how far the goal is. Not from a paper."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from vision_data.generators.kitchen.tasks import STORES, Need

STATIONS = {"wash": "sink", "cut": "board", "cook": "stove", "bake": "oven", "serve": "table"}
RANKS = {"wash": 0, "cut": 1, "cook": 2, "bake": 2}
"""A food is washed before it is cut, and both before it is heated, once."""
_WHERE = {"wash": "in the sink", "cut": "on the board", "cook": "on the stove", "bake": "in the oven"}


class Action(NamedTuple):
    """`take`, `wash`, `cut`, `cook`, `bake` or `serve` a food."""

    verb: str
    food: str

    @property
    def station(self) -> str:
        """Where it is done."""
        return STORES[self.food] if self.verb == "take" else STATIONS[self.verb]

    @property
    def text(self) -> str:
        """As an option of a question."""
        if self.verb == "take":
            return f"take the {self.food} from the {self.station}"
        return f"{self.verb} the {self.food} {_WHERE.get(self.verb, 'at the table')}"


class Portion(NamedTuple):
    """A food on its way: what was done to it."""

    food: str
    done: tuple[str, ...] = ()


class State(NamedTuple):
    """What the cook holds, and what stands on the table; all else is in its store."""

    held: Portion | None = None
    served: tuple[Portion, ...] = ()


def legal(state: State, action: Action) -> bool:
    """Whether it can be done now: one food in the hands at a time, and nothing undone or done twice."""
    if action.verb == "take":
        return state.held is None and all(portion.food != action.food for portion in state.served)
    if state.held is None or state.held.food != action.food:
        return False
    return action.verb == "serve" or all(RANKS[action.verb] > RANKS[done] for done in state.held.done)


def after(state: State, action: Action) -> State:
    """The state that a legal action leads to."""
    if action.verb == "take":
        return State(Portion(action.food), state.served)
    held = state.held or Portion(action.food)
    if action.verb == "serve":
        return State(None, (*state.served, held))
    return State(Portion(held.food, (*held.done, action.verb)), state.served)


def remaining(state: State, needs: Sequence[Need]) -> int | None:
    """Fewest actions to the goal (these foods on the table, each prepared as needed, and no other), or None."""
    wanted, left = dict(needs), 0
    for portion in state.served:
        if wanted.pop(portion.food, None) != portion.done:
            return None
    if state.held is not None:
        need = wanted.pop(state.held.food, None)
        if need is None or need[: len(state.held.done)] != state.held.done:
            return None
        left = len(need) - len(state.held.done) + 1
    return left + sum(len(need) + 2 for need in wanted.values())


def advances(state: State, action: Action, needs: Sequence[Need]) -> bool:
    """Whether an action can be done now and brings the goal one action nearer."""
    left = remaining(state, needs)
    return legal(state, action) and left is not None and remaining(after(state, action), needs) == left - 1


def make_plan(rng: random.Random, needs: Sequence[Need]) -> tuple[Action, ...]:
    """All actions of a task, food by food, the foods in random order."""
    plan: list[Action] = []
    for food, processes in rng.sample(list(needs), len(needs)):
        plan += [Action(verb, food) for verb in ("take", *processes, "serve")]
    return tuple(plan)
