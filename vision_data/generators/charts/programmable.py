"""Whether a table of numbers, written as code, can stand in for a chart and a question.

Card `cat-charts` (arXiv 2509.09286): a binary label per chart and question. It is positive when a code representation
keeps what is needed to answer, and when one could redraw the chart with a plotting library; in doubt it is negative.
There, people label; here the rule is explicit.
"""

from __future__ import annotations

from vision_data.generators.charts.chart import Chart, step_pixels

MAX_MARKS = 72
"""More bars, slices or points than this are too many to copy out. Project choice."""
MIN_STEP_PIXELS = 2.0
"""Values that are not printed must be told apart by this many pixels at least. Project choice."""


def obstacle(chart: Chart) -> str:
    """Why the data cannot be read off the picture, in a few words; empty when it can."""
    if chart.num_marks > MAX_MARKS:
        return f"{chart.num_marks} marks are too many to copy out"
    if not chart.printed and chart.kind == "pie":
        return "the shares are not written in the chart"
    if not chart.printed and not chart.scaled:
        return "the value axis has no numbers"
    if not chart.printed and step_pixels(chart.level) < MIN_STEP_PIXELS:
        return "neighbouring values cannot be told apart"
    return ""


def programmable(chart: Chart, question_type: str) -> tuple[bool, str]:
    """The label of the chart and a question of that type, and the reason for it."""
    why = obstacle(chart)
    if why:
        return False, why
    if question_type == "appearance":
        return False, "a table of the data does not hold what is asked"
    return True, "every value can be read and the table answers the question"
