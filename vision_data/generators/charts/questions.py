"""Questions about a chart with exact answers. Not from a paper.

What a chart without readable numbers can be asked is a shorter list: no value, difference, sum or ratio.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from vision_data.errors import MediaError
from vision_data.generators.charts import drafts, shape_drafts
from vision_data.generators.charts.chart import Chart
from vision_data.generators.charts.drafts import Draft, Reader
from vision_data.generators.charts.programmable import programmable
from vision_data.generators.charts.script import plot_code
from vision_data.generators.charts.spec import TYPES, known
from vision_data.generators.seeds import rng_for, spread

Record = dict[str, Any]
Maker = Callable[[Reader, random.Random, int], Draft | None]
HINTS = {
    "number": "Give a number",
    "name": "Give the name",
    "yes_no": "Answer yes or no",
    "trend": "Answer rising, falling or neither",
    "end": "Answer higher or lower",
    "colour": "Name the colour",
}
_TRIES = 60
_SIDES = 6
"""Kinds of answers are balanced by twos and threes."""

_UNSCALED: dict[str, Maker] = {
    "comparison": drafts.comparison,
    "extreme": drafts.extreme,
    "trend": shape_drafts.trend,
    "counting": drafts.count,
    "yes_no": drafts.yes_no,
    "appearance": shape_drafts.appearance,
}
_READABLE: dict[str, Maker] = _UNSCALED | {
    "lookup": drafts.lookup,
    "difference": drafts.difference,
    "sum": drafts.total,
    "ratio": drafts.ratio,
}
_DENSE: dict[str, Maker] = {
    "comparison": shape_drafts.dense_comparison,
    "extreme": shape_drafts.dense_extreme,
    "trend": shape_drafts.trend,
    "counting": shape_drafts.dense_count,
    "yes_no": shape_drafts.dense_yes_no,
    "appearance": shape_drafts.appearance,
}


def questions(
    chart: Chart, seed: int, types: Sequence[str] = TYPES, per_type: int = 1, boxed: bool = True
) -> list[Record]:
    r"""Up to `per_type` different questions of each type; fewer where the chart offers no more.

    A record holds `question`, `answer` (number, name, yes/no, rising/falling/neither, higher/lower or colour),
    `tolerance` (how far a number may be off: 0 where the values are printed, counts included; otherwise what reading
    the axis may cost), `type`, `form` of the answer, `programmable` and `programmable_reason` (card `cat-charts`,
    arXiv 2509.09286), `csv`, `table` (column to cells), `code` (script with the data frame `chart_data`) and the
    chart's kind, style, title, level, colours, `printed`, `scaled`, `dense`, width and height; `image` is empty until a
    writer fills it.

    Args:
        chart: what the questions are about.
        seed: any whole number.
        types: some of `TYPES`.
        per_type: how many of each.
        boxed: whether the answer is asked for in `\boxed{}`.

    Raises:
        MediaError: a type is unknown, or `per_type` is not positive.
    """
    if per_type < 1:
        raise MediaError(f"chart questions: per_type must be at least 1, got {per_type}")
    see = Reader(chart)
    makers = _DENSE if chart.dense else _READABLE if see.readable else _UNSCALED
    shared = _ground_truth(chart)
    records: list[Record] = []
    for kind in types:
        maker = makers.get(known("question type", kind, TYPES))
        rng = rng_for("chart questions", chart.split, chart.seed, chart.level, kind, seed)
        for draft in _different(maker, see, rng, per_type) if maker else ():
            records.append(_record(draft, kind, chart, boxed) | shared)
    return records


def _different(maker: Maker, see: Reader, rng: random.Random, num: int) -> list[Draft]:
    """Up to `num` drafts, no two with the same words; answers are wished for evenly."""
    made: dict[str, Draft] = {}
    wishes = spread(rng, range(_SIDES), max(num, _SIDES) * 2)
    for wish in wishes:
        if len(made) == num:
            break
        for _ in range(_TRIES):
            draft = maker(see, rng, wish)
            if draft is not None and draft.text not in made:
                made[draft.text] = draft
                break
    return list(made.values())


def _record(draft: Draft, kind: str, chart: Chart, boxed: bool) -> Record:
    label, reason = programmable(chart, kind)
    hint = HINTS[draft.form] + (" in \\boxed{}." if boxed else ".")
    return {
        "image": "",
        "question": f"{draft.text} {hint}",
        "answer": draft.answer,
        "tolerance": round(draft.tolerance, 4),
        "type": kind,
        "form": draft.form,
        "programmable": label,
        "programmable_reason": reason,
    }


def _ground_truth(chart: Chart) -> Record:
    return {
        "kind": chart.kind,
        "style": chart.style,
        "title": chart.title,
        "level": chart.level.name,
        "colours": list(chart.colours),
        "printed": chart.printed,
        "scaled": chart.scaled,
        "dense": chart.dense,
        "width": chart.level.size[0],
        "height": chart.level.size[1],
        "csv": chart.table.csv(),
        "table": chart.table.as_dict(),
        "code": plot_code(chart),
    }
