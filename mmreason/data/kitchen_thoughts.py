"""Short worked answers to kitchen questions by a teacher who errs as often as asked."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mmreason.errors import RecipeError
from mmreason.seeds import seed_of

LETTERS = "ABCD"
_DONE = {"wash": "washed", "cut": "cut", "cook": "cooked", "bake": "baked"}


def portion(food: str, done: list[str]) -> str:
    """A food and what was done to it.

    >>> portion("tomato", ["wash", "cut"]), portion("egg", [])
    ('tomato washed cut', 'egg raw')
    """
    return " ".join((food, *(_DONE[verb] for verb in done))) if done else f"{food} raw"


def seen(state: Mapping[str, Any]) -> str:
    """What the cook holds and what stands on the table.

    >>> seen({"held": ["egg", []], "served": [["fish", ["cook"]]]})
    'Held: egg raw. Served: fish cooked.'
    """
    held = portion(*state["held"]) if state["held"] else "nothing"
    served = ", ".join(portion(*item) for item in state["served"]) or "nothing"
    return f"Held: {held}. Served: {served}."


@dataclass(frozen=True)
class Teacher:
    """Writes ``num`` demonstrations for a task: a short thought that ends in an option with its letter, and a letter.

    The thought comes to a wrong option with probability ``slip``. The letter is that of the thought's option, but with
    probability ``stray`` it is another: the right one where the thought was wrong, any other where it was right. A
    policy that learns from such a teacher answers rightly for reasons that it does not give: what a consistency reward
    is to mend (GRPO-CARE, arXiv:2506.16141). Texts depend on the task's id, the teacher and nothing else.

    Raises:
        RecipeError: a number is out of range.
    """

    num: int = 2
    slip: float = 0.0
    stray: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what is no number of texts or no probability."""
        if self.num < 1 or not (0 <= self.slip <= 1 and 0 <= self.stray <= 1):
            raise RecipeError(
                f"Teacher needs num >= 1, and slip and stray from 0 to 1, got {self.num}, {self.slip} and {self.stray}"
            )

    def texts(self, id: str, record: Mapping[str, Any], answer: str) -> list[str]:
        """Give the demonstrations of a task.

        Args:
            id: of the task.
            record: with ``options`` and ``state``.
            answer: the right letter.
        """
        return [self.text(random.Random(seed_of(self.seed, "teacher", id, i)), record, answer) for i in range(self.num)]

    def text(self, rng: random.Random, record: Mapping[str, Any], answer: str) -> str:
        """One demonstration."""
        options = record["options"]
        others = [letter for letter in LETTERS[: len(options)] if letter != answer]
        thought = rng.choice(others) if rng.random() < self.slip else answer
        letter = thought
        if rng.random() < self.stray:
            letter = rng.choice(others) if thought == answer else answer
        step = options[LETTERS.index(thought)]
        # A space before both letters makes them one token, which a small model copies more easily.
        return f"<think>{seen(record['state'])} Next: {step}, so {thought}.</think><answer> {letter}</answer>"
