"""Questions about how lines and clouds of points run, and about colours; these need no number to be read."""

from __future__ import annotations

import random
from itertools import pairwise

from vision_data.generators.charts.chart import Chart
from vision_data.generators.charts.drafts import Draft, Reader
from vision_data.generators.charts.values import SHAPES, correlation

_CLEAR = 0.06
"""What must lie between two heights of a dense chart before somebody asks which is higher, as a share of the axis."""


def trend(see: Reader, rng: random.Random, wish: int) -> Draft | None:
    """Which way a line or a cloud of points runs; `wish` picks the answer."""
    chart = see.chart
    if chart.kind == "scatter":
        return _cloud_trend(chart, rng, wish)
    if chart.kind != "line":
        return None
    series = rng.choice(chart.series)
    heights = chart.table.numbers(series)
    if chart.dense:
        answer = "higher" if heights[-1] > heights[0] else "lower"
        if (answer == "higher") != bool(wish % 2) or abs(heights[-1] - heights[0]) < _CLEAR * chart.top:
            return None
        return Draft(f"Does the line of {series} end higher or lower than it starts?", answer, "end")
    steps = [after - before for before, after in pairwise(heights)]
    rises, falls = max(steps) >= see.gap, min(steps) <= -see.gap
    answer = "neither" if rises and falls else "rising" if min(steps) >= see.gap else "falling"
    if answer != SHAPES[wish % 3] or (answer == "falling" and max(steps) > -see.gap):
        return None
    line = f"the line of {series}" if len(chart.series) > 1 else "the line"
    text = f"Does {line} rise from each point to the next, fall from each point to the next, or do neither?"
    return Draft(text, answer, "trend")


def _cloud_trend(chart: Chart, rng: random.Random, wish: int) -> Draft | None:
    across, up = chart.table.columns[:2]
    group = rng.choice(chart.series)
    rows = [row for row in chart.table.rows if not chart.dense or row[2] == group]
    r = correlation([(float(x), float(y)) for x, y, *_ in rows])
    answer = "rising" if r >= 0.6 else "falling" if r <= -0.6 else "neither"
    # What lies between a clear trend and none is not asked about.
    if answer != SHAPES[wish % 3] or 0.25 < abs(r) < 0.6:
        return None
    of = f" in group {group}" if chart.dense else ""
    return Draft(f"As {across} grows, does {up}{of} tend to rise, to fall, or to do neither?", answer, "trend")


def height(chart: Chart, series: str) -> float:
    """Where a dense line ends, or the mean height of a group of points."""
    if chart.kind == "line":
        return chart.table.numbers(series)[-1]
    ups = [float(row[1]) for row in chart.table.rows if row[2] == series]
    return sum(ups) / len(ups)


def dense_comparison(see: Reader, rng: random.Random, wish: int) -> Draft | None:
    """Which of two lines ends higher, or which of two groups lies higher."""
    pair = _pair(see.chart, rng)
    if pair is None:
        return None
    one, other = pair if wish % 2 else pair[::-1]
    verb = "ends higher" if see.chart.kind == "line" else "lies higher on average"
    return Draft(f"Which {verb}, {one} or {other}?", pair[0], "name")


def dense_yes_no(see: Reader, rng: random.Random, wish: int) -> Draft | None:
    """The same, to be answered with yes or no."""
    pair = _pair(see.chart, rng)
    if pair is None:
        return None
    one, other = pair if wish % 2 else pair[::-1]
    verb = "end higher than" if see.chart.kind == "line" else "lie higher on average than"
    return Draft(f"Does {one} {verb} {other}?", "yes" if wish % 2 else "no", "yes_no")


def _pair(chart: Chart, rng: random.Random) -> list[str] | None:
    pair = sorted(rng.sample(chart.series, 2), key=lambda series: height(chart, series), reverse=True)
    clear = abs(height(chart, pair[0]) - height(chart, pair[1])) >= _CLEAR * chart.top
    return pair if clear else None


def dense_extreme(see: Reader, rng: random.Random, wish: int) -> Draft | None:
    """Which line reaches the highest or the lowest point, or which group lies highest or lowest."""
    chart, sign = see.chart, 1 if wish % 2 else -1
    word = "highest" if wish % 2 else "lowest"
    if chart.kind == "line":
        ends = {series: max(sign * value for value in chart.table.numbers(series)) for series in chart.series}
        text = f"Which line reaches the {word} point of all?"
    else:
        ends = {series: sign * height(chart, series) for series in chart.series}
        text = f"Which group lies {word} on average?"
    first, second, *_ = sorted(ends, key=lambda series: ends[series], reverse=True)
    return Draft(text, first, "name") if ends[first] - ends[second] >= _CLEAR * chart.top else None


def dense_count(see: Reader, rng: random.Random, wish: int) -> Draft:
    """How many lines or groups there are."""
    things = "lines" if see.chart.kind == "line" else "groups of points, by colour,"
    return Draft(f"How many {things} does the chart show?", len(see.chart.series))


def appearance(see: Reader, rng: random.Random, wish: int) -> Draft | None:
    """The colour of a series, a slice or a bar; nothing where names are colours."""
    chart = see.chart
    if len(chart.colours) > 1 and chart.kind in ("bar", "pie"):
        at = rng.randrange(len(chart.names))
        return Draft(f"What colour is {chart.names[at]}?", chart.colours[at], "colour")
    if len(chart.series) > 1:
        at = rng.randrange(len(chart.series))
        if chart.level.lettered:
            return None
        return Draft(f"What colour is {chart.series[at]}?", chart.colours[at], "colour")
    things = {"line": "is the line", "scatter": "are the points"}.get(chart.kind, "are the bars")
    return Draft(f"What colour {things}?", chart.colours[0], "colour")
