"""Who tells the truth: the web of lies, and knights and knaves."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import product
from typing import ClassVar, TypeAlias

from mmreason.data.text.family import Family, Puzzle, dial
from mmreason.data.text.vocabulary import PEOPLE
from mmreason.rewards.puzzles.deduction import names_of

Statement: TypeAlias = tuple[str, int, int]
"""Kind, and whom it is about; see ``holds``."""


@dataclass(frozen=True, kw_only=True)
class WebOfLies(Family):
    """SynLogic's web of lies, arXiv:2505.19641: who tells the truth, from what they say of each other.

    From 4 people at level 1 to 22 at level 10; three of them are asked about.

    Args:
        people: 4 to 24; None as the level says.
    """

    people: int | None = None

    name: ClassVar[str] = "web_of_lies"

    def draw(self, rng: random.Random) -> Puzzle:
        """Draw who lies, and what each says of one who came before."""
        num = dial(self.people, 2 + 2 * self.level, 4, len(PEOPLE), "WebOfLies: people")
        people = rng.sample(PEOPLE, num)
        honest = [rng.random() < 0.5 for _ in people]
        told = [f"{people[0]} {'always tells the truth' if honest[0] else 'always lies'}."]
        for at in range(1, num):
            of = rng.randrange(at)
            says = honest[of] == honest[at]
            told.append(f"{people[at]} says that {people[of]} {'tells the truth' if says else 'lies'}.")
        rng.shuffle(told)
        asked = rng.sample(range(1, num), 3)
        replies = ["yes" if honest[at] else "no" for at in asked]
        return Puzzle(
            question=(
                "Each of these people always tells the truth or always lies.\n"
                f"{' '.join(told)}\nDo {names_of([people[at] for at in asked])} tell the truth? Answer with yes or no "
                "for each, in this order, apart by commas."
            ),
            answer=", ".join(replies),
            record={"replies": replies},
        )


@dataclass(frozen=True, kw_only=True)
class KnightsAndKnaves(Family):
    """Knights, who tell the truth, and knaves, who lie, arXiv:2507.17512; exactly one solution.

    From 2 people at level 1 to 8 at level 7.

    Args:
        people: 2 to 10; None as the level says.
    """

    people: int | None = None

    name: ClassVar[str] = "knights_and_knaves"
    hardest: ClassVar[int] = 7

    def draw(self, rng: random.Random) -> Puzzle | None:
        """Draw who is what, and what each says; None where that fits in another way too."""
        num = dial(self.people, 1 + self.level, 2, 10, "KnightsAndKnaves: people")
        people = rng.sample(PEOPLE, num)
        knights = [rng.random() < 0.5 for _ in people]
        statements = [said(rng, at, knights) for at in range(num)]
        if len(consistent(statements)) != 1:
            return None
        roles = {name: "knight" if knight else "knave" for name, knight in zip(people, knights, strict=True)}
        told = "\n".join(f'{people[at]} says: "{worded(told, people)}"' for at, told in enumerate(statements))
        return Puzzle(
            question=(
                f"On an island live knights, who always tell the truth, and knaves, who always lie. You meet "
                f"{names_of(people)}.\n{told}\nThere is exactly one solution. Answer for each of them in the form X is "
                "a knight or X is a knave, apart by commas."
            ),
            answer=", ".join(f"{name} is a {role}" for name, role in roles.items()),
            record={"roles": roles},
        )


def said(rng: random.Random, at: int, knights: list[bool]) -> Statement:
    """Draw what somebody says, true if a knight."""
    while True:
        kind = rng.choice(("is", "is not", "same", "different", "or", "if", "count"))
        a, b = rng.sample([i for i in range(len(knights)) if i != at] + [at] * (len(knights) == 2), 2)
        if kind == "count":
            a, b = rng.randint(0, len(knights)), 0
        statement = (kind, a, b)
        if holds(statement, knights) == knights[at]:
            return statement


def holds(statement: Statement, knights: list[bool]) -> bool:
    """Say whether a statement is true."""
    kind, a, b = statement
    if kind == "count":
        return sum(knights) == a
    x, y = knights[a], knights[b]
    return {"is": x, "is not": not x, "same": x == y, "different": x != y, "or": x or not y, "if": not x or y}[kind]


def worded(statement: Statement, people: list[str]) -> str:
    """Put a statement into words."""
    kind, a, b = statement
    if kind == "count":
        return f"Exactly {a} of us {'is a knight' if a == 1 else 'are knights'}."
    x, y = people[a], people[b]
    return {
        "is": f"{x} is a knight.",
        "is not": f"{x} is a knave.",
        "same": f"{x} and {y} are of the same kind.",
        "different": f"{x} and {y} are of different kinds.",
        "or": f"{x} is a knight or {y} is a knave.",
        "if": f"If {x} is a knight, then {y} is a knight.",
    }[kind]


def consistent(statements: list[Statement]) -> list[list[bool]]:
    """List every way in which the knights' statements are true and the knaves' false."""
    every = (list(knights) for knights in product((True, False), repeat=len(statements)))
    return [
        knights for knights in every if all(holds(s, knights) == k for s, k in zip(statements, knights, strict=True))
    ]
