"""Four options, one of them right, the others results of likely mistakes."""

from __future__ import annotations

import random
from collections.abc import Sequence

from vision_data.generators.geometry.sketch import Sketch, number, tidy

LETTERS = "ABCD"


def options(sketch: Sketch, rng: random.Random) -> tuple[tuple[float, ...], str]:
    """Four different positive numbers in random order and the letter of the right one."""
    limit = 180.0 if sketch.unit else float("inf")
    wrong: list[float] = []
    slips = list(dict.fromkeys(sketch.slips))
    rng.shuffle(slips)
    for value in [*slips, *_nearby(sketch.answer, rng)]:
        # A fraction among whole numbers would be seen to be wrong.
        alike = (value == int(value)) == (sketch.answer == int(sketch.answer))
        apart = all(abs(value - other) >= 0.03 * max(value, other) for other in (sketch.answer, *wrong))
        if alike and apart and 0 < value < limit and number(round(value, 2)) != number(sketch.answer):
            wrong.append(tidy(value))
        if len(wrong) == len(LETTERS) - 1:
            break
    at = rng.randrange(len(LETTERS))
    return (*wrong[:at], tidy(sketch.answer), *wrong[at:]), LETTERS[at]


def _nearby(answer: float, rng: random.Random) -> Sequence[float]:
    """Numbers around the answer, for sketches with too few usable slips."""
    steps = [2, -2, 4, -4, 5, -5, 8, -8, 10, -10, 15, 20, 25, 30]
    rng.shuffle(steps)
    return [answer + step for step in steps]
