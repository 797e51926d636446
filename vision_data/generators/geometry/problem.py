"""One geometry problem; the same seed gives the same problem. Not from a paper; the form is that of GeoQA."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from vision_data.errors import MediaError
from vision_data.generators.geometry import areas, circles, parallels, polygons, right_triangles, triangles
from vision_data.generators.geometry.arrange import Layout, arrange
from vision_data.generators.geometry.options import options
from vision_data.generators.geometry.sketch import Maker, Sketch
from vision_data.generators.geometry.spec import FAMILIES, NUMBERS, SIZES, SPLITS, STEPS, known
from vision_data.generators.seeds import rng_for

TEMPLATES: dict[str, dict[int, tuple[Maker, ...]]] = {
    "triangles": triangles.TEMPLATES,
    "parallels": parallels.TEMPLATES,
    "circles": circles.TEMPLATES,
    "right_triangles": right_triangles.TEMPLATES,
    "polygons": polygons.TEMPLATES,
    "areas": areas.TEMPLATES,
}
_POSES = 12


@dataclass(frozen=True)
class Problem:
    """A figure, a question, its options and its answer.

    Attributes:
        sketch: points, lines, what is known and what is asked.
        family: one of `FAMILIES`.
        seed: what it was made from.
        split: train or test.
        size: side of the picture, pixels.
        numbers: whether the given numbers stand in the figure, in the text or in both.
        turn: degrees by which the figure is turned.
        flip: whether it is mirrored.
        options: four numbers, one of them right.
        letter: A to D, the right option.
    """

    sketch: Sketch
    family: str
    seed: int
    split: str
    size: int
    numbers: str
    turn: int
    flip: bool
    options: tuple[float, ...]
    letter: str

    @property
    def num_steps(self) -> int:
        """How many deductions the solution takes."""
        return len(self.sketch.steps)

    def layout(self) -> Layout:
        """Where everything is in the picture."""
        found = arrange(self.sketch, self.size, self.turn, self.flip, self.numbers != "text")
        assert found is not None, "a problem is only made when its labels fit"
        return found


def make_problem(
    seed: int,
    split: str = "train",
    family: str | None = None,
    steps: tuple[int, int] = (1, 3),
    size: int = 336,
    numbers: str = "figure",
) -> Problem:
    """The problem of a seed; no kind of problem has the same numbers in both splits.

    Args:
        seed: any whole number.
        split: train or test.
        family: one of `FAMILIES`; drawn when None.
        steps: fewest and most deductions, within 1 to 3.
        size: side of the picture in pixels, 168 to 1024.
        numbers: `figure`, `text` or `both`: where the given numbers stand.

    Raises:
        MediaError: a word is unknown or a number out of range.
    """
    split_index = SPLITS.index(known("split", split, SPLITS))
    known("place of the numbers", numbers, NUMBERS)
    if not STEPS[0] <= steps[0] <= steps[1] <= STEPS[-1]:
        raise MediaError(f"geometry: steps must be an ordered pair within 1 to 3, got {steps}")
    if not SIZES[0] <= size <= SIZES[1]:
        raise MediaError(f"geometry: size must be {SIZES[0]} to {SIZES[1]} pixels, got {size}")
    rng = rng_for("geometry", split, seed, family, steps, size, numbers)
    drawn = rng.choice(FAMILIES) if family is None else known("family", family, FAMILIES)
    makers = TEMPLATES[drawn][rng.randint(*steps)]
    while True:
        sketch = rng.choice(makers)(rng)
        if world_split(sketch) != split_index:
            continue
        for _ in range(_POSES):
            turn, flip = rng.choice((0, 0, rng.randint(-35, 35), rng.randint(-180, 180))), rng.random() < 0.5
            if arrange(sketch, size, turn, flip, numbers != "text") is not None:
                choices, letter = options(sketch, rng)
                return Problem(sketch, drawn, seed, split, size, numbers, turn, flip, choices, letter)


def world_split(sketch: Sketch) -> int:
    """Every set of numbers of a template belongs to one split by its checksum."""
    values = [*(angle.value for angle in sketch.angles), *(length.value for length in sketch.lengths)]
    return zlib.crc32(repr((sketch.template, values, sketch.answer)).encode()) % len(SPLITS)
