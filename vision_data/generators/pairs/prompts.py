"""What a picture is asked to show: groups of equal things, and the sentence that says so. Not from a paper."""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from vision_data.generators.scenes.outdoor import ICONS, plural
from vision_data.generators.scenes.scene import SPLITS
from vision_data.generators.scenes.settings import SETTINGS, Setting

NUMBERS = ("no", "one", "two", "three", "four", "five")
_TOO_WIDE = ("bus",)  # two of them fill a road, and no fault would find room


@dataclass(frozen=True)
class Group:
    """Some equal things in one place: `two red mugs on the shelf`."""

    count: int
    colour: str
    kind: str
    place: str


def group_text(group: Group, setting: Setting) -> str:
    """`two red mugs on the shelf`, `an orange cat on the floor`."""
    where = setting.place(group.place).phrase
    if group.count == 1:
        return f"{'an' if group.colour[0] in 'aeiou' else 'a'} {group.colour} {group.kind} {where}"
    return f"{NUMBERS[group.count]} {group.colour} {plural(group.kind)} {where}"


def prompt_text(groups: Sequence[Group], setting: Setting) -> str:
    """The whole prompt, such as `A room with two red mugs on the shelf and a blue ball on the floor.`."""
    parts = [group_text(group, setting) for group in groups]
    listed = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
    return f"A {setting.name} with {listed}."


def choose_groups(rng: random.Random, setting: Setting, num: int) -> tuple[Group, ...]:
    """Groups of different kinds, one to three things each."""
    groups: list[Group] = []
    while len(groups) < num:
        place = rng.choice(setting.places)
        kind = rng.choice([kind for kind in place.kinds if kind not in _TOO_WIDE])
        if all(kind != group.kind for group in groups):
            groups.append(Group(rng.choice((1, 1, 2, 2, 3)), rng.choice(ICONS[kind].colours), kind, place.name))
    return tuple(groups)


def split_of(setting: str, groups: Sequence[Group]) -> str:
    """The one split to which a prompt belongs, by its checksum; the order of its groups does not matter."""
    return SPLITS[zlib.crc32(prompt_text(sorted(groups, key=repr), SETTINGS[setting]).encode()) % 2]
