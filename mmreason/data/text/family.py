"""What every family of generated text tasks has: how many, which seed, how hard, train or test, and the prompt."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from mmreason.data.records import BadRecord
from mmreason.errors import DataError, RecipeError
from mmreason.seeds import seed_of
from mmreason.types import Task
from vision_data.messages import user

Split = Literal["train", "test"]
Layout = Literal["boxed", "tags", "bare"]
"""Where the prompt wants the answer: in ``\\boxed{}``, in think and answer tags, or it does not say."""

ENDINGS: Mapping[str, str] = {
    "boxed": "\n\nPut your final answer in \\boxed{}.",
    "tags": (
        "\n\nReason between <think> and </think>, then give the final answer alone between <answer> and </answer>."
    ),
    "bare": "",
}
ATTEMPTS = 2000
"""Draws after which no further puzzle is looked for."""


@dataclass(frozen=True, slots=True)
class Puzzle:
    """One drawn question."""

    question: str
    answer: str
    """A right answer in the form that the question asks for; where several are right, one of them."""
    record: Mapping[str, Any] = field(default_factory=dict)
    """What the verifier reads, in values that JSON can hold."""
    key: str = ""
    """What makes it this puzzle and no other; empty: the question."""


@dataclass(frozen=True, kw_only=True)
class Family(ABC):
    """Puzzles of one kind: a data set that is drawn, the same for the same fields.

    Puzzle number i does not depend on how many are drawn, and none comes twice. The puzzle itself decides to which
    split it belongs, so train and test share none, whatever their seeds.

    Args:
        num: puzzles to draw.
        level: how hard they are, from 1 up; each family says what that means.
        seed: of the puzzles.
        split: train and test share no puzzle.
        layout: where the prompt wants the answer: boxed, in think and answer tags, or bare, without a word on it.

    Raises:
        RecipeError: a field is out of range.
    """

    num: int = 100
    level: int = 1
    seed: int = 0
    split: Split = "train"
    layout: Layout = "tags"

    name: ClassVar[str]
    """Type of its records, by which verifiers are found."""
    hardest: ClassVar[int] = 10
    """The highest level."""

    def __post_init__(self) -> None:
        kind = type(self).__name__
        if self.num < 1:
            raise RecipeError(f"{kind}: num is {self.num}, expected 1 or more")
        if not 1 <= self.level <= self.hardest:
            raise RecipeError(f"{kind}: level is {self.level}, expected 1 to {self.hardest}")
        if self.split not in ("train", "test"):
            raise RecipeError(f"{kind}: split is {self.split!r}, expected 'train' or 'test'")
        if self.layout not in ENDINGS:
            raise RecipeError(f"{kind}: layout is {self.layout!r}, expected one of {', '.join(ENDINGS)}")

    @abstractmethod
    def draw(self, rng: random.Random) -> Puzzle | None:
        """Draw a puzzle; None where this draw leads to none, and another is made."""

    def load_tasks(self, home: Any) -> tuple[list[Task], list[BadRecord]]:
        """Draw all tasks, as a source does; nothing is written to ``home``."""
        return [self.task(i, puzzle) for i, puzzle in enumerate(self.puzzles())], []

    def task(self, number: int, puzzle: Puzzle) -> Task:
        """Give the task of a puzzle."""
        return Task(
            id=f"{self.name}-{self.level}-{self.split}-{self.seed}-{number}",
            prompt=(user(puzzle.question + ENDINGS[self.layout]),),
            answer=puzzle.answer,
            record={"type": self.name, "level": self.level, **puzzle.record},
        )

    def puzzles(self) -> Iterator[Puzzle]:
        """Draw the puzzles one by one.

        Raises:
            DataError: there are not so many different ones.
        """
        seen: set[str] = set()
        for number in range(self.num):
            puzzle = self._next(number, seen)
            seen.add(puzzle.key or puzzle.question)
            yield puzzle

    def has(self, key: str) -> bool:
        """Say whether a puzzle belongs to this split; asked early by families whose puzzles take long to make."""
        return split_of(self.name, key) == self.split

    def _next(self, number: int, seen: set[str]) -> Puzzle:
        for attempt in range(ATTEMPTS):
            puzzle = self.draw(random.Random(seed_of(self.name, self.seed, self.level, number, attempt)))
            if puzzle is None:
                continue
            key = puzzle.key or puzzle.question
            if key not in seen and self.has(key):
                return puzzle
        raise DataError(
            f"{self!r}: found only {number} different puzzles in the split {self.split!r}; "
            "lower num, raise level, or widen the dials"
        )


def split_of(name: str, key: str) -> Split:
    """Say to which split a puzzle belongs: half of all to each."""
    return "train" if seed_of("split", name, key) % 2 else "test"


def dial(given: int | None, by_level: int, low: int, high: int, what: str) -> int:
    """Give a dial's value: the one given, or else the one of the level.

    Raises:
        RecipeError: it is out of range.
    """
    value = by_level if given is None else given
    if not low <= value <= high:
        raise RecipeError(f"{what} is {value}, expected {low} to {high}")
    return value
