"""Small line plots as inline SVG: axes with round numbers, lines, bands and stacked areas."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from mmreason.inspector.views.html import Html, el, number

Points: TypeAlias = "Sequence[tuple[float, float]]"
WIDE, HIGH = 360.0, 190.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, 10.0, 10.0, 24.0
"""Margins, in units of the drawing."""
MOST = 240
"""Points of a line that are drawn; neighbours of more are averaged."""


@dataclass(frozen=True)
class Area:
    """What a plot shows of both axes."""

    x0: float
    x1: float
    y0: float
    y1: float

    def at(self, x: float, y: float) -> str:
        """A point as SVG writes it."""
        return f"{self.x(x):.1f},{self.y(y):.1f}"

    def x(self, value: float) -> float:
        """Place of a step."""
        return LEFT + (WIDE - LEFT - RIGHT) * (value - self.x0) / ((self.x1 - self.x0) or 1)

    def y(self, value: float) -> float:
        """Place of a value."""
        return HIGH - BOTTOM - (HIGH - TOP - BOTTOM) * (value - self.y0) / ((self.y1 - self.y0) or 1)


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers between two values.

    >>> ticks(0.13, 0.92)
    [0.2, 0.4, 0.6, 0.8]
    """
    if not (math.isfinite(high - low) and high > low):
        return [low] if math.isfinite(low) else []
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    found = [(first + i) * step for i in range(most + 2)]
    return [float(f"{t:.12g}") for t in found if t <= high + step * 1e-9]


def area(lines: Sequence[Points], zero: bool = False) -> Area:
    """Choose what is shown, with a little room; ``zero`` keeps 0 in sight."""
    xs = [x for line in lines for x, _ in line]
    ys = [y for line in lines for _, y in line] + ([0.0] if zero else [])
    low, high = min(ys, default=0.0), max(ys, default=1.0)
    room = (high - low) * 0.06 or abs(high) * 0.1 or 0.5
    low, high = low - (0.0 if zero and low == 0 else room), high + room
    return Area(min(xs, default=0.0), max(xs, default=1.0), low, high)


def finite(points: Points) -> list[tuple[float, float]]:
    """Points that can be drawn."""
    return [(x, y) for x, y in points if abs(x) < 1e15 and abs(y) < 1e15]


def thinned(points: Points, most: int = MOST) -> list[tuple[float, float]]:
    """Average neighbours until there are few enough.

    >>> thinned([(0, 0.0), (1, 2.0), (2, 4.0), (3, 6.0)], most=2)
    [(0.5, 1.0), (2.5, 5.0)]
    """
    if len(points) <= most:
        return list(points)
    size = math.ceil(len(points) / most)
    cut = [points[i : i + size] for i in range(0, len(points), size)]
    return [(sum(x for x, _ in part) / len(part), sum(y for _, y in part) / len(part)) for part in cut]


def axes(shown: Area) -> list[Html]:
    """Lines across at round values, round steps below."""
    out: list[Html] = []
    for value in ticks(shown.y0, shown.y1, 5):
        y = round(shown.y(value), 1)
        out.append(el("line", x1=LEFT, x2=WIDE - RIGHT, y1=y, y2=y, class_="grid0" if value == 0 else "gridline"))
        out.append(el("text", number(value, 3), x=LEFT - 6, y=y + 3.5, text_anchor="end", class_="axis"))
    for step in [t for t in ticks(shown.x0, shown.x1, 5) if t == int(t)]:
        out.append(
            el("text", number(step, 9), x=round(shown.x(step), 1), y=HIGH - 8, text_anchor="middle", class_="axis")
        )
    return out


def line(points: Points, shown: Area, class_: str) -> Html | None:
    """One line; a single point is a dot."""
    few = thinned(points)
    if len(few) == 1:
        x, y = few[0]
        return el("circle", cx=round(shown.x(x), 1), cy=round(shown.y(y), 1), r=2.5, class_=f"{class_} lone")
    return el("polyline", points=" ".join(shown.at(x, y) for x, y in few), class_=class_) if few else None


def band(low: Points, high: Points, shown: Area, class_: str) -> Html | None:
    """The area between two lines."""
    low, high = thinned(low), thinned(high)
    if len(low) < 2 or len(high) < 2:
        return None
    around = [shown.at(x, y) for x, y in [*high, *reversed(low)]]
    return el("polygon", points=" ".join(around), class_=class_)


def svg(shown: Area, *drawn: Html | None, told: str) -> Html:
    """The whole plot.

    Args:
        shown: of the axes.
        drawn: from back to front.
        told: for those who do not see it.
    """
    return el("svg", axes(shown), *drawn, viewBox=f"0 0 {WIDE:g} {HIGH:g}", class_="plot", role="img", aria_label=told)
