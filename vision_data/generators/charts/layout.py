"""Which matplotlib calls draw a chart, so that every text finds room."""

from __future__ import annotations

import math
from typing import Any

from vision_data.generators.charts.chart import Chart, tidy
from vision_data.generators.charts.plan import Column, Step, Var, call
from vision_data.generators.charts.plan import Each as For

WIDE = 0.66
"""Width of a letter as a share of the height of the font; on the safe side."""
GROUP = 0.8
"""Share of a category's room that its bars take."""


def points(pixels: float) -> float:
    """Pixels as typographic points at 100 dots per inch."""
    return round(pixels * 0.72, 2)


def drawing(chart: Chart) -> list[Step]:
    """The calls on `ax` and `fig`, in order."""
    if chart.kind == "pie":
        marks = _pie(chart)
    elif chart.kind == "scatter":
        marks = _scatter(chart)
    elif chart.kind == "line":
        marks = _lines(chart)
    else:
        marks = _bars(chart)
    axes = [] if chart.kind == "pie" else _axes(chart)
    return [*marks, *axes, *_slots(chart), *_headings(chart)]


def _slots(chart: Chart) -> list[Step]:
    """Axes at a fixed place, with rooms of equal width for as many categories as fit."""
    side = chart.level.slot
    if not side or chart.kind not in ("bar", "grouped", "stacked") or chart.sideways:
        return []
    width, height = chart.level.size
    fit = width // side - 1
    across, above = fit * side / width, 1 - (side + 2) / height
    return [
        call("ax.set_position", [round(side / width, 6), round(side / height, 6), round(across, 6), round(above, 6)]),
        call("ax.set_xlim", -0.5, fit - 0.5),
        call("ax.tick_params", length=points(side / 10), pad=points(side / 14)),
    ]


def slot(chart: Chart) -> float:
    """Width in pixels (height, for bars that lie) of the room of one category, on the safe side."""
    width, height = chart.level.size
    if chart.level.slot and not chart.sideways:
        return chart.level.slot
    if chart.sideways:
        return 0.68 * height / len(chart.names)
    beside = 0.14 * width if _legend(chart) and "right" in chart.looks.legend else 0
    return (0.8 * width - beside) / len(chart.names)


def printed_turn(chart: Chart) -> int | None:
    """The angle of the printed values: 0, 90 where the bars are narrow, None where there is no room."""
    if not chart.printed or chart.kind in ("scatter", "pie"):
        return None
    longest = max(len(str(cell)) for row in chart.table.rows for cell in row[1:]) * WIDE * chart.level.font
    tall = chart.level.font * 1.15
    if chart.kind == "line":
        return 0 if slot(chart) > longest else None
    bar = slot(chart) * GROUP / (len(chart.series) if chart.kind == "grouped" else 1)
    if chart.sideways:
        return 0 if bar > tall else None
    if bar > longest:
        return 0
    return 90 if bar > tall and chart.kind != "stacked" else None


def over(ink: str) -> str:
    """Black or white, whichever reads better on that colour (hex)."""
    red, green, blue = (int(ink[at : at + 2], 16) for at in (1, 3, 5))
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 120 else "white"


def _bars(chart: Chart) -> list[Step]:
    steps: list[Step] = []
    places: list[float] = list(range(len(chart.names)))
    grouped = chart.kind == "grouped"
    width = round(GROUP / len(chart.series), 4) if grouped else GROUP
    floor = [0.0] * len(places)
    turn = printed_turn(chart)
    for at, name in enumerate(chart.series):
        shift = (at - (len(chart.series) - 1) / 2) * width if grouped else 0
        left = [round(place + shift, 4) for place in places] if grouped else places
        colour = list(chart.inks) if chart.kind == "bar" and len(chart.inks) > 1 else chart.inks[at]
        style: dict[str, Any] = {"color": colour, "edgecolor": chart.looks.edge, "label": name}
        if chart.kind == "stacked" and at:
            style["bottom"] = [tidy(value) for value in floor]
        size = {"height" if chart.sideways else "width": width}
        steps.append(
            call("ax.barh" if chart.sideways else "ax.bar", left, Column(name), result="bars", **size, **style)
        )
        floor = [below + value for below, value in zip(floor, chart.table.numbers(name), strict=True)]
        if turn is not None:
            inside = {"label_type": "center", "color": over(chart.inks[at])}
            place: dict[str, Any] = inside if chart.kind == "stacked" else {"padding": 2}
            steps.append(call("ax.bar_label", Var("bars"), rotation=turn, fontsize=points(chart.level.font), **place))
    return steps


def _lines(chart: Chart) -> list[Step]:
    steps: list[Step] = []
    across = Column(chart.table.columns[0]) if chart.dense else list(range(len(chart.names)))
    for name, ink in zip(chart.series, chart.inks, strict=True):
        marker: dict[str, Any] = (
            {} if chart.dense else {"marker": chart.looks.marker, "markersize": points(_marker(chart))}
        )
        steps.append(call("ax.plot", across, Column(name), color=ink, linewidth=1.5, label=name, **marker))
    if printed_turn(chart) is not None:
        paper = {"facecolor": chart.looks.paper, "edgecolor": "none", "pad": 0.5}
        place: dict[str, Any] = {"xytext": (0, points(0.75 * chart.level.font)), "textcoords": "offset points"}
        middle: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": points(chart.level.font), "bbox": paper}
        note = call("ax.annotate", Var("value"), (Var("x"), Var("value")), **place, **middle)
        steps.append(For(("x", "value"), (across, Column(chart.series[0])), note))
    return steps


def _marker(chart: Chart) -> float:
    """Side of a point in pixels."""
    return max(5.0, chart.level.size[0] / 100)


def _scatter(chart: Chart) -> list[Step]:
    across, up = chart.table.columns[:2]
    if not chart.dense:
        size = round(points(_marker(chart) * 1.2) ** 2, 2)
        return [call("ax.scatter", Column(across), Column(up), s=size, color=chart.inks[0])]
    size = round(points(max(3.0, _marker(chart) * 0.6)) ** 2, 2)
    steps: list[Step] = []
    first = 0
    for group, ink in zip(chart.series, chart.inks, strict=True):
        last = first + sum(row[2] == group for row in chart.table.rows)
        cut = (Column(name, (first, last)) for name in (across, up))
        steps.append(call("ax.scatter", *cut, s=size, color=ink, label=group))
        first = last
    return steps


def _pie(chart: Chart) -> list[Step]:
    name, share = chart.table.columns
    text = {"fontsize": points(chart.level.font)}
    number = {"autopct": "%.0f%%", "pctdistance": 0.68} if chart.printed else {}
    rim = {"edgecolor": chart.looks.paper, "linewidth": 1.5}
    look: dict[str, Any] = {
        "colors": list(chart.inks),
        "startangle": 90,
        "counterclock": False,
        "wedgeprops": rim,
        "textprops": text,
    }
    result = "wedges, labels, numbers" if chart.printed else ""
    steps: list[Step] = [
        call("ax.pie", Column(share), labels=Column(name), labeldistance=1.12, **number, **look, result=result)
    ]
    if chart.printed:
        inks = [over(ink) for ink in chart.inks]
        steps.append(For(("number", "ink"), (Var("numbers"), inks), call("number.set_color", Var("ink"))))
    return steps


def _axes(chart: Chart) -> list[Step]:
    level = chart.level
    side, value = ("y", "x") if chart.sideways else ("x", "y")
    room = {None: 1.04, 0: 1.12, 90: 1.24}[printed_turn(chart)]
    if chart.sideways and chart.printed:
        room = 1.16
    gap = tidy(chart.top / level.ticks)
    ticks = [tidy(gap * at) for at in range(level.ticks + 1)]
    steps: list[Step] = [call(f"ax.set_{value}lim", 0, tidy(chart.top * room))]
    steps.append(call(f"ax.set_{value}ticks", ticks, labels=[str(tick) if chart.scaled else "" for tick in ticks]))
    if chart.scaled and not chart.dense and not chart.printed:
        steps.append(call(f"ax.set_{value}ticks", _between(chart, chart.top), minor=True))
    if chart.kind == "scatter":
        across = [level.lattice // level.ticks * at for at in range(level.ticks + 1)]
        steps.append(call("ax.set_xlim", 0, tidy(level.lattice * 1.04)))
        steps.append(call("ax.set_xticks", across))
        if not chart.dense:
            steps.append(call("ax.set_xticks", _between(chart, level.lattice), minor=True))
    elif chart.dense:
        last = len(chart.names)
        steps.append(call("ax.set_xlim", 0, last + 1))
        steps.append(call("ax.set_xticks", list(range(0, last + 1, 10 * math.ceil(last / 60)))))
    else:
        if chart.kind == "line":
            steps.append(call("ax.set_xlim", -0.5, len(chart.names) - 0.5))
        steps.append(call(f"ax.set_{side}ticks", list(range(len(chart.names))), labels=Column(chart.table.columns[0])))
        if chart.sideways:
            steps.append(call("ax.invert_yaxis"))
        else:
            steps += _turned(chart)
    steps.append(call("ax.tick_params", labelsize=points(level.font)))
    if not level.lettered:
        steps += _labels(chart)
    return steps


def _between(chart: Chart, top: float) -> list[float]:
    """Where unnumbered ticks stand: on every step, or on every fifth of the way between two numbers."""
    parts = chart.level.lattice // chart.level.ticks
    parts = parts if parts <= 5 else 5
    count = parts * chart.level.ticks
    return [tidy(top * at / count) for at in range(1, count) if at % parts]


def _turned(chart: Chart) -> list[Step]:
    longest = max(len(str(name)) for name in chart.names) * WIDE * chart.level.font
    if longest < slot(chart):
        return []
    return [call("ax.tick_params", axis="x", labelrotation=90)]


def _labels(chart: Chart) -> list[Step]:
    columns = chart.table.columns
    size = points(chart.level.font)
    up = columns[1] if chart.kind == "scatter" or len(chart.series) == 1 else ""
    side, value = ("y", "x") if chart.sideways else ("x", "y")
    named = [(side, columns[0])] + ([(value, up)] if up else [])
    return [call(f"ax.set_{axis}label", text, fontsize=size) for axis, text in named]


def _legend(chart: Chart) -> bool:
    return len(chart.series) > 1 and chart.kind != "pie" and not chart.level.lettered


def _headings(chart: Chart) -> list[Step]:
    steps: list[Step] = []
    if chart.title:
        steps.append(call("ax.set_title", chart.title, fontsize=points(chart.level.font * 1.2)))
    if _legend(chart):
        letters = sum(len(name) + 5 for name in chart.series) * WIDE * chart.level.font
        rows = math.ceil(letters / (0.9 * chart.level.size[0]))
        columns = 1 if "right" in chart.looks.legend else math.ceil(len(chart.series) / rows)
        named: dict[str, Any] = {"loc": chart.looks.legend, "ncols": columns, "fontsize": points(chart.level.font)}
        steps.append(call("fig.legend", **named))
    return steps
