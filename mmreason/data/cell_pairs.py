"""Preference pairs of pictures in cells: what a small model can see of two renderings of one description."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mmreason.data.pair_thoughts import counted
from mmreason.data.pairs import RenderedPairs
from mmreason.data.scene_cells import COLOURS, GROUNDS, KINDS, SPLITS, Cells, render
from mmreason.errors import DataError, RecipeError
from mmreason.rewards.golds import one_of
from mmreason.seeds import seed_of

if TYPE_CHECKING:
    from PIL import Image

FAULTS = ("missing", "object", "colour", "count", "noise")
NUM_FAULTS = {"medium": 2, "hard": 1}
NOISE = {"medium": 32.0, "hard": 20.0}
"""Standard deviation of noise in each channel, 0 to 255."""
MOST = 3
"""Equal things of a group."""
TRIES = 2_000


@dataclass(frozen=True)
class CellGroup:
    """Some equal things: ``two red mugs``."""

    count: int
    colour: str
    kind: str

    def __str__(self) -> str:
        """In the words of the description."""
        return counted(self.count, self.colour, self.kind)


@dataclass(frozen=True)
class CellPicture:
    """What stands in which cell, counted row by row.

    Attributes:
        things: cell to colour and kind.
        ground: colour of what is behind.
        noise: standard deviation in each channel.
        seed: of the noise.
    """

    things: dict[int, tuple[str, str]]
    ground: str
    noise: float = 0.0
    seed: int = 0

    def places(self, group: CellGroup) -> list[int]:
        """Cells with the things of a group."""
        return [at for at, look in self.things.items() if look == (group.colour, group.kind)]


@dataclass(frozen=True)
class CellPair:
    """The rungs from the picture that fits to the one with every fault, and which picture is shown first."""

    description: str
    level: str
    groups: tuple[CellGroup, ...]
    faults: tuple[dict[str, Any], ...]
    rungs: tuple[CellPicture, ...]
    preferred: int


@dataclass(frozen=True)
class CellPairs(RenderedPairs):
    """`RenderedPairs` whose things stand in the cells of `Cells`, so that each is one image token of a Qwen2.5-VL.

    A fault concerns one group: it is missing, its things are of another kind or colour, or one thing is too many or too
    few. Or the picture is noisy. The record is that of `RenderedPairs`; ``strength`` of a fault is left out.

    Args:
        num: pairs.
        seed: of the pictures.
        split: ``train`` or ``test``; they share no description.
        levels: taken in turn: ``medium`` (two faults, strong noise) or ``hard`` (one, weaker noise).
        groups: fewest and most groups of one to three equal things, of 1 to 3.
        things: kinds of things, of ``scene_cells.KINDS``.
        kinds: faults that may occur, of ``FAULTS``.
        size: side of a picture in pixels, a multiple of 28 from 84 to 280.
        teacher: who writes demonstrations; None writes none.

    Raises:
        RecipeError: an argument is out of range.
    """

    groups: tuple[int, int] = (1, 2)
    things: tuple[str, ...] = KINDS
    kinds: tuple[str, ...] = FAULTS
    size: int = 112
    cells: Cells = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse what could not be drawn."""
        super().__post_init__()
        for level in self.levels:
            one_of(level, tuple(NUM_FAULTS), "CellPairs: level")
        for what, given, known in (("thing", self.things, KINDS), ("fault", self.kinds, FAULTS)):
            for name in given:
                one_of(name, known, f"CellPairs: {what}")
        low, high = self.groups
        if not (1 <= low <= high <= 3 and self.things):
            raise RecipeError(f"CellPairs needs one to three groups, in order, and a thing, got {self.groups}")
        object.__setattr__(self, "cells", Cells(self.size))

    def pairs(self) -> Iterator[CellPair]:
        """The first ``num`` pairs of the seed.

        Raises:
            DataError: the faults that are allowed cannot be as many as a level asks for.
        """
        from vision_data.generators.pairs.dataset import balanced

        for index in range(self.num):
            level = self.levels[index % len(self.levels)]
            rng = random.Random(seed_of("cell pairs", self.seed, self.split, level, index))
            for _ in range(TRIES):
                if found := self.made(rng, level, balanced(self.seed, index)):
                    yield found
                    break
            else:
                raise DataError(f"{self!r}: no such pair among {TRIES}; allow more faults or groups")

    def made(self, rng: random.Random, level: str, preferred: int) -> CellPair | None:
        """A pair, or None where it is of the other split or its faults do not fit."""
        groups: list[CellGroup] = []
        for _ in range(rng.randint(*self.groups)):
            group = CellGroup(rng.randint(1, MOST), rng.choice(COLOURS), rng.choice(self.things))
            if all((group.colour, group.kind) != (other.colour, other.kind) for other in groups):
                groups.append(group)
        told = sorted(map(str, groups))
        if zlib.crc32(" ".join(told).encode()) % 2 != SPLITS.index(self.split):
            return None
        looks = [(group.colour, group.kind) for group in groups for _ in range(group.count)]
        places = rng.sample(range(self.cells.side**2), len(looks))
        rungs = [CellPicture(dict(zip(places, looks, strict=True)), rng.choice(GROUNDS), seed=rng.randrange(2**30))]
        faults: list[dict[str, Any]] = []
        now, hit = list(groups), rng.sample(groups, len(groups))
        for kind in rng.sample(self.kinds, min(NUM_FAULTS[level], len(self.kinds))):
            if kind == "noise":
                rungs.append(replace(rungs[-1], noise=NOISE[level]))
                faults.append({"kind": kind, "text": "the picture is noisy"})
                continue
            if not hit:
                return None
            group = hit.pop()
            now.remove(group)
            wrong = self.wrong(rng, kind, group, [*now, *(other for other in groups if other != group)])
            if wrong == group:
                return None
            now += [wrong] if wrong else []
            rungs.append(self.changed(rng, rungs[-1], group, wrong))
            faults.append({"kind": kind, "text": f"{wrong or 'nothing'} instead of {group}"})
        if len(faults) < NUM_FAULTS[level]:
            return None
        words = f"{' and '.join(map(str, groups))}."
        return CellPair(words[0].upper() + words[1:], level, tuple(groups), tuple(faults), tuple(rungs), preferred)

    def wrong(self, rng: random.Random, kind: str, group: CellGroup, others: Sequence[CellGroup]) -> CellGroup | None:
        """What is there in place of a group, None for nothing; the group itself where it would be like another."""
        wrong = group
        if kind == "missing":
            return None
        if kind == "colour":
            wrong = replace(group, colour=rng.choice([colour for colour in COLOURS if colour != group.colour]))
        elif kind == "object":
            kinds = [thing for thing in self.things if thing != group.kind]
            wrong = replace(group, kind=rng.choice(kinds or [group.kind]))
        elif kind == "count":
            ways = [count for count in (group.count - 1, group.count + 1) if 1 <= count <= MOST]
            wrong = replace(group, count=rng.choice(ways))
        taken = [(other.colour, other.kind) for other in others]
        return group if (wrong.colour, wrong.kind) in taken else wrong

    def changed(
        self, rng: random.Random, picture: CellPicture, group: CellGroup, wrong: CellGroup | None
    ) -> CellPicture:
        """The picture with another group in place of one, in the same cells as far as there are as many."""
        places = picture.places(group)
        things = {at: look for at, look in picture.things.items() if at not in places}
        if wrong is None:
            return replace(picture, things=things)
        free = [at for at in range(self.cells.side**2) if at not in picture.things]
        places = (places + rng.sample(free, len(free)))[: wrong.count]
        return replace(picture, things=things | dict.fromkeys(places, (wrong.colour, wrong.kind)))

    def record(self, picture: CellPicture) -> dict[str, Any]:
        """What is drawn: see ``scene_cells.render``."""
        objects = [
            {"kind": kind, "colour": colour, "box": self.cells.box(at)}
            for at, (colour, kind) in sorted(picture.things.items())
        ]
        return {"objects": objects, "size": [self.size, self.size], "ground": picture.ground}

    def row(self, pair: CellPair, index: int) -> dict[str, Any]:
        """What is known of a pair."""
        better, worse = pair.rungs[0], pair.rungs[-1]
        shown = (better, worse) if pair.preferred == 1 else (worse, better)
        row: dict[str, Any] = {
            "id": f"{self.split}-cells-compared-{index:05d}",
            "description": pair.description,
            "level": pair.level,
            "preference": pair.preferred,
            "groups": [asdict(group) for group in pair.groups],
            "faults": [fault | {"image": 3 - pair.preferred} for fault in pair.faults],
        }
        for number, picture in enumerate(shown, 1):
            row[f"objects_{number}"] = self.record(picture)["objects"]
            row[f"blur_{number}"], row[f"noise_{number}"] = 0.0, picture.noise
        return row

    def rungs(self, pair: CellPair) -> list[Image.Image]:
        """Pictures from the one that fits to the one with every fault."""
        from vision_data.generators.pairs.picture import noisy

        out = []
        for picture in pair.rungs:
            drawn = render(self.record(picture))
            out.append(noisy(drawn, picture.noise, picture.seed) if picture.noise else drawn)
        return out

    def name(self) -> str:
        """Name of the folder."""
        return f"cells-{super().name()}"
