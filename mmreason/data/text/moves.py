"""Things that change hands, and somebody who walks about."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from mmreason.data.text.family import Family, Puzzle, dial
from mmreason.data.text.vocabulary import COLOURS, PEOPLE, THINGS

TOWARDS = {"north": (0, 1), "east": (1, 0), "south": (0, -1), "west": (-1, 0)}


@dataclass(frozen=True, kw_only=True)
class GoodsExchange(Family):
    """SynLogic's goods exchange, arXiv:2505.19641: who has what after a number of swaps.

    From 3 people and 3 swaps at level 1 to 12 people and 21 swaps at level 10.

    Args:
        people: 2 to 20; None as the level says.
        swaps: 1 to 60; None as the level says.
    """

    people: int | None = None
    swaps: int | None = None

    name: ClassVar[str] = "goods_exchange"

    def draw(self, rng: random.Random) -> Puzzle:
        """Draw who has what, and the swaps."""
        num = dial(self.people, 2 + self.level, 2, 20, "GoodsExchange: people")
        swaps = dial(self.swaps, 1 + 2 * self.level, 1, 60, "GoodsExchange: swaps")
        people = rng.sample(PEOPLE, num)
        every = [f"{colour} {thing}" for colour in COLOURS for thing in THINGS["tools"] + THINGS["instruments"]]
        has = dict(zip(people, rng.sample(every, num), strict=True))
        told = [f"{who} has the {thing}." for who, thing in has.items()]
        for _ in range(swaps):
            a, b = rng.sample(people, 2)
            if rng.random() < 0.5:
                told.append(f"{a} and {b} swap what they have.")
            else:
                told.append(f"Whoever has the {has[a]} swaps it with {b}.")
            has[a], has[b] = has[b], has[a]
        who = rng.choice(people)
        return Puzzle(
            question=f"{' '.join(told)}\nWhat does {who} have now? Answer with the colour and the thing, no article.",
            answer=has[who],
            record={"text": has[who]},
        )


@dataclass(frozen=True, kw_only=True)
class SpaceReasoning(Family):
    """SynLogic's space reasoning, arXiv:2505.19641: where a walk on a grid ends.

    From 4 moves at level 1 to 31 at level 10; from level 4 on there are turns to the left and right.

    Args:
        moves: 1 to 100; None as the level says.
    """

    moves: int | None = None

    name: ClassVar[str] = "space_reasoning"

    def draw(self, rng: random.Random) -> Puzzle:
        """Draw a walk."""
        num = dial(self.moves, 1 + 3 * self.level, 1, 100, "SpaceReasoning: moves")
        names = list(TOWARDS)
        x, y = rng.randint(-9, 9), rng.randint(-9, 9)
        facing = rng.randrange(4)
        told = [f"You stand at ({x}, {y}) and face {names[facing]}."]
        for _ in range(num):
            turn = rng.choice((1, -1))
            steps = rng.randint(1, 9)
            if self.level >= 4 and rng.random() < 0.6:
                facing = (facing + turn) % 4
                told.append(f"Turn {'right' if turn > 0 else 'left'} and go {steps} forward.")
            else:
                facing = rng.randrange(4)
                told.append(f"Go {steps} {names[facing]} and keep facing there.")
            x, y = x + steps * TOWARDS[names[facing]][0], y + steps * TOWARDS[names[facing]][1]
        return Puzzle(
            question=(
                "In (x, y), x grows to the east and y to the north.\n"
                f"{' '.join(told)}\nWhere are you now? Answer in the form (x, y)."
            ),
            answer=f"({x}, {y})",
            record={"at": [x, y]},
        )
