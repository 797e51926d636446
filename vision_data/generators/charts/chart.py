"""One chart: its data and its looks. Not from a paper."""

from __future__ import annotations

from dataclasses import dataclass

from vision_data.generators.charts.spec import Level
from vision_data.generators.charts.styles import STYLES, Style
from vision_data.generators.charts.table import Cell, Table


@dataclass(frozen=True)
class Chart:
    """What is drawn.

    Attributes:
        kind: bar, grouped, stacked, line, scatter or pie.
        level: size and fullness.
        style: name of the look, a key of `STYLES`.
        seed: what it was made from.
        split: train or test.
        title: heading; empty on a lettered chart.
        table: the data. The first column holds the categories (x of a scatter or of dense lines), each further column
            one series; a dense scatter has the columns x, y and group instead.
        colours: colour words: one for each series or group, or one for each row (pie, bars that differ in colour).
        printed: whether the values stand in the chart as text.
        scaled: whether the value axis has numbers.
        dense: whether there are too many points to copy them out.
        step: size of one step of the value axis, in the unit of the values.
        sideways: whether the bars lie.
    """

    kind: str
    level: Level
    style: str
    seed: int
    split: str
    title: str
    table: Table
    colours: tuple[str, ...]
    printed: bool = False
    scaled: bool = True
    dense: bool = False
    step: float = 1
    sideways: bool = False

    @property
    def names(self) -> tuple[Cell, ...]:
        """The cells of the first column."""
        return tuple(row[0] for row in self.table.rows)

    @property
    def series(self) -> tuple[str, ...]:
        """The value columns, or the groups of a dense scatter in order of appearance."""
        if self.kind == "scatter" and self.dense:
            return tuple(dict.fromkeys(str(row[2]) for row in self.table.rows))
        return self.table.columns[1:]

    @property
    def top(self) -> float:
        """Upper end of the value axis (100 for a pie)."""
        return 100 if self.kind == "pie" else tidy(self.level.lattice * self.step)

    @property
    def looks(self) -> Style:
        """The style itself."""
        return STYLES[self.style]

    @property
    def inks(self) -> tuple[str, ...]:
        """The hex codes of `colours`."""
        codes = dict(self.looks.colours)
        return tuple(codes[word] for word in self.colours)

    @property
    def num_marks(self) -> int:
        """How many bars, slices or points are drawn."""
        return len(self.table.rows) * (1 if self.kind == "scatter" else len(self.series))


def tidy(value: float) -> float:
    """Two decimals at most, and a whole number as an int."""
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def step_pixels(level: Level) -> float:
    """About how many pixels one step of the value axis is high: six tenths of the picture are inside the axes."""
    return 0.6 * level.size[1] / level.lattice
