"""Schedules and dates."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, TypeAlias

from mmreason.data.text.family import Family, Puzzle, dial
from mmreason.data.text.vocabulary import PEOPLE
from mmreason.rewards.puzzles.deduction import names_of

Span: TypeAlias = tuple[int, int]
"""Minutes from midnight: start, and end."""

OPENS, CLOSES, STEP = 9 * 60, 17 * 60, 15
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
FIRST_DAY, DAYS = date(1950, 1, 1), 36_000


@dataclass(frozen=True, kw_only=True)
class TimeSequence(Family):
    """SynLogic's time sequence, arXiv:2505.19641: when a meeting can start at the earliest.

    From 2 people at level 1 to 6 at level 10, with more and more appointments.

    Args:
        people: 1 to 10; None as the level says.
        appointments: of each, 1 to 8; None as the level says.
    """

    people: int | None = None
    appointments: int | None = None

    name: ClassVar[str] = "time_sequence"

    def draw(self, rng: random.Random) -> Puzzle | None:
        """Draw appointments and how long the meeting takes; most of those that need no search are drawn again."""
        num = dial(self.people, 2 + (self.level - 1) // 2, 1, 10, "TimeSequence: people")
        many = dial(self.appointments, 2 + self.level // 3, 1, 8, "TimeSequence: appointments")
        people = rng.sample(PEOPLE, num)
        busy = {who: sorted(drawn_span(rng) for _ in range(many)) for who in people}
        minutes = STEP * rng.randint(1, 6)
        start = earliest([span for spans in busy.values() for span in spans], minutes)
        if start in (OPENS, None) and rng.random() < 0.95:
            return None
        told = "\n".join(
            f"{who}: {', '.join(f'{clock(a)}-{clock(b)}' for a, b in spans)}" for who, spans in busy.items()
        )
        time = "none" if start is None else clock(start)
        return Puzzle(
            question=(
                f"{names_of(people)} want to meet for {minutes} minutes between {clock(OPENS)} and {clock(CLOSES)}. "
                f"They are not free at these times:\n{told}\nAt what time can the meeting start at the earliest, so "
                "that all are free until it ends? Answer in the form HH:MM, or none if there is no such time."
            ),
            answer=time,
            record={"time": time},
        )


@dataclass(frozen=True, kw_only=True)
class Calendar(Family):
    """Dates to be counted on from. Not from a paper.

    Level 1 asks for the weekday some days later, within a month; levels 2 to 4 for ever longer spans; from 5 on it is
    the number of days from one date to another.
    """

    name: ClassVar[str] = "calendar"
    hardest: ClassVar[int] = 6

    def draw(self, rng: random.Random) -> Puzzle:
        """Draw a date and a span."""
        start = FIRST_DAY + timedelta(rng.randrange(DAYS))
        days = rng.randint(2, (20, 100, 500, 3000, 300, 3000)[self.level - 1])
        end = start + timedelta(days)
        if self.level >= 5:
            question = f"How many days after {written(start)} is {written(end)}? Answer with the number."
            return Puzzle(question, str(days), {"type": "day_count", "value": days})
        back = rng.random() < 0.5
        known, asked = (end, start) if back else (start, end)
        weekday = WEEKDAYS[asked.weekday()]
        when = f"{days} days {'before' if back else 'after'} it"
        question = (
            f"{written(known)} is a {WEEKDAYS[known.weekday()]}. What day of the week is {when}? Answer with the "
            "weekday's name."
        )
        return Puzzle(question, weekday, {"type": "weekday", "text": weekday})


def drawn_span(rng: random.Random) -> Span:
    """Draw an appointment."""
    start = OPENS + STEP * rng.randrange((CLOSES - OPENS) // STEP - 1)
    return start, min(start + STEP * rng.randint(1, 8), CLOSES)


def earliest(busy: list[Span], minutes: int) -> int | None:
    """Give the first time at which nothing else is on for so long, or None."""
    at = OPENS
    for start, end in sorted(busy):
        if start - at >= minutes:
            break
        at = max(at, end)
    return at if at + minutes <= CLOSES else None


def clock(minutes: int) -> str:
    """Write a time of day.

    >>> clock(545)
    '09:05'
    """
    return f"{minutes // 60:02}:{minutes % 60:02}"


def written(day: date) -> str:
    """Write a date.

    >>> written(date(2030, 1, 5))
    '5 January 2030'
    """
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
