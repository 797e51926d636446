"""Two drawings of one description: what each shows, how many, and which fits better."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmreason.data.pair_questions import BRIEF
from mmreason.data.pair_thoughts import PairTeacher, counted, seen
from mmreason.data.pairs import THINGS, RenderedPairs
from mmreason.seeds import seed_of
from tools.tiny.worlds.lesson import Asked, Lesson, Look, aims
from vision_data.generators.pairs import render
from vision_data.generators.scenes.icons import COLOURS

CELL, SIDE = 28, 6
NOISY, BLURRED = "noisy", "blurred"


@dataclass(frozen=True)
class PairWorld:
    """Pairs of pictures, one group of equal things in each. ``slip``: see `SceneWorld`."""

    slip: float = 0.0
    copies: int = 2
    split: str = "train"
    name: str = "pairs"
    content: tuple[str | None, ...] = (BRIEF.labels[0], None, BRIEF.labels[1], None)
    grid: tuple[int, int] = (SIDE, SIDE)
    words: tuple[str, ...] = (*THINGS, *COLOURS)
    moods: tuple[str, ...] = (NOISY, BLURRED)

    def lesson(self, seed: int) -> Lesson:
        """A pair, compared and described."""
        rng = random.Random(seed_of("pair lesson", self.split, seed))
        spec = RenderedPairs(1, rng.randrange(2**40), self.split, levels=(rng.choice(("medium", "hard")),))
        pair = next(spec.pairs())
        row = spec.row(pair, 0)
        pictures = [np.array(render(picture).convert("RGB")) for picture in pair.pictures]
        shown, places = self.shown(row)
        teacher = PairTeacher(num=1, slip=self.slip / 2, stray=self.slip)
        asked = [self.compared(teacher.text(rng, row), row, places) for _ in range(self.copies)]
        for number in (1, 2):
            said = f" {seen(row, number)}."
            looks = described(said, row, number, places, 0)
            asked.append(Asked(f"What does image {number} show?", said, tuple(looks)))
        moods = [frozenset(word for word, name in ((NOISY, "noise"), (BLURRED, "blur")) if row[f"{name}_{number}"])
                 for number in (1, 2)]  # fmt: skip
        return Lesson(pictures, shown, asked, moods)

    def shown(self, row: dict[str, Any]) -> tuple[list[frozenset[str] | None], dict[tuple[int, str], list[int]]]:
        """What cells of both pictures show, and for each kind of thing on a picture its cells."""
        shown: list[frozenset[str] | None] = [frozenset()] * (2 * SIDE**2)
        places: dict[tuple[int, str], list[int]] = {}
        for number in (1, 2):
            for thing in row[f"objects_{number}"]:
                left, top, right, bottom = thing["box"]
                for at_row in range(top // CELL, (bottom - 1) // CELL + 1):
                    for column in range(left // CELL, (right - 1) // CELL + 1):
                        cell = (number - 1) * SIDE**2 + at_row * SIDE + column
                        shown[cell] = None if not shown[cell] else shown[cell]
            for thing in row[f"objects_{number}"]:
                left, top, right, bottom = thing["box"]
                middle = (top + bottom) // 2 // CELL * SIDE + (left + right) // 2 // CELL
                cell = (number - 1) * SIDE**2 + middle
                shown[cell] = frozenset((thing["kind"], thing["colour"]))
                places.setdefault((number, thing["kind"]), []).append(cell)
        return shown, places

    def compared(self, text: str, row: dict[str, Any], places: dict[tuple[int, str], list[int]]) -> Asked:
        """The recipe's question and answer."""
        looks: list[Look] = []
        for number in (1, 2):
            start = text.index(f" image {number}: ")
            end = text.index(".", start)
            looks += described(text[:end], row, number, places, start)
        return Asked(f"{row['description']}{BRIEF.wants}", text, tuple(looks))


def described(
    text: str, row: dict[str, Any], number: int, places: dict[tuple[int, str], list[int]], start: int
) -> Iterator[Look]:
    """Number, colour and kind are told from a cell with such a thing; the number from the first."""
    for thing in row[f"objects_{number}"]:
        for count in range(1, 5):
            words = counted(count, thing["colour"], thing["kind"]).split(" ")
            phrase = re.compile(r"\b" + r" ".join(f"({re.escape(word)})" for word in words) + r"\b")
            if found := phrase.search(text, start):
                for at, word in enumerate(words):
                    match = re.compile(re.escape(word)).match(text, found.start(at + 1))
                    assert match
                    yield from aims(match, places[number, thing["kind"]][0], named=at > 0)
