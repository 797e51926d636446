"""``curves.png``: what a run has learned, at a glance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmreason.runs.atomic import new_file

Line = Mapping[str, Any]
"""One line of metrics.jsonl."""
Points = tuple[list[int], list[float]]
"""Steps and values."""

PANELS = (
    ("Reward", ("reward",)),
    ("Accuracy", ("accuracy",)),
    ("Loss", ("policy/loss",)),
    ("KL to the reference", ("policy/kl",)),
    ("Entropy (nats per token)", ("policy/entropy",)),
    ("Completion length (tokens)", ("length",)),
    ("Gradient norm", ("policy/grad_norm",)),
    ("Groups without spread", ("flat_groups",)),
)
"""Title, and the names of the metric that is drawn, the first that a run has."""
EXAMS = {"Reward": "reward", "Accuracy": "accuracy"}
SHADES = ("#f2f4f8", "#e3e9f2")
RAW, SMOOTH = "#a9c0da", "#1f4e8c"
MARKS = ("#c8501e", "#2d8659", "#7b4fa3", "#b8860b")


def smoothed(values: Sequence[float], reach: int) -> list[float]:
    """Mean over up to ``reach`` values on either side; NaN is left out.

    >>> smoothed([1.0, 3.0, 8.0, 8.0], reach=1)
    [2.0, 4.0, 6.333333333333333, 8.0]
    """
    out = []
    for i in range(len(values)):
        seen = [v for v in values[max(i - reach, 0) : i + reach + 1] if v == v]
        out.append(sum(seen) / len(seen) if seen else math.nan)
    return out


def series(lines: Sequence[Line], names: Sequence[str]) -> Points:
    """Values of a metric over the run's steps, whatever stage logged it."""
    steps, values = [], []
    for line in lines:
        found = [line["metrics"].get(f"{line['stage']}/{name}") for name in names]
        value = next((v for v in found if v is not None), None)
        if line["kind"] == "step" and value is not None:
            steps.append(line["step"])
            values.append(value)
    return steps, values


def borders(lines: Sequence[Line]) -> list[tuple[str, int, int]]:
    """(stage, first step, last step) of each stage, in order."""
    out: list[tuple[str, int, int]] = []
    for line in lines:
        if line["kind"] != "step":
            continue
        if out and out[-1][0] == line["stage"]:
            out[-1] = (line["stage"], out[-1][1], line["step"])
        else:
            out.append((line["stage"], line["step"], line["step"]))
    return out


def exam_points(lines: Sequence[Line], metric: str) -> dict[str, list[tuple[int, float]]]:
    """By exam or survey: its mean each time it was taken, at the step at which it was."""
    sums: dict[tuple[str, int], list[float]] = {}
    for line in lines:
        value = line["metrics"].get(f"{line['stage']}/{metric}")
        if line["kind"] != "step" and value is not None:
            sums.setdefault((line["stage"], line["step"]), []).append(value)
    out: dict[str, list[tuple[int, float]]] = {}
    for (exam, step), values in sums.items():
        out.setdefault(exam, []).append((step, sum(values) / len(values)))
    return out


def draw(lines: Sequence[Line], path: Path, title: str = "") -> bool:
    """Draw all panels that the run has values for.

    Args:
        lines: of metrics.jsonl.
        path: where the PNG goes.
        title: of the whole picture.

    Returns:
        False where there is nothing to draw.
    """
    told = [(name, series(lines, metrics)) for name, metrics in PANELS]
    panels = [(name, points) for name, points in told if points[0] or exam_points(lines, EXAMS.get(name, ""))]
    if not panels:
        return False
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = min(len(panels), 2)
    rows = math.ceil(len(panels) / columns)
    figure = Figure(figsize=(6.4 * columns, 2.9 * rows + 0.6), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(rows, columns, squeeze=False)
    spare = grid.flat[len(panels) :]
    for axes in spare:
        axes.set_visible(False)
    for (name, points), axes in zip(panels, grid.flat, strict=False):
        panel(axes, name, points, lines)
    if title:
        figure.suptitle(title, fontsize=12, fontweight="bold", x=0.01, ha="left")
    with new_file(path) as draft:
        figure.savefig(draft, format="png")
    return True


def panel(axes: Any, name: str, points: Points, lines: Sequence[Line]) -> None:
    """One metric: raw and smoothed over shaded stages, exams as markers."""
    stages = borders(lines)
    axes.set_title(name, fontsize=10, loc="left", pad=16)
    shade(axes, stages)
    steps, values = points
    for _, first, last in stages:
        # Smoothed stage by stage: the next one asks other tasks.
        inside = [i for i, step in enumerate(steps) if first <= step <= last]
        xs, ys = [steps[i] for i in inside], [values[i] for i in inside]
        axes.plot(xs, ys, color=RAW, linewidth=0.8, marker="." if len(xs) < 4 else "")
        axes.plot(xs, smoothed(ys, max(len(xs) // 10, 2)), color=SMOOTH, linewidth=1.8)
    for number, (exam, marks) in enumerate(exam_points(lines, EXAMS.get(name, "")).items()):
        axes.plot(
            [step for step, _ in marks],
            [value for _, value in marks],
            color=MARKS[number % len(MARKS)],
            linestyle=":",
            linewidth=1.2,
            marker="Dos^"[number % 4],
            markersize=7,
            markeredgecolor="white",
            label=f"{exam}: " + " → ".join(f"{value:.3f}" for _, value in (marks[0], marks[-1])[: len(marks)]),
            zorder=5,
            clip_on=False,
        )
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=8, loc="lower right", framealpha=0.85, edgecolor="none")
    axes.margins(y=0.12)
    axes.set_xlim(0, max([last for *_, last in stages] or [1]))
    axes.grid(axis="y", color="white", linewidth=0.8)
    axes.tick_params(labelsize=8)
    axes.locator_params(axis="x", integer=True)
    axes.set_xlabel("step", fontsize=8, labelpad=1)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def shade(axes: Any, stages: Sequence[tuple[str, int, int]]) -> None:
    """A band for each stage, its name above."""
    total = max([last for *_, last in stages] or [1])
    for number, (name, first, last) in enumerate(stages):
        axes.axvspan(first - 1, last, color=SHADES[number % 2], linewidth=0, zorder=0)
        room = max(int((last - first + 1) / total * 62), 4)
        text = name if len(name) <= room else f"{name[: room - 1]}…"
        middle = (first - 1 + last) / 2
        style = {"fontsize": 8, "color": "#5a6675", "ha": "center", "va": "bottom"}
        axes.text(middle, 1.01, text, transform=axes.get_xaxis_transform(), **style)
