"""Draw a chart with matplotlib's Agg renderer, and find its marks in the picture."""

from __future__ import annotations

from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from vision_data.generators.charts.chart import Chart
from vision_data.generators.charts.layout import drawing

Box = list[float]
DPI = 100


def render(chart: Chart) -> Image.Image:
    """The picture, RGB, of the size of the chart's level. The user's own matplotlib settings have no influence."""
    return draw(chart)[0]


def marks(chart: Chart) -> list[dict[str, Any]]:
    """Where each bar, slice or point is: see `draw`."""
    return draw(chart)[1]


def draw(chart: Chart) -> tuple[Image.Image, list[dict[str, Any]]]:
    """The picture and its marks.

    A mark holds `series`, `name` (category, or x), `value` and `box`: left, top, right, bottom in pixels, of a bar or
    a slice as drawn, and of a point 3 pixels to each side of its centre. Marks come series by series.
    """
    canvas, ax = figure(chart)
    width, height = chart.level.size
    picture = Image.frombytes("RGBA", (width, height), bytes(canvas.buffer_rgba())).convert("RGB")
    return picture, _marks(chart, ax, height)


def figure(chart: Chart) -> tuple[Any, Any]:
    """The canvas after drawing, and its axes, for those who want to look at single artists."""
    settings: Any = chart.looks.rc()
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(settings)
        width, height = chart.level.size
        fig = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, layout="constrained")
        canvas: Any = FigureCanvasAgg(fig)
        scope: dict[str, Any] = {"fig": fig, "ax": fig.subplots(), "chart_data": chart.table.as_dict()}
        for step in drawing(chart):
            step.run(scope)
        canvas.draw()
        return canvas, scope["ax"]


def _marks(chart: Chart, ax: Any, height: int) -> list[dict[str, Any]]:
    found = _keys(chart)
    if chart.kind in ("line", "scatter"):
        places = [(at, value) for at, (_, name, value) in zip(_across(chart), found, strict=True)]
        pixels = ax.transData.transform(places)
        boxes = [(x - 3, y - 3, x + 3, y + 3) for x, y in pixels]
    else:
        boxes = [patch.get_window_extent().extents for patch in ax.patches]
    return [
        {"series": series, "name": name, "value": value, "box": _box(box, height)}
        for (series, name, value), box in zip(found, boxes, strict=True)
    ]


def _keys(chart: Chart) -> list[tuple[str, Any, Any]]:
    if chart.kind == "scatter" and chart.dense:
        return [(str(group), x, y) for x, y, group in chart.table.rows]
    return [
        (name, first, value)
        for name in chart.series
        for first, value in zip(chart.names, chart.table.column(name), strict=True)
    ]


def _across(chart: Chart) -> list[Any]:
    """Where every mark stands on the horizontal axis, in data coordinates."""
    if chart.kind == "scatter" or chart.dense:
        return list(chart.names) * (1 if chart.kind == "scatter" else len(chart.series))
    return list(range(len(chart.names))) * len(chart.series)


def _box(extents: Any, height: int) -> Box:
    left, low, right, high = (float(edge) for edge in extents)
    return [round(left, 1), round(height - high, 1), round(right, 1), round(height - low, 1)]
