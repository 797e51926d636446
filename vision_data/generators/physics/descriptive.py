"""Questions on what a physics video shows: counts, looks, who meets whom. Not from a paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vision_data.generators.physics.motion import Event, History
from vision_data.generators.physics.spec import COLOURS, KINDS, MATERIALS
from vision_data.generators.physics.world import Body, World

RESTING, MOVING = 0.02, 0.12
"""An object slower than the first is at rest, faster than the second moves (sides per second); between is not asked."""

_LOOKS: dict[str, Callable[[Body], str]] = {
    "colour": lambda body: body.colour,
    "shape": lambda body: body.kind,
    "material": lambda body: body.material,
}
_ASK = {
    "colour": "What colour is {}?",
    "shape": "What shape is {}?",
    "material": "Is {} plain or shiny?",
}


@dataclass(frozen=True)
class Fact:
    """A question with one right answer in words; `subtype` says what it takes to answer."""

    subtype: str
    question: str
    answer: str


@dataclass(frozen=True)
class Shown:
    """What the video shows of a world."""

    world: World
    history: History

    def events(self, kind: str) -> list[Event]:
        """Events of a kind before the video ends, in order."""
        end = self.world.level.duration
        return [event for event in self.history.events if event.kind == kind and event.time <= end]

    def partners(self, body: int) -> set[int]:
        """Objects that it collides with."""
        meetings = [event.bodies for event in self.events("collision") if body in event.bodies]
        return {other for pair in meetings for other in pair if other != body}


def facts(world: World) -> list[Fact]:
    """Every question of this kind that has a clear answer."""
    shown = Shown(world, world.simulate())
    parts = (_counts(shown), _looks_of_partners(shown), _looks_in_order(shown), _yes_or_no(shown), _resting(shown))
    return [fact for part in parts for fact in part]


def _counts(shown: Shown) -> list[Fact]:
    bodies = shown.world.bodies
    found = [Fact("count_objects", "How many objects are seen in the video?", str(len(bodies)))]
    words: list[tuple[str, Callable[[Body], str]]] = []
    words += [(f"{value} objects", _LOOKS["colour"]) for value in COLOURS]
    words += [(f"{value} objects", _LOOKS["material"]) for value in MATERIALS]
    words += [(f"{value}s", _LOOKS["shape"]) for value in KINDS]
    for word, look in words:
        count = sum(look(body) == word.split()[0].removesuffix("s") for body in bodies)
        found.append(Fact("count_objects", f"How many {word} are seen in the video?", str(count)))
    hits = len(shown.events("collision"))
    found.append(Fact("count_collisions", "How many collisions happen in the video?", str(hits)))
    for kind, verb in (("enter", "enter"), ("exit", "leave")):
        count = len(shown.events(kind))
        found.append(Fact(f"count_{kind}", f"How many objects {verb} the scene during the video?", str(count)))
    return found


def _about(subtype: str, world: World, body: int, who: str) -> list[Fact]:
    """Questions for the looks of an object that is described by what it does."""
    own = world.bodies[body]
    return [Fact(f"{subtype}_{look}", _ASK[look].format(who), read(own)) for look, read in _LOOKS.items()]


def _looks_of_partners(shown: Shown) -> list[Fact]:
    """Looks of the one object that a named one collides with."""
    found = []
    for body in range(len(shown.world.bodies)):
        partners = shown.partners(body)
        if len(partners) == 1:
            who = f"the object that collides with the {shown.world.name(body)}"
            found += _about("partner", shown.world, partners.pop(), who)
    return found


def _looks_in_order(shown: Shown) -> list[Fact]:
    """Looks of the first and the last to enter and to leave, where these are well apart in time."""
    found = []
    for kind, verb in (("enter", "enter"), ("exit", "leave")):
        events = shown.events(kind)
        for word, order in (("first", events), ("last", events[::-1])):
            if len(order) > 1 and abs(order[0].time - order[1].time) >= shown.world.slack:
                who = f"the {word} object to {verb} the scene"
                found += _about(f"{word}_{kind}", shown.world, order[0].bodies[0], who)
    return found


def _yes_or_no(shown: Shown) -> list[Fact]:
    world, found = shown.world, []
    numbers = range(len(world.bodies))
    gone = {event.bodies[0] for event in shown.events("exit")}
    for body in numbers:
        question = f"Does the {world.name(body)} leave the scene before the video ends?"
        found.append(Fact("leaves", question, "yes" if body in gone else "no"))
        for other in numbers:
            if other != body:
                question = f"Does the {world.name(body)} collide with the {world.name(other)}?"
                found.append(Fact("collides", question, "yes" if other in shown.partners(body) else "no"))
    return found


def _resting(shown: Shown) -> list[Fact]:
    """How many objects rest or move when the video begins or ends, where each clearly does one of these."""
    world, found = shown.world, []
    for moment, time in (("begins", 0.0), ("ends", world.level.duration)):
        states = [shown.history.state(body, time) for body in range(len(world.bodies))]
        there = [state for state in states if state is not None]
        speeds = [(state[1][0] ** 2 + state[1][1] ** 2) ** 0.5 for state in there]
        if any(RESTING < speed < MOVING for speed in speeds):
            continue
        moving = sum(speed >= MOVING for speed in speeds)
        for word, count in (("moving", moving), ("at rest", len(speeds) - moving)):
            found.append(Fact("count_moving", f"How many objects are {word} when the video {moment}?", str(count)))
    return found
