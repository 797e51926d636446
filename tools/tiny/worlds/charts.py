"""Small bar charts: their table as code, what it answers, and the colour of the bars."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mmreason.data.chart_prompts import BRIEF
from mmreason.data.chart_thoughts import COLOURS, TAUGHT, ChartTeacher
from mmreason.data.charts import SMALL, TRIES
from mmreason.seeds import seed_of
from tools.tiny.worlds.lesson import Asked, Lesson, Look, aims
from vision_data.generators.charts import make_chart, questions, render
from vision_data.generators.charts.chart import Chart
from vision_data.generators.transit.names import LETTERS

SIDE = 4
POOL = 1200
"""Different charts: one takes a while to draw."""
_LISTS = re.compile(r'"Letter": \[([^\]]*)\], "Value": \[([^\]]*)\]')
_DRAWN: dict[tuple[str, int], np.ndarray[Any, Any]] = {}


@dataclass(frozen=True)
class ChartWorld:
    """Charts of two or three bars. ``slip``: see `SceneWorld`."""

    slip: float = 0.0
    num: int = 8
    split: str = "train"
    name: str = "charts"
    content: tuple[str | None, ...] = (None,)
    grid: tuple[int, int] = (SIDE, SIDE)
    words: tuple[str, ...] = (*LETTERS, *map(str, range(10)), *COLOURS)
    moods: tuple[str, ...] = field(default=())

    def lesson(self, seed: int) -> Lesson:
        """A chart with questions of every type that it allows."""
        seed %= POOL
        rng = random.Random(seed_of("chart lesson", self.split, seed))
        for attempt in range(TRIES):
            drawn = seed_of("chart lesson", self.split, seed, attempt)
            chart = make_chart(drawn, SMALL, self.split, "bar", "plain", False, rng.random() < 0.75)
            found = questions(chart, drawn, TAUGHT)
            if found:
                break
        picture = drawing(self.split, seed, chart)
        bars = [(row[0], row[1]) for row in chart.table.rows]
        places = range(SIDE**2 - SIDE + 1, SIDE**2)[: len(bars)]  # where each letter stands, see `SMALL`
        colour = str(next((row["answer"] for row in found if row["type"] == "appearance"), ""))
        shown: list[frozenset[str]] = [frozenset()] * SIDE**2
        for (letter, value), cell in zip(bars, places, strict=True):
            shown[cell] = frozenset(filter(None, (str(letter), *str(value), colour)))
        at = {str(letter): cell for (letter, _), cell in zip(bars, places, strict=True)}
        teacher = ChartTeacher(num=1, slip=0.2 if self.slip else 0.0, blind=0.1 if self.slip else 0.0)
        asked = []
        for _ in range(self.num):
            row = rng.choice(found)
            text = teacher.text(rng, row)
            asked.append(Asked(f"{row['question']} {BRIEF['adaptive']}", text, tuple(read(text, row, at))))
        return Lesson([picture], shown, asked)


def drawing(split: str, seed: int, chart: Chart) -> np.ndarray[Any, Any]:
    """A chart as bytes, drawn once."""
    if (split, seed) not in _DRAWN:
        _DRAWN[split, seed] = np.array(render(chart).convert("RGB"))
    return _DRAWN[split, seed]


def read(text: str, row: dict[str, Any], at: dict[str, int]) -> Iterator[Look]:
    """Letters and values of a data frame are told from the letters' cells, and so is what a thought says of them."""
    if found := _LISTS.search(text):
        for group, item in ((1, r"[A-Z]"), (2, r"\d+")):
            for match, cell in zip(re.compile(item).finditer(text, *found.span(group)), at.values(), strict=False):
                yield from aims(match, cell, named=group == 1)
    for match in re.finditer(r"\b([A-Z]) is (\d+)", text):
        if match[1] in at and (value := re.compile(r"\d+").search(text, match.start(2))):
            yield from aims(value, at[match[1]])
    if row["type"] == "appearance" and (match := re.search(r"(?<=It is )\w+", text)):
        yield from aims(match, next(iter(at.values())), named=True)
