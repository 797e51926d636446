"""Things in the cells of a small picture, with questions in GRIT's fields: scenes that a small model can learn."""

from __future__ import annotations

import json
import random
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmreason.errors import RecipeError
from mmreason.seeds import seed_of

if TYPE_CHECKING:
    from PIL import Image

CELL, MARGIN = 28, 2
"""Pixels of a cell, which is one image token of Qwen2-VL, and of the gap around the thing in it."""
KINDS, COLOURS = ("ball", "boat", "mug"), ("red", "blue", "green", "yellow")
SPLITS, TYPES = ("train", "test"), ("counting", "relation")
DATASETS = {"counting": "tallyqa", "relation": "vsr"}
RELATIONS = {"left of": (0, 1), "right of": (0, -1), "above": (1, 1), "below": (1, -1)}
"""Words to the axis that is compared, and to the sign of second less first."""
GROUNDS = ("#ffffff", "#f6efe2", "#e8f1f8", "#ecf4e4")

Look = tuple[str, str]
"""Colour and kind."""


@dataclass(frozen=True)
class Cells:
    """Square pictures of ``size`` pixels in cells of 28, each empty or with one thing in the middle. Not from a paper.

    Args:
        size: side in pixels, a multiple of 28 from 84 to 280.
        things: fewest and most things, no more than there are cells.
        counts: fewest and most things that a counting question is about; the numbers between come equally often.
        types: of questions, in turn: ``counting`` and ``relation``.

    Raises:
        RecipeError: a number is out of range.
    """

    size: int = 112
    things: tuple[int, int] = (3, 6)
    counts: tuple[int, int] = (1, 3)
    types: tuple[str, ...] = ("counting",)

    def __post_init__(self) -> None:
        """Refuse what could not be drawn."""
        (low, high), (least, most) = self.things, self.counts
        if self.size % CELL or not 84 <= self.size <= 280:
            raise RecipeError(f"scenes in cells: size must be a multiple of {CELL} from 84 to 280, got {self.size}")
        if not 2 <= low <= high <= self.side**2 or not 0 <= least <= most <= high:
            raise RecipeError(
                f"scenes in cells need things within 2 to {self.side**2} and counts within 0 to the most things, both "
                f"in order, got {self.things} and {self.counts}"
            )
        if not self.types or not set(self.types) <= set(TYPES):
            raise RecipeError(f"scenes in cells: types are some of {', '.join(TYPES)}, got {self.types}")

    @property
    def side(self) -> int:
        """Cells along a side."""
        return self.size // CELL

    def record(self, seed: int, index: int, split: str) -> dict[str, Any]:
        """Question number ``index`` with its scene; every layout belongs to one split by its checksum."""
        rng = random.Random(seed_of(seed, "cells", split, index, self.size, self.things, self.counts, *self.types))
        kind, turn = self.types[index % len(self.types)], index // len(self.types)
        while True:
            made = self.counting(rng, turn) if kind == "counting" else self.relation(rng, turn)
            layout = repr(sorted((row["colour"], row["kind"], row["box"]) for row in made["objects"]))
            if zlib.crc32(layout.encode()) % 2 == SPLITS.index(split):
                return made | {"id": f"{split}-cells-{index:05d}", "split": split, "ground": rng.choice(GROUNDS)}

    def counting(self, rng: random.Random, turn: int) -> dict[str, Any]:
        """How many of a colour, of a kind, or of both; the right numbers take turns."""
        least, most = self.counts
        target = least + turn % (most - least + 1)
        colours, kinds = rng.choice((((rng.choice(COLOURS),), KINDS), (COLOURS, (rng.choice(KINDS),)), pair(rng)))
        right = [(colour, kind) for colour in colours for kind in kinds]
        others = [look for look in every() if look not in right]
        num = rng.randint(max(self.things[0], target), self.things[1])
        looks = [*rng.choices(right, k=target), *rng.choices(others, k=num - target)]
        noun = "things" if kinds == KINDS else f"{kinds[0]}s"
        what = noun if colours == COLOURS else f"{colours[0]} {noun}"
        asked = [at < target for at in range(num)]
        return self.made(rng, "counting", f"How many {what} are there?", str(target), looks, asked) | {"count": target}

    def relation(self, rng: random.Random, turn: int) -> dict[str, Any]:
        """Whether one thing is left of, right of, above or below another; yes and no take turns."""
        one, other = rng.sample(every(), 2)
        others = [look for look in every() if look not in (one, other)]
        num = rng.randint(*self.things)
        looks = [one, other, *rng.choices(others, k=num - 2)]
        while True:
            made = self.made(rng, "relation", "", "", looks, [True, True, *[False] * (num - 2)])
            word = rng.choice(tuple(RELATIONS))
            axis, sign = RELATIONS[word]
            first, second = (
                next(o["box"] for o in made["objects"] if (o["colour"], o["kind"]) == x) for x in looks[:2]
            )
            apart = (second[axis] - first[axis]) * sign
            if apart and (apart > 0) == (turn % 2 == 0):
                question = f"Is the {' '.join(one)} {word} the {' '.join(other)}?"
                answer, boxes = "yes" if apart > 0 else "no", [first, second]
                return made | {
                    "question": question, "answer": answer, "count": None, "boxes": boxes, "bboxs": boxes,
                }  # fmt: skip

    def made(
        self, rng: random.Random, kind: str, question: str, answer: str, looks: list[Look], asked: list[bool]
    ) -> dict[str, Any]:
        """A record with the things at places of their own, listed row by row."""
        places = rng.sample(range(self.side**2), len(looks))
        found = sorted(zip(places, looks, asked, strict=True))
        objects = [{"kind": thing, "colour": colour, "box": self.box(at)} for at, (colour, thing), _ in found]
        boxes = [self.box(at) for at, _, ask in found if ask]
        return {
            "question": question, "answer": answer, "type": kind, "dataset": DATASETS[kind], "image": "",
            "width": self.size, "height": self.size, "size": [self.size, self.size], "box_space": "original",
            "objects": objects, "boxes": boxes, "bboxs": boxes,
        }  # fmt: skip

    def box(self, at: int) -> list[int]:
        """Left, top, right and bottom of the thing in a cell, in pixels."""
        left, top = at % self.side * CELL, at // self.side * CELL
        return [left + MARGIN, top + MARGIN, left + CELL - MARGIN, top + CELL - MARGIN]

    def write(self, out: Path, num: int, seed: int, split: str) -> None:
        """Write ``images/*.png`` and ``records.jsonl`` (GRIT's JSONL) to a folder that appears whole or not at all.

        Raises:
            MediaError: the folder is there and not empty.
        """
        from vision_data.generators.folder import whole_folder

        with whole_folder(out) as folder:
            (folder / "images").mkdir()
            with (folder / "records.jsonl").open("w", encoding="utf-8") as file:
                for index in range(num):
                    record = self.record(seed, index, split) | {"image": f"images/{index:05d}.png"}
                    render(record).save(folder / record["image"])
                    file.write(json.dumps(record) + "\n")


def every() -> list[Look]:
    """All looks that a thing may have."""
    return [(colour, kind) for colour in COLOURS for kind in KINDS]


def pair(rng: random.Random) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """One colour and one kind."""
    return (rng.choice(COLOURS),), (rng.choice(KINDS),)


def render(record: dict[str, Any]) -> Image.Image:
    """The picture of a record, RGB; a thing fills its box."""
    from PIL import Image

    from vision_data.generators.scenes.sprites import sprite

    picture = Image.new("RGB", tuple(record["size"]), record["ground"])
    for thing in record["objects"]:
        left, top, right, bottom = thing["box"]
        drawn = sprite(thing["kind"], thing["colour"], 4 * CELL).resize((right - left, bottom - top))
        picture.paste(drawn, (left, top), drawn)
    return picture
