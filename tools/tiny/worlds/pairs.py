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
from mmreason.data.pair_thoughts import PairTeacher, counted, in_place, seen
from mmreason.data.scene_cells import CELL, COLOURS, KINDS
from mmreason.parsing.decision import read_decision
from mmreason.seeds import seed_of
from tools.tiny.packed import AIMING, RELATING
from tools.tiny.worlds.lesson import Asked, Lesson, Link, Look, aims

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
            alone = row | {"groups": []}
            said = f" {seen(alone, number)}."
            looks = described(said, alone, number, places, 0)
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
        """The recipe's question and answer: what fits is told by comparing word for word, the verdict by what fits."""
        question = f"{row['description']}{BRIEF.wants}"
        looks: list[Look] = []
        links: list[Link] = []
        fits = []
        for number in (1, 2):
            start = text.index(f" image {number}: ")
            mark = re.compile(r": (yes|no)(?=\.)").search(text, start)
            assert mark
            looks += described(text[: mark.start()], row, number, places, start)
            links += compared(question, text[: mark.start()], row, number, start)
            fits.append(mark.end())
        verdict = re.search(r"(?<=So image )\d", text)
        assert verdict
        links.append((AIMING, verdict.end(), fits[0]))
        digits = [found.end() for found in re.finditer(r"(?<=: )[01](?=[,}])", text)]
        if read_decision(text) == int(verdict[0]):
            links += [(AIMING, end, verdict.end()) for end in digits]
        return Asked(question, text, tuple(looks), tuple(links))


def compared(question: str, text: str, row: dict[str, Any], number: int, start: int) -> Iterator[Link]:
    """A word looks at its like in the description, or at itself; whether the picture fits is told from one without."""
    differs = None
    at = start + len(f" image {number}: ")
    for meant, shown in in_place(row, number):
        said = counted(*shown) if shown else "nothing"
        if meant:
            wanted = re.search(re.escape(counted(*meant)), question, re.IGNORECASE)
            assert wanted
            ends = list(word_ends(counted(*meant), wanted.start() - len(question)))
            for word, here in enumerate(word_ends(said, at)):
                if shown and shown[word] == meant[word]:
                    yield RELATING, here, ends[word]
                else:
                    yield RELATING, here, here
                    differs = differs or here
        at += len(f"{said}, ")
    yield AIMING, len(text) + len(": y"), differs or len(text)


def word_ends(phrase: str, start: int) -> Iterator[int]:
    """Where the words of a phrase end that stands at a place."""
    for word in re.finditer(r"\S+", phrase):
        yield start + word.end()


def described(text: str, row: dict[str, Any], number: int, places: Places, start: int) -> Iterator[Look]:
    """Number, colour and kind are told from a cell with such a thing; the number from the first."""
    for _, shown in in_place(row, number):
        if shown and (found := re.compile(re.escape(counted(*shown))).search(text, start)):
            count, *words = re.compile(r"\S+").finditer(text, found.start(), found.end())
            cell = places[number, *shown[1:]][0]
            yield from aims(count, cell)
            for word in words:
                yield from aims(word, cell, named=True)
