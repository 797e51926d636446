"""A prompt, a rendering that fits it and one that does not; the same seed gives the same pair. Not from a paper.

The record format they feed is that of listener-rewarded thinking (arXiv:2506.22832) and HPDv2.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property

from vision_data.errors import MediaError
from vision_data.generators.pairs.faults import ALL_FAULTS, CONTENT, QUALITY, Case, Fault, with_faults
from vision_data.generators.pairs.picture import Picture
from vision_data.generators.pairs.prompts import Group, choose_groups, prompt_text, split_of
from vision_data.generators.scenes.backdrops import LOOKS
from vision_data.generators.scenes.scene import SIZES, SPLITS, Scene, place_things
from vision_data.generators.scenes.settings import SETTINGS
from vision_data.generators.seeds import rng_for


@dataclass(frozen=True)
class Difficulty:
    """How far apart the two renderings are: how many faults, and how strong (0 to 1)."""

    num_faults: tuple[int, int]
    strength: tuple[float, float]


DIFFICULTIES = {
    "easy": Difficulty((3, 3), (0.8, 1.0)),
    "medium": Difficulty((2, 2), (0.4, 0.8)),
    "hard": Difficulty((1, 1), (0.0, 0.3)),
}


@dataclass(frozen=True)
class Pair:
    """Two renderings of one prompt.

    Attributes:
        seed: of this pair.
        split: train or test.
        difficulty: easy, medium or hard.
        groups: what the prompt asks for.
        good: the rendering that fits.
        faults: all that is wrong with the other one.
        preferred: 1 when the good rendering is shown first, 2 when second.
    """

    seed: int
    split: str
    difficulty: str
    groups: tuple[Group, ...]
    good: Picture
    faults: tuple[Fault, ...]
    preferred: int

    @cached_property
    def prompt(self) -> str:
        """The sentence."""
        return prompt_text(self.groups, self.good.scene.surroundings)

    @cached_property
    def bad(self) -> Picture:
        """The rendering with the faults."""
        return with_faults(self.good, self.faults)

    @property
    def pictures(self) -> tuple[Picture, Picture]:
        """First and second, as shown."""
        return (self.good, self.bad) if self.preferred == 1 else (self.bad, self.good)


def make_pair(
    seed: int,
    size: int = 224,
    difficulty: str = "medium",
    split: str = "train",
    num_groups: tuple[int, int] = (2, 3),
    kinds: tuple[str, ...] = ALL_FAULTS,
    preferred: int | None = None,
) -> Pair:
    """The pair of a seed; no prompt is in both splits.

    Args:
        seed: any whole number.
        size: side in pixels, 168 to 896.
        difficulty: easy (three strong faults), medium (two of middle strength) or hard (a single weak one).
        split: train or test.
        num_groups: fewest and most groups of equal things in the prompt, within 1 to 4. Each is violated at most once.
        kinds: faults that may occur, of `ALL_FAULTS`.
        preferred: 1 or 2; None draws one.

    Raises:
        MediaError: an argument is out of range, or the allowed faults cannot be as many as the difficulty asks.
    """
    _check(size, difficulty, split, num_groups, kinds, preferred)
    rng = rng_for("pairs", split, seed, size, difficulty, num_groups, *kinds)
    first = rng.choice((1, 2))
    while True:
        setting = SETTINGS[rng.choice(tuple(SETTINGS))]
        groups = choose_groups(rng, setting, rng.randint(*num_groups))
        if split_of(setting.name, groups) != split:
            continue
        look, flip = rng.randrange(LOOKS), rng.random() < 0.5
        choices = [(group.place, group.kind, group.colour) for group in groups for _ in range(group.count)]
        things = place_things(rng, setting, rng.sample(choices, len(choices)), size, flip, 0.0)
        if things is None:
            continue
        good = Picture(Scene(seed, split, size, setting.name, look, flip, things))
        faults = _draw_faults(rng, good, groups, DIFFICULTIES[difficulty], kinds)
        if faults is not None:
            return Pair(seed, split, difficulty, groups, good, faults, preferred or first)


def _check(
    size: int,
    difficulty: str,
    split: str,
    num_groups: tuple[int, int],
    kinds: tuple[str, ...],
    preferred: int | None,
) -> None:
    if split not in SPLITS:
        raise MediaError(f"pairs: unknown split {split!r}; use train or test")
    if difficulty not in DIFFICULTIES:
        raise MediaError(f"pairs: unknown difficulty {difficulty!r}; use {', '.join(DIFFICULTIES)}")
    if not SIZES[0] <= size <= SIZES[1]:
        raise MediaError(f"pairs: size must be {SIZES[0]} to {SIZES[1]} pixels, got {size}")
    if not 1 <= num_groups[0] <= num_groups[1] <= 4:
        raise MediaError(f"pairs: num_groups must be an ordered pair within 1 to 4, got {num_groups}")
    for kind in kinds:
        if kind not in ALL_FAULTS:
            raise MediaError(f"pairs: unknown fault {kind!r}; use {', '.join(ALL_FAULTS)}")
    if preferred not in (None, 1, 2):
        raise MediaError(f"pairs: preferred is 1, 2 or None, got {preferred!r}")
    most = sum(kind in kinds for kind in QUALITY) + (num_groups[1] if any(kind in kinds for kind in CONTENT) else 0)
    least = DIFFICULTIES[difficulty].num_faults[0]
    if most < least:
        raise MediaError(f"pairs: {difficulty} needs {least} faults, but {', '.join(kinds) or 'no kind'} gives {most}")


def _draw_faults(
    rng: random.Random, good: Picture, groups: tuple[Group, ...], dial: Difficulty, kinds: tuple[str, ...]
) -> tuple[Fault, ...] | None:
    """As many faults as asked, each of another kind or group; None when they find no room."""
    wanted = rng.randint(*dial.num_faults)
    open_groups = rng.sample(range(len(groups)), len(groups))
    faults: list[Fault] = []
    pool = [*kinds] * len(groups)
    rng.shuffle(pool)
    for kind in pool:
        if len(faults) == wanted:
            break
        strength = round(rng.uniform(*dial.strength), 2)
        if kind in QUALITY:
            if all(fault.kind != kind for fault in faults):
                faults += [fault for fault in [QUALITY[kind](Case(good, groups, 0, strength), rng)] if fault]
        elif open_groups:
            case = Case(with_faults(good, faults), groups, open_groups[-1], strength)
            fault = CONTENT[kind](case, rng)
            if fault is not None:
                faults.append(fault)
                open_groups.pop()
    return tuple(faults) if len(faults) == wanted else None
