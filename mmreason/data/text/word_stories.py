"""Sentences of grade-school word problems, each with what it does to an amount."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeAlias

UNITS = (
    "marbles", "stamps", "stickers", "shells", "coins", "pencils", "cookies", "apples", "beads", "cards", "balloons",
    "buttons", "books", "eggs",
)  # fmt: skip
MONEY = "dollars"


class Story:
    """Somebody has so many of something, and things happen.

    Args:
        rng: draws every number.
        who: of whom is told.
        other: the second person.
    """

    def __init__(self, rng: random.Random, who: str, other: str) -> None:
        self.rng, self.who, self.other = rng, who, other
        self.unit = rng.choice(UNITS)
        self.amount: int | None = 0
        """What ``who`` has; None once the story makes no sense, such as half of 7 eggs."""
        self.told: list[str] = []

    @property
    def asked(self) -> str:
        """The question at the end."""
        return f"How many {self.unit} does {self.who} have now? Answer with the number."

    def filled(self, sentence: str, **numbers: int) -> str:
        """Put names, numbers and the unit into a sentence; ``{n}`` is a small number that is drawn."""
        drawn = {"n": self.rng.randint(2, 40)} | numbers
        return sentence.format(who=self.who, other=self.other, unit=self.unit, **drawn)

    def tell(self, sentence: str, amount: int | None, **numbers: int) -> None:
        """Go on with a sentence, after which there is this amount."""
        self.told.append(self.filled(sentence, **numbers))
        self.amount = None if self.amount is None or amount is None or amount < 0 else amount

    def number(self, low: int, high: int) -> int:
        """Draw a whole number."""
        return self.rng.randint(low, high)


Part: TypeAlias = Callable[[Story], None]


def part_of(story: Story, by: int, times: int = 1) -> int | None:
    """Give ``times`` of ``by`` equal parts of the amount, None where it does not come out even."""
    return None if story.amount is None or story.amount % by else story.amount // by * times


def plain(story: Story) -> None:
    a = story.number(5, 80)
    story.tell("{who} has {a} {unit}.", a, a=a)


def bags(story: Story) -> None:
    a, b = story.number(2, 12), story.number(2, 12)
    story.tell("{who} buys {a} bags with {b} {unit} in each.", a * b, a=a, b=b)


def daily(story: Story) -> None:
    a, b = story.number(2, 15), story.number(2, 9)
    story.tell("{who} collects {a} {unit} a day for {b} days.", a * b, a=a, b=b)


def more_than(story: Story) -> None:
    a, b = story.number(5, 50), story.number(2, 30)
    story.tell("{other} has {a} {unit}, and {who} has {b} more than {other}.", a + b, a=a, b=b)


def fewer_than(story: Story) -> None:
    a, b = story.number(30, 90), story.number(2, 25)
    story.tell("{other} has {a} {unit}, and {who} has {b} fewer than {other}.", a - b, a=a, b=b)


def times_as_many(story: Story) -> None:
    a, b = story.number(3, 20), story.number(2, 6)
    story.tell("{other} has {a} {unit}, and {who} has {b} times as many.", a * b, a=a, b=b)


def part_as_many(story: Story) -> None:
    a, b = story.number(3, 20), story.number(2, 6)
    story.tell("{other} has {a} {unit}, which is {b} times as many as {who} has.", a, a=a * b, b=b)


def together(story: Story) -> None:
    a, b = story.number(5, 40), story.number(2, 20)
    story.tell("{who} and {other} have {a} {unit} together, {who} {b} more than {other}.", a + b, a=a + a + b, b=b)


def percent(story: Story) -> None:
    a, share = 20 * story.number(1, 15), story.rng.choice((5, 10, 20, 25, 40, 50, 75, 80))
    story.tell("Of {a} {unit} on a table, {share} percent belong to {who}.", a * share // 100, a=a, share=share)


def rows(story: Story) -> None:
    a, b = story.number(3, 12), story.number(3, 12)
    c = story.number(1, a * b - 1)
    story.tell("A box holds {a} rows of {b} {unit}; {who} takes all of them except {c}.", a * b - c, a=a, b=b, c=c)


STARTS: tuple[Part, ...] = (
    plain, bags, daily, more_than, fewer_than, times_as_many, part_as_many, together, percent, rows
)  # fmt: skip


def finds(story: Story) -> None:
    a = story.number(2, 40)
    story.tell("Then {who} gets {a} more {unit}.", (story.amount or 0) + a, a=a)


def gives(story: Story) -> None:
    a = story.number(2, 40)
    story.tell("{who} gives {a} {unit} to {other}.", (story.amount or 0) - a, a=a)


def loses_daily(story: Story) -> None:
    a, b = story.number(1, 5), story.number(2, 6)
    story.tell("On each of the next {b} days {who} loses {a} {unit}.", (story.amount or 0) - a * b, a=a, b=b)


def packs(story: Story) -> None:
    a, b = story.number(2, 6), story.number(2, 12)
    story.tell("{who} is given {a} packs of {b} {unit}.", (story.amount or 0) + a * b, a=a, b=b)


def doubles(story: Story) -> None:
    story.tell("By the next week {who} has twice as many {unit} as before.", (story.amount or 0) * 2)


def triples(story: Story) -> None:
    story.tell("A month later the number of {unit} has tripled.", (story.amount or 0) * 3)


def half(story: Story) -> None:
    story.tell("{who} gives half of the {unit} away.", part_of(story, 2))


def third(story: Story) -> None:
    story.tell("{who} uses up a third of the {unit}.", part_of(story, 3, 2))


def quarters(story: Story) -> None:
    story.tell("{other} borrows three quarters of the {unit} from {who}.", part_of(story, 4))


def shared(story: Story) -> None:
    a = story.number(2, 5)
    story.tell("{who} divides the {unit} evenly into {a} boxes and keeps one of them.", part_of(story, a), a=a)


def tenth(story: Story) -> None:
    a = story.number(1, 9)
    story.tell("{share} percent of the {unit} are lost.", part_of(story, 10, 10 - a), share=10 * a)


def swapped(story: Story) -> None:
    a, b, had = story.number(2, 15), story.number(2, 15), story.amount or 0
    after = had - a + b if had >= a else None
    story.tell("{who} throws {a} {unit} away and buys {b} new ones.", after, a=a, b=b)


def sold(story: Story) -> None:
    a, unit = story.number(2, 6), story.unit
    amount = None if unit == MONEY or story.amount is None else story.amount * a
    story.tell("{who} sells all the {unit} for {a} dollars each and has no other money.", amount, a=a)
    story.unit = MONEY


STEPS: tuple[Part, ...] = (
    finds, gives, loses_daily, packs, doubles, triples, half, third, quarters, shared, tenth, swapped, sold
)  # fmt: skip
DISTRACTORS = (
    "{other} is {n} years old.",
    "The walk to school takes {who} {n} minutes.",
    "A neighbour owns {n} chairs.",
    "It is {n} degrees outside.",
    "{other} reads {n} pages of a novel.",
    "There are {n} houses in the street.",
    "A bus with {n} people drives by.",
)
"""Sentences with a number that does not matter."""
