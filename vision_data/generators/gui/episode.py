"""Tasks on a phone, done step by step; the same seed gives the same episode. Not from a paper.

The record format they feed is that of AITZ as TON (arXiv:2505.16854) uses it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from vision_data.errors import MediaError
from vision_data.generators.gui.actions import COMPLETE, Action
from vision_data.generators.gui.apps import APPS, App
from vision_data.generators.gui.goals import GOALS, Goal, goal_text
from vision_data.generators.gui.pages import build
from vision_data.generators.gui.state import WINDOW, State, World
from vision_data.generators.gui.steps import act, next_action
from vision_data.generators.gui.widgets import Screen
from vision_data.generators.seeds import rng_for

SPLITS = tuple(APPS)
_POPUPS = (("Rate this app?", "Rate"), ("Allow alerts?", "Allow"), ("Try the full app?", "Try it"))
_MOST_STEPS = 24


@dataclass(frozen=True)
class Step:
    """One screen and what is right to do there."""

    screen: Screen
    action: Action


@dataclass(frozen=True)
class Episode:
    """A task from its first screen to the action that says it is done."""

    seed: int
    split: str
    goal: Goal
    task: str
    steps: tuple[Step, ...]


def make_episode(
    seed: int,
    split: str = "train",
    num_entries: tuple[int, int] = (5, 12),
    detours: float = 0.4,
    goals: tuple[str, ...] = GOALS,
) -> Episode:
    """The episode of a seed. No app, app sign or list entry is in both splits, so no screen is either.

    Args:
        seed: any whole number.
        split: train or test.
        num_entries: fewest and most entries of a list, within 3 to 14; from 9 on it has to be scrolled.
        detours: probability that the phone is not on the home page of the app at the start but somewhere else, and,
            drawn apart, that a dialog comes up when the app is opened.
        goals: of `GOALS`.

    Raises:
        MediaError: an argument is out of range.
    """
    _check(split, num_entries, detours, goals)
    rng = rng_for("gui", split, seed, num_entries, detours, *goals)
    world = _world(rng, split)
    app = rng.choice(APPS[split])
    entries = tuple(rng.sample(app.entries, rng.randint(*num_entries)))
    kind = rng.choice(goals)
    goal, entries = _goal(rng, kind, app, entries)
    on = frozenset(text for text in app.switches if rng.random() < 0.5)
    on = on - {goal.switch} if goal.turn_on else on | ({goal.switch} if goal.switch else set())
    popup = rng.choice(_POPUPS) if rng.random() < detours else ()
    start = _start(rng, world, goal, entries, on, detours)
    return Episode(seed, split, goal, goal_text(goal, app), _play(world, goal, start, entries, on, popup))


def _check(split: str, num_entries: tuple[int, int], detours: float, goals: tuple[str, ...]) -> None:
    if split not in SPLITS:
        raise MediaError(f"gui: unknown split {split!r}; use train or test")
    if not 3 <= num_entries[0] <= num_entries[1] <= 14:
        raise MediaError(f"gui: num_entries must be an ordered pair within 3 to 14, got {num_entries}")
    if not 0 <= detours <= 1:
        raise MediaError(f"gui: detours is a probability from 0 to 1, got {detours}")
    if not goals or any(goal not in GOALS for goal in goals):
        raise MediaError(f"gui: goals must be some of {', '.join(GOALS)}, got {', '.join(goals) or 'none'}")


def _world(rng: random.Random, split: str) -> World:
    apps = rng.sample(APPS[split], len(APPS[split]))
    first = rng.randint(4, 6)
    clock = f"{rng.randint(7, 21)}:{rng.randint(0, 59):02d}"
    return World(split, (tuple(apps[:first]), tuple(apps[first:])), rng.random() < 0.25, clock, rng.random() < 0.5)


def _goal(rng: random.Random, kind: str, app: App, entries: tuple[str, ...]) -> tuple[Goal, tuple[str, ...]]:
    """The goal, and the entries of the app: one that is to be added is not there yet."""
    entry = rng.choice(entries)
    if kind == "switch":
        return Goal(kind, app.name, "", rng.choice(app.switches), rng.random() < 0.5), entries
    if kind == "add":
        entries = tuple(other for other in entries if other != entry)
    return Goal(kind, app.name, entry), entries


def _start(
    rng: random.Random, world: World, goal: Goal, entries: tuple[str, ...], on: frozenset[str], detours: float
) -> State:
    """Where the phone is: on a home page, in another app, on a wrong page of the app, or at the end of its list."""
    draw = rng.random()
    home = State(home=rng.randrange(len(world.pages)))
    if draw < 0.4 * detours:
        return home
    if draw < 0.55 * detours:
        names = [app.name for app in APPS[world.split] if app.name != goal.app]
        other = world.app(rng.choice(names))
        return State("list", home.home, other.name, tuple(rng.sample(other.entries, rng.randint(4, WINDOW))))
    inside = State("list", world.page_of(goal.app), goal.app, entries, on=on)
    if draw < 0.7 * detours:
        return replace(inside, page="detail", entry=rng.choice([entry for entry in entries if entry != goal.entry]))
    if draw < detours:
        lists = goal.kind in ("open", "delete") and inside.last_scroll
        return replace(inside, scroll=inside.last_scroll) if lists else replace(inside, page="settings")
    return State(home=world.page_of(goal.app))


def _play(
    world: World, goal: Goal, start: State, entries: tuple[str, ...], on: frozenset[str], popup: tuple[str, ...]
) -> tuple[Step, ...]:
    """Do what is right until the task is done."""
    steps: list[Step] = []
    state = start
    while len(steps) < _MOST_STEPS:
        screen = build(state, world)
        action = next_action(state, screen, world, goal)
        steps.append(Step(screen, action))
        if action.name == COMPLETE:
            return tuple(steps)
        state = act(state, screen, world, action)
        if state.page == "list" and state.app == goal.app and steps[-1].screen.name == "home":
            state = replace(state, entries=entries, on=on, popup=popup)
    raise AssertionError(f"no end after {_MOST_STEPS} steps: {goal}")
