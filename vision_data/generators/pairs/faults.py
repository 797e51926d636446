"""What can be wrong with a rendering: seven faults, each with a strength. Not from a paper."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from PIL import ImageColor

from vision_data.generators.pairs.picture import Picture
from vision_data.generators.pairs.prompts import NUMBERS, Group
from vision_data.generators.scenes.icons import COLOURS
from vision_data.generators.scenes.layout import Box
from vision_data.generators.scenes.outdoor import ICONS, plural
from vision_data.generators.scenes.scene import Scene, Thing, unit_of
from vision_data.generators.scenes.sprites import sprite

_NEAR, _FAR = 110.0, 210.0  # distance of two colours in RGB: clearly different, very different
_TRIES = 40


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        kind: missing, object, colour, count, position, blur or noise.
        strength: from 0 (hard to see) to 1.
        text: what a person would say.
        group: index of the group of the prompt that is violated; -1 for blur and noise.
        removed: things of the good rendering that are not on the bad one.
        added: things of the bad rendering that are not on the good one.
        blur: see `Picture`.
        noise: see `Picture`.
    """

    kind: str
    strength: float
    text: str
    group: int = -1
    removed: tuple[Thing, ...] = field(default=())
    added: tuple[Thing, ...] = field(default=())
    blur: float = 0.0
    noise: float = 0.0


def with_faults(good: Picture, faults: Sequence[Fault]) -> Picture:
    """The good rendering with all that is wrong put in."""
    bad = good
    for fault in faults:
        bad = bad.edited(fault.removed, fault.added)
        bad = replace(bad, blur=bad.blur or fault.blur, noise=bad.noise or fault.noise)
    return bad


@dataclass(frozen=True)
class Case:
    """Where a fault is to be put: a picture, a group of its prompt, and how strong."""

    picture: Picture
    groups: tuple[Group, ...]
    at: int
    strength: float

    @property
    def group(self) -> Group:
        """The group to be violated."""
        return self.groups[self.at]

    @property
    def scene(self) -> Scene:
        """What the picture shows so far."""
        return self.picture.scene

    @property
    def members(self) -> tuple[Thing, ...]:
        """The things of the group, from left to right."""
        found = [t for t in self.scene.things if (t.kind, t.place) == (self.group.kind, self.group.place)]
        return tuple(sorted(found, key=lambda thing: thing.box))

    def fault(self, kind: str, text: str, removed: Sequence[Thing] = (), added: Sequence[Thing] = ()) -> Fault:
        """A fault of this group."""
        return Fault(kind, self.strength, text, self.at, tuple(removed), tuple(added))


def missing(case: Case, rng: random.Random) -> Fault | None:
    """The whole group is not there."""
    text = f"there is no {case.group.colour} {case.group.kind}"
    return case.fault("missing", text, case.members)


def wrong_object(case: Case, rng: random.Random) -> Fault | None:
    """Another kind of thing in the same colour and place, for a group of one."""
    place, taken = case.scene.surroundings.place(case.group.place), {group.kind for group in case.groups}
    kinds = [k for k in dict.fromkeys(place.kinds) if k not in taken and case.group.colour in ICONS[k].colours]
    if case.group.count != 1 or not kinds:
        return None
    (old,) = case.members
    kind = rng.choice(kinds)
    new = _stood(case.scene, kind, case.group.colour, old, (old.box[0] + old.box[2]) // 2, old.box[3])
    if not _free(case.scene, new.box, ignoring=(old,)):
        return None
    return case.fault("object", f"there is a {kind} where the {old.kind} should be", [old], [new])


def wrong_colour(case: Case, rng: random.Random) -> Fault | None:
    """Another colour; a very different one from strength 0.5 up, a less different one below."""
    group = case.group
    truth = ImageColor.getrgb(COLOURS[group.colour])
    gaps = {c: math.dist(truth, ImageColor.getrgb(COLOURS[c])) for c in ICONS[group.kind].colours}
    fitting = [c for c, gap in gaps.items() if (gap >= _FAR if case.strength >= 0.5 else _NEAR <= gap < _FAR)]
    if not fitting:
        return None
    colour = rng.choice(fitting)
    added = [replace(thing, colour=colour) for thing in case.members]
    return case.fault("colour", f"the {_noun_is(group)} {colour} instead of {group.colour}", case.members, added)


def _noun_is(group: Group) -> str:
    return f"{group.kind} is" if group.count == 1 else f"{plural(group.kind)} are"


def wrong_count(case: Case, rng: random.Random) -> Fault | None:
    """One thing too many or too few; two from strength 0.8 up where that is possible."""
    group, step = case.group, 2 if case.strength >= 0.8 else 1
    ways = [way for way in (step, -step, 1, -1) if group.count + way >= 1]
    for way in sorted(ways, key=lambda way: (abs(way) != step, rng.random())):
        noun = group.kind if group.count + way == 1 else plural(group.kind)
        text = f"{NUMBERS[group.count + way]} {group.colour} {noun} instead of {NUMBERS[group.count]}"
        if way < 0:
            return case.fault("count", text, rng.sample(case.members, -way))
        added = _put(case.scene, rng, replace(group, count=way))
        if added:
            return case.fault("count", text, (), added)
    return None


def wrong_position(case: Case, rng: random.Random) -> Fault | None:
    """The group is in another place."""
    places = [p for p in case.scene.surroundings.places if p.name != case.group.place and case.group.kind in p.kinds]
    for place in rng.sample(places, len(places)):
        added = _put(case.scene, rng, replace(case.group, place=place.name))
        if added:
            meant = case.scene.surroundings.place(case.group.place).phrase
            text = f"the {_noun_is(case.group)} {place.phrase} instead of {meant}"
            return case.fault("position", text, case.members, added)
    return None


def blurred(case: Case, rng: random.Random) -> Fault | None:
    """Out of focus, by 0.3 to 1.2 percent of the side."""
    return Fault("blur", case.strength, "the picture is blurred", blur=round(0.003 + 0.009 * case.strength, 4))


def noisy(case: Case, rng: random.Random) -> Fault | None:
    """Grainy, by 8 to 40 levels."""
    return Fault("noise", case.strength, "the picture is noisy", noise=round(8 + 32 * case.strength, 1))


CONTENT: dict[str, Callable[[Case, random.Random], Fault | None]] = {
    "missing": missing,
    "object": wrong_object,
    "colour": wrong_colour,
    "count": wrong_count,
    "position": wrong_position,
}
QUALITY: dict[str, Callable[[Case, random.Random], Fault | None]] = {"blur": blurred, "noise": noisy}
ALL_FAULTS = (*CONTENT, *QUALITY)


def _stood(scene: Scene, kind: str, colour: str, place: Thing | str, middle: int, foot: int) -> Thing:
    """A thing standing on a line; its box is what its drawing takes."""
    width, height = sprite(kind, colour, unit_of(scene.size)).size
    box = (middle - width // 2, foot - height, middle - width // 2 + width, foot)
    return Thing(kind, colour, place if isinstance(place, str) else place.place, box, box, 1.0)


def _free(scene: Scene, box: Box, ignoring: Sequence[Thing] = (), also: Sequence[Thing] = ()) -> bool:
    """Whether a box lies inside the picture and apart from all things."""
    if box[0] < 1 or box[2] > scene.size - 1:
        return False
    gap = 3
    others = [thing.box for thing in (*scene.things, *also) if thing not in ignoring]
    return all(box[2] + gap <= o[0] or o[2] + gap <= box[0] or box[3] <= o[1] or o[3] <= box[1] for o in others)


def _put(scene: Scene, rng: random.Random, group: Group) -> list[Thing]:
    """More things where there is room for them on their place; an empty list when there is none."""
    place = scene.surroundings.place(group.place)
    left, right = (1 - place.right, 1 - place.left) if scene.flip else (place.left, place.right)
    width = sprite(group.kind, group.colour, unit_of(scene.size)).width
    low, high = round(left * scene.size) + width // 2, round(right * scene.size) - (width + 1) // 2
    added: list[Thing] = []
    for _ in range(_TRIES * group.count):
        foot = round(rng.uniform(*place.feet) * scene.size)
        thing = _stood(scene, group.kind, group.colour, group.place, rng.randint(low, max(low, high)), foot)
        if _free(scene, thing.box, also=added):
            added.append(thing)
        if len(added) == group.count:
            return added
    return []
