"""The data of a chart: named columns of equal length. Not from a paper."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

Cell = str | int | float


@dataclass(frozen=True)
class Table:
    """Column names and rows, as a CSV file holds them."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def column(self, name: str) -> list[Cell]:
        """The cells of one column, in the order of the rows."""
        at = self.columns.index(name)
        return [row[at] for row in self.rows]

    def numbers(self, name: str) -> list[float]:
        """The cells of a column of numbers."""
        cells = self.column(name)
        return [cell for cell in cells if not isinstance(cell, str)]

    def csv(self) -> str:
        """CSV text with a header; lines end in a newline, numbers are written as they are."""
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([self.columns, *self.rows])
        return out.getvalue()

    def as_dict(self) -> dict[str, list[Cell]]:
        """Column name to cells, the argument of a pandas data frame."""
        return {name: self.column(name) for name in self.columns}
