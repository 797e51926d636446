"""Questions about single values of a readable chart, and about what stands out in one without a scale."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from vision_data.generators.charts.chart import Chart, step_pixels, tidy
from vision_data.generators.charts.programmable import obstacle

READING = 0.02
"""A value that is not printed is read off to this share of the value axis. Project choice."""


@dataclass(frozen=True)
class Draft:
    """One question: its words, the right answer, the form of the answer and how far off a number may be."""

    text: str
    answer: str | int | float
    form: str = "number"
    tolerance: float = 0.0


@dataclass(frozen=True)
class Mark:
    """One bar, slice or point, and how the questions call it."""

    name: str
    series: str
    value: float
    phrase: str
    error: float


@dataclass(frozen=True)
class Reader:
    """A chart as somebody sees it who asks about it."""

    chart: Chart

    @property
    def readable(self) -> bool:
        """Whether numbers can be read off."""
        return not obstacle(self.chart)

    @property
    def gap(self) -> float:
        """How much two values must differ before somebody asks which is larger."""
        chart = self.chart
        if not self.readable:
            return chart.top * (0.1 if chart.kind == "stacked" else 0.05)
        return chart.step if chart.printed else chart.step * max(1, math.ceil(4 / step_pixels(chart.level)))

    @property
    def noun(self) -> str:
        """What one category is."""
        return self.chart.table.columns[0].lower()

    def marks(self, series: str) -> list[Mark]:
        """The marks of a series, in the order of the table."""
        chart = self.chart
        error = 0 if chart.printed else READING * chart.top
        # The lower end of a segment that floats has to be read as well.
        error *= 2 if chart.kind == "stacked" and series != chart.series[0] else 1
        found = []
        for name, value in zip(chart.names, chart.table.numbers(series), strict=True):
            phrase = f"{name} ({series})" if len(chart.series) > 1 else str(name)
            if chart.kind == "scatter":
                phrase = f"{chart.table.columns[0]} = {name}"
            found.append(Mark(str(name), series, value, phrase, error))
        return found

    def pair(self, rng: random.Random, apart: float) -> tuple[Mark, Mark] | None:
        """Two marks that differ by `apart` or more, the larger first: of one series, or at one category."""
        chart = self.chart
        if len(chart.series) > 1 and rng.random() < 0.5:
            at = rng.randrange(len(chart.names))
            one, other = (self.marks(series)[at] for series in rng.sample(chart.series, 2))
        else:
            one, other = rng.sample(self.marks(rng.choice(chart.series)), 2)
        if abs(one.value - other.value) < apart - 1e-9:
            return None
        return (one, other) if one.value > other.value else (other, one)

    def threshold(self, rng: random.Random, marks: list[Mark]) -> float | None:
        """A number of the value axis (a multiple of 10 for a pie) that is close to none of the marks."""
        chart = self.chart
        parts = 10 if chart.kind == "pie" else chart.level.ticks
        limits = [tidy(chart.top / parts * at) for at in range(1, parts)]
        free = [limit for limit in limits if all(abs(mark.value - limit) >= self.gap - 1e-9 for mark in marks)]
        return rng.choice(free) if free else None


def lookup(see: Reader, rng: random.Random, wish: int) -> Draft:
    """The value of one mark."""
    mark = rng.choice(see.marks(rng.choice(see.chart.series)))
    if see.chart.kind == "scatter":
        across, up = see.chart.table.columns
        return Draft(f"What is {up} where {across} = {mark.name}?", mark.value, tolerance=mark.error)
    return Draft(f"What is the value of {mark.phrase}?", mark.value, tolerance=mark.error)


def comparison(see: Reader, rng: random.Random, wish: int) -> Draft | None:
    """Which of two marks is larger; `wish` says whether the first or the second one named is."""
    pair = see.pair(rng, see.gap)
    if pair is None:
        return None
    larger = pair[0]
    one, other = pair if wish % 2 else pair[::-1]
    if see.chart.kind == "scatter":
        across, up = see.chart.table.columns
        text = f"Is {up} larger where {across} = {one.name} or where {across} = {other.name}? Which {across}?"
        return Draft(text, int(larger.name))
    if one.series != other.series:
        return Draft(f"For {one.name}, which is larger, {one.series} or {other.series}?", larger.series, "name")
    at = f"For {one.series}, which" if len(see.chart.series) > 1 else "Which"
    return Draft(f"{at} is larger, {one.name} or {other.name}?", larger.name, "name")


def extreme(see: Reader, rng: random.Random, wish: int) -> Draft | None:
    """Which mark of a series is largest or smallest, by clear distance."""
    series = rng.choice(see.chart.series)
    first, second, *_ = sorted(see.marks(series), key=lambda mark: mark.value, reverse=bool(wish % 2))
    if abs(first.value - second.value) < see.gap - 1e-9:
        return None
    word = "largest" if wish % 2 else "smallest"
    of = f" value of {series}" if len(see.chart.series) > 1 else " value"
    if see.chart.kind == "scatter":
        across, up = see.chart.table.columns
        return Draft(f"At which {across} is {up} {word}?", int(first.name), tolerance=READING * see.chart.level.lattice)
    if see.readable and rng.random() < 0.4:
        return Draft(f"What is the {word}{of}?", first.value, tolerance=first.error)
    return Draft(f"Which {see.noun} has the {word}{of}?", first.name, "name")


def difference(see: Reader, rng: random.Random, wish: int) -> Draft | None:
    """How much larger one mark is than another."""
    pair = see.pair(rng, see.gap)
    if pair is None:
        return None
    larger, smaller = pair
    text = f"By how much is the value of {larger.phrase} larger than that of {smaller.phrase}?"
    if see.chart.kind == "scatter":
        up = see.chart.table.columns[1]
        text = f"By how much is {up} where {larger.phrase} larger than where {smaller.phrase}?"
    return Draft(text, tidy(larger.value - smaller.value), tolerance=larger.error + smaller.error)


def total(see: Reader, rng: random.Random, wish: int) -> Draft:
    """The sum of two marks, of a stack or of a series of up to six."""
    chart = see.chart
    series = rng.choice(chart.series)
    if chart.kind == "stacked" and wish % 2:
        at = rng.randrange(len(chart.names))
        stack = [see.marks(name)[at] for name in chart.series]
        # The top of a stack is one reading.
        error = sum(mark.error for mark in stack) and READING * chart.top
        return Draft(f"What is the total of {stack[0].name}?", tidy(sum(mark.value for mark in stack)), tolerance=error)
    marks = see.marks(series)
    if chart.kind in ("bar", "grouped", "line") and wish % 2 and len(marks) <= 6:
        text = (
            f"What is the sum of all values of {series}?" if len(chart.series) > 1 else "What is the sum of all values?"
        )
    else:
        marks = rng.sample(marks, 2)
        text = f"What is the sum of the values of {marks[0].phrase} and {marks[1].phrase}?"
        if chart.kind == "scatter":
            up = chart.table.columns[1]
            text = f"What is the sum of {up} where {marks[0].phrase} and {up} where {marks[1].phrase}?"
    error = sum(mark.error for mark in marks)
    return Draft(text, tidy(sum(mark.value for mark in marks)), tolerance=error)


def ratio(see: Reader, rng: random.Random, wish: int) -> Draft | None:
    """How many times as large one mark is as another; half of the time the quotient has one decimal at most."""
    pair = see.pair(rng, see.gap)
    # A misread pixel would change the quotient by a small value too much.
    if pair is None or (not see.chart.printed and pair[1].value < see.chart.top / 4):
        return None
    larger, smaller = pair
    quotient = larger.value / smaller.value
    exact = abs(quotient * 10 - round(quotient * 10)) < 1e-9
    if wish % 2 and not exact:
        return None
    error = quotient * (larger.error / larger.value + smaller.error / smaller.value)
    text = f"How many times the value of {smaller.phrase} is the value of {larger.phrase}?"
    if see.chart.kind == "scatter":
        up = see.chart.table.columns[1]
        text = f"How many times {up} where {smaller.phrase} is {up} where {larger.phrase}?"
    text += " Round to two decimals."
    return Draft(text, tidy(quotient), tolerance=error + (0 if exact else 0.005))


def count(see: Reader, rng: random.Random, wish: int) -> Draft | None:
    """How many marks of a series are above a number of the axis; or how many marks there are."""
    chart = see.chart
    if not see.readable or wish % 3 == 0:
        things = {"line": "points", "scatter": "points", "pie": "slices", "stacked": "coloured parts"}
        word = things.get(chart.kind, "bars")
        return Draft(f"How many {word} does the chart show?", chart.num_marks)
    series = rng.choice(chart.series)
    marks = see.marks(series)
    limit = see.threshold(rng, marks)
    if limit is None:
        return None
    answer = sum(mark.value > limit for mark in marks)
    if chart.kind == "scatter":
        return Draft(f"How many points have {series} above {limit}?", answer)
    of = f" of {series}" if len(chart.series) > 1 else ""
    return Draft(f"How many {see.noun}s have a value{of} above {limit}?", answer)


def yes_no(see: Reader, rng: random.Random, wish: int) -> Draft | None:
    """Whether one mark is larger than another, or than a number of the axis; `wish` says which answer is right."""
    answer = "yes" if wish % 2 else "no"
    up = see.chart.table.columns[1]
    of, that = (f"{up} where ", "where ") if see.chart.kind == "scatter" else ("the value of ", "that of ")
    if see.readable and rng.random() < 0.5:
        mark = rng.choice(see.marks(rng.choice(see.chart.series)))
        limit = see.threshold(rng, [mark])
        if limit is None or (mark.value > limit) != bool(wish % 2):
            return None
        return Draft(f"Is {of}{mark.phrase} larger than {limit}?", answer, "yes_no")
    pair = see.pair(rng, see.gap)
    if pair is None:
        return None
    one, other = pair if wish % 2 else pair[::-1]
    return Draft(f"Is {of}{one.phrase} larger than {that}{other.phrase}?", answer, "yes_no")
