"""Rooms, kitchens, streets and parks with things in them, and the exact box of each. Not from a paper."""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass
from functools import cached_property

from PIL import Image

from vision_data.errors import MediaError
from vision_data.generators.scenes.backdrops import LOOKS, backdrop
from vision_data.generators.scenes.layout import Box, side_by_side, what_is_seen
from vision_data.generators.scenes.outdoor import ICONS
from vision_data.generators.scenes.settings import SETTINGS, Place, Setting
from vision_data.generators.scenes.sprites import sprite
from vision_data.generators.seeds import rng_for

SPLITS = ("train", "test")
SIZES = (168, 896)
"""Smallest and largest side of a picture, pixels."""
MAX_OBJECTS = 12
MAX_OCCLUSION = 0.6

Choice = tuple[str, str, str]
"""Place, kind and colour of a thing."""


@dataclass(frozen=True)
class Thing:
    """One thing.

    Attributes:
        kind: such as mug.
        colour: such as red.
        place: such as shelf.
        box: tight around the thing drawn alone.
        visible_box: tight around what other things leave to be seen of it.
        visible: that share of its pixels, up to 1.
    """

    kind: str
    colour: str
    place: str
    box: Box
    visible_box: Box
    visible: float


@dataclass(frozen=True)
class Scene:
    """A square picture of `size` pixels; `things` are in the order in which they are painted, the farthest first."""

    seed: int
    split: str
    size: int
    setting: str
    look: int
    flip: bool
    things: tuple[Thing, ...]

    @cached_property
    def surroundings(self) -> Setting:
        """The setting with its places."""
        return SETTINGS[self.setting]


def unit_of(size: int) -> int:
    """Pixels that a thing of scale 1 takes in a picture of that size."""
    return round(size * 0.15)


def make_scene(
    seed: int,
    size: int = 224,
    num_objects: tuple[int, int] = (3, 8),
    occlusion: float = 0.0,
    split: str = "train",
    setting: str | None = None,
) -> Scene:
    """The scene of a seed; no arrangement (what stands where, from left to right) is in both splits.

    Args:
        seed: any whole number.
        size: side in pixels, 168 to 896; things grow with it.
        num_objects: fewest and most things, within 1 to 12.
        occlusion: largest share of a thing that others may hide, 0 (nothing touches) to 0.6.
        split: train or test.
        setting: room, kitchen, street or park; None draws one.

    Raises:
        MediaError: an argument is out of range.
    """
    _check(size, num_objects, occlusion, split, setting)
    rng = rng_for("scenes", split, seed, size, num_objects, occlusion, setting)
    name = setting or rng.choice(tuple(SETTINGS))
    look, flip = rng.randrange(LOOKS), rng.random() < 0.5
    while True:
        choices = choose_things(rng, SETTINGS[name], rng.randint(*num_objects))
        if split_of(name, choices) != split:
            continue
        things = place_things(rng, SETTINGS[name], choices, size, flip, occlusion)
        if things is not None:
            return Scene(seed, split, size, name, look, flip, things)


def _check(size: int, num_objects: tuple[int, int], occlusion: float, split: str, setting: str | None) -> None:
    if split not in SPLITS:
        raise MediaError(f"scenes: unknown split {split!r}; use train or test")
    if setting is not None and setting not in SETTINGS:
        raise MediaError(f"scenes: unknown setting {setting!r}; use {', '.join(SETTINGS)}, or None for any")
    if not SIZES[0] <= size <= SIZES[1]:
        raise MediaError(f"scenes: size must be {SIZES[0]} to {SIZES[1]} pixels, got {size}")
    if not 1 <= num_objects[0] <= num_objects[1] <= MAX_OBJECTS:
        raise MediaError(f"scenes: num_objects must be an ordered pair within 1 to {MAX_OBJECTS}, got {num_objects}")
    if not 0 <= occlusion <= MAX_OCCLUSION:
        raise MediaError(f"scenes: occlusion is a share from 0 to {MAX_OCCLUSION}, got {occlusion}")


def split_of(setting: str, choices: list[Choice]) -> str:
    """The one split to which an arrangement belongs, by its checksum; order matters only within a place."""
    by_place = sorted((place, [c[1:] for c in choices if c[0] == place]) for place in {c[0] for c in choices})
    return SPLITS[zlib.crc32(repr((setting, by_place)).encode()) % 2]


def choose_things(rng: random.Random, setting: Setting, count: int) -> list[Choice]:
    """What stands where, from left to right on each place; kinds repeat, so that there is something to count."""
    chosen: list[Choice] = []
    for _ in range(count):
        place = rng.choice(setting.places)
        known = sorted({kind for _, kind, _ in chosen if kind in place.kinds})
        kind = rng.choice(known) if known and rng.random() < 0.45 else rng.choice(place.kinds)
        same = sorted({colour for _, other, colour in chosen if other == kind})
        colour = rng.choice(same) if same and rng.random() < 0.5 else rng.choice(ICONS[kind].colours)
        chosen.append((place.name, kind, colour))
    return chosen


def place_things(
    rng: random.Random, setting: Setting, choices: list[Choice], size: int, flip: bool, occlusion: float
) -> tuple[Thing, ...] | None:
    """Things with boxes in painting order; None when they don't fit or hide each other too much."""
    spots: list[tuple[float, Choice, Box]] = []
    for place in setting.places:
        here = [choice for choice in choices if choice[0] == place.name]
        boxes = _on_place(rng, place, here, size, flip, occlusion)
        if len(boxes) < len(here):
            return None
        # On one board the order of painting is open; on a deep place what stands lower is nearer.
        spots += [(box[3] + rng.random(), choice, box) for choice, box in zip(here, boxes, strict=True)]
    spots.sort(key=lambda spot: (spot[0], spot[2]))
    boxes = [box for _, _, box in spots]
    seen = what_is_seen([sprite(kind, colour, unit_of(size)) for _, (_, kind, colour), _ in spots], boxes)
    if any(1 - share > occlusion for share, _ in seen):
        return None
    return tuple(
        Thing(kind, colour, place, box, part or box, round(share, 3))
        for (_, (place, kind, colour), box), (share, part) in zip(spots, seen, strict=True)
    )


def _on_place(
    rng: random.Random, place: Place, here: list[Choice], size: int, flip: bool, occlusion: float
) -> list[Box]:
    sizes = [sprite(kind, colour, unit_of(size)).size for _, kind, colour in here]
    left, right = (1 - place.right, 1 - place.left) if flip else (place.left, place.right)
    room = (round(left * size), round(right * size))
    edges = side_by_side(rng, [width for width, _ in sizes], room, occlusion, max(3, size // 64))
    boxes = []
    for (width, height), edge in zip(sizes, edges, strict=False):
        foot = round(rng.uniform(*place.feet) * size)
        boxes.append((edge, foot - height, edge + width, foot))
    return boxes


def render(scene: Scene) -> Image.Image:
    """The picture, RGB."""
    picture = backdrop(scene.setting, scene.size, scene.look, scene.flip).copy()
    for thing in scene.things:
        drawn = sprite(thing.kind, thing.colour, unit_of(scene.size))
        picture.paste(drawn, thing.box[:2], drawn)
    return picture
