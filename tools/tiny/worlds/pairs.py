"""Two drawings of one description: what each shows, how many, and which fits better."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmreason.data.cell_pairs import CellPairs
from mmreason.data.pair_questions import BRIEF
from mmreason.data.pair_thoughts import PairTeacher, counted, seen
from mmreason.data.scene_cells import CELL, COLOURS, KINDS
from mmreason.parsing.decision import read_decision
from mmreason.seeds import seed_of
from tools.tiny.packed import AIMING
from tools.tiny.worlds.lesson import Asked, Lesson, Look, aims

SIDE = 4
NOISY = "noisy"
Places = dict[tuple[int, str, str], list[int]]
"""Number of a picture, colour and kind to cells of both pictures."""


@dataclass(frozen=True)
class PairWorld:
    """Pairs of pictures, one or two groups of equal things in each. ``slip``: see `SceneWorld`."""

    slip: float = 0.0
    copies: int = 2
    split: str = "train"
    name: str = "pairs"
    content: tuple[str | None, ...] = (BRIEF.labels[0], None, BRIEF.labels[1], None)
    grid: tuple[int, int] = (SIDE, SIDE)
    words: tuple[str, ...] = (*KINDS, *COLOURS)
    moods: tuple[str, ...] = (NOISY,)

    def lesson(self, seed: int) -> Lesson:
        """A pair, compared and described."""
        rng = random.Random(seed_of("pair lesson", self.split, seed))
        spec = CellPairs(1, rng.randrange(2**40), self.split, levels=(rng.choice(("medium", "hard")),))
        pair = next(spec.pairs())
        row, rungs = spec.row(pair, 0), spec.rungs(pair)
        better, worse = rungs[0], rungs[-1]
        pictures = [np.array(p) for p in ((better, worse) if row["preference"] == 1 else (worse, better))]
        shown, places = self.shown(row)
        teacher = PairTeacher(num=1, slip=self.slip / 2, stray=self.slip)
        asked = [self.compared(teacher.text(rng, row), row, places) for _ in range(self.copies)]
        for number in (1, 2):
            said = f" {seen(row, number)}."
            looks = described(said, row, number, places, 0)
            asked.append(Asked(f"What does image {number} show?", said, tuple(looks)))
        moods = [frozenset([NOISY] if row[f"noise_{number}"] else []) for number in (1, 2)]
        return Lesson(pictures, shown, asked, moods)

    def shown(self, row: dict[str, Any]) -> tuple[list[frozenset[str]], Places]:
        """What cells of both pictures show, and where what is."""
        shown: list[frozenset[str]] = [frozenset()] * (2 * SIDE**2)
        places: Places = {}
        for number in (1, 2):
            for thing in row[f"objects_{number}"]:
                left, top, _, _ = thing["box"]
                cell = (number - 1) * SIDE**2 + top // CELL * SIDE + left // CELL
                shown[cell] = frozenset((thing["kind"], thing["colour"]))
                places.setdefault((number, thing["colour"], thing["kind"]), []).append(cell)
        return shown, places

    def compared(self, text: str, row: dict[str, Any], places: Places) -> Asked:
        """The recipe's question and answer."""
        looks: list[Look] = []
        for number in (1, 2):
            start = text.index(f" image {number}: ")
            end = text.index(".", start)
            looks += described(text[:end], row, number, places, start)
        verdict = re.search(r"(?<=So image )\d", text)
        digits = [found.end() for found in re.finditer(r"(?<=: )[01](?=[,}])", text)]
        assert verdict
        links = [(AIMING, end, verdict.end()) for end in digits] if read_decision(text) == int(verdict[0]) else []
        return Asked(f"{row['description']}{BRIEF.wants}", text, tuple(looks), tuple(links))


def described(text: str, row: dict[str, Any], number: int, places: Places, start: int) -> Iterator[Look]:
    """Number, colour and kind are told from a cell with such a thing; the number from the first."""
    for thing in row[f"objects_{number}"]:
        for count in range(1, 5):
            words = counted(count, thing["colour"], thing["kind"]).split(" ")
            phrase = re.compile(r"\b" + r" ".join(f"({re.escape(word)})" for word in words) + r"\b")
            if found := phrase.search(text, start):
                for at, word in enumerate(words):
                    match = re.compile(re.escape(word)).match(text, found.start(at + 1))
                    assert match
                    yield from aims(match, places[number, thing["colour"], thing["kind"]][0], named=at > 0)
