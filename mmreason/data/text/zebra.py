"""Zebra puzzles."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from mmreason.data.text.family import Family, Puzzle, dial
from mmreason.data.text.thinning import thin
from mmreason.data.text.vocabulary import COLOURS, PEOPLE, THINGS
from mmreason.data.text.zebra_solver import Clue, Fact, solved

Order: TypeAlias = tuple[int, ...]
"""In which house each value of a category is."""
CATEGORIES = {
    "Name": PEOPLE,
    "Colour": COLOURS,
    "Pet": THINGS["animals"],
    "Fruit": THINGS["fruits"],
    "Instrument": THINGS["instruments"],
}


@dataclass(frozen=True, kw_only=True)
class ZebraPuzzle(Family):
    """Zebra puzzles as in SynLogic, arXiv:2505.19641, and arXiv:2507.17512: who lives where, with one solution.

    From 2 houses and 2 categories at level 1 to 5 houses and 5 categories at level 10. ``ZebraCells`` gives partial
    marks.

    Args:
        houses: 2 to 5; None as the level says.
        categories: 2 to 5; None as the level says.
    """

    houses: int | None = None
    categories: int | None = None

    name: ClassVar[str] = "zebra_puzzle"

    def draw(self, rng: random.Random) -> Puzzle:
        """Draw who lives where, note every clue and take some away."""
        houses = dial(self.houses, (2, 3, 3, 3, 4, 4, 4, 5, 5, 5)[self.level - 1], 2, 5, "ZebraPuzzle: houses")
        num = dial(self.categories, (2, 2, 3, 4, 3, 4, 5, 3, 4, 5)[self.level - 1], 2, 5, "ZebraPuzzle: categories")
        values = {name: rng.sample(CATEGORIES[name], houses) for name in list(CATEGORIES)[:num]}
        orders = [tuple(rng.sample(range(houses), houses)) for _ in values]
        every_one = every_clue(orders)
        rng.shuffle(every_one)
        some = 2 * houses
        while len(solved(every_one[:some], houses, num)) > 1:
            some *= 2
        clues = sorted(
            every_one[:some], key=lambda clue: clue[0] in ("at", "same"), reverse=True
        )  # plain ones go first
        kept = thin(clues, lambda fewer: len(solved(fewer, houses, num)) == 1)
        told = [worded(clue, list(values.items())) for clue in rng.sample(kept, len(kept))]
        solution = {
            f"House {at + 1}": {
                name: every[order.index(at)] for (name, every), order in zip(values.items(), orders, strict=True)
            }
            for at in range(houses)
        }
        lists = "\n".join(f"{name}: {', '.join(sorted(every))}" for name, every in values.items())
        numbered = "\n".join(f"{at}. {text}" for at, text in enumerate(told, 1))
        return Puzzle(
            question=(
                f"There are {houses} houses in a row, numbered from left to right. Each has its own value of every "
                f"category:\n{lists}\n\n{numbered}\n\nThere is exactly one solution. Answer with a JSON object whose "
                f'keys are "House 1" to "House {houses}"; each holds an object with the keys '
                f"{', '.join(json.dumps(name) for name in values)}."
            ),
            answer=json.dumps(solution),
            record={"solution": solution},
        )


def every_clue(orders: Sequence[Order]) -> list[Clue]:
    """List everything that is true of two values, or of a value and a house."""
    facts = [(category, value) for category, order in enumerate(orders) for value in range(len(order))]
    out: list[Clue] = [("at", (-1, orders[c][v]), (c, v)) for c, v in facts]
    for a in facts:
        for b in facts:
            x, y = orders[a[0]][a[1]], orders[b[0]][b[1]]
            if a < b and a[0] != b[0] and x == y:
                out.append(("same", a, b))
            if a < b and abs(x - y) == 1:
                out.append(("beside", a, b))
            if a != b and y - x == 1:
                out.append(("just left", a, b))
            if a != b and y - x > 1:
                out.append(("left", a, b))
    return out


def worded(clue: Clue, values: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Put a clue into words."""

    def of(fact: Fact) -> str:
        name, every = values[fact[0]]
        return f"the house with {name} {every[fact[1]]}"

    kind, a, b = clue
    if kind == "at":
        return f"House {a[1] + 1} is {of(b)}."
    between = {"same": "is also", "beside": "is next to", "just left": "is directly left of"}
    text = f"{of(a)} {between.get(kind, 'is somewhere left of')} {of(b)}"
    if kind == "left":
        text += ", with at least one house between them"
    return f"{text[0].upper()}{text[1:]}."
