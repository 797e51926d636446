"""Tables as data sets write them, and their cells as what they mean."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

from mmreason.parsing.numbers import parse_number
from mmreason.parsing.plain_text import plain

Cell = str | int | float | bool | None
Table = dict[str, list[Cell]]
"""Column name to cells, all columns of one length."""

MAX_TABLE = 1_000_000
"""Characters of the longest table that is read."""
YEARS = range(1800, 2101)
_MISSING = frozenset(("", "nan", "none", "null", "na", "n/a"))


def number_of(cell: Cell) -> float | None:
    """Read a cell as a number, whatever its separators, currency or percent sign; None where it is none, or missing.

    >>> number_of("1,200"), number_of("45%"), number_of("Oslo"), number_of(True)
    (1200.0, 45.0, None, None)
    """
    try:
        if isinstance(cell, str):
            found = parse_number(plain(cell))
            return None if found is None else float(found.value)
        return None if cell is None or isinstance(cell, bool) or math.isnan(cell) else float(cell)
    except OverflowError:
        return None


def is_missing(cell: Cell) -> bool:
    """Say whether a cell is empty: None, NaN, or a word for it."""
    if isinstance(cell, str):
        return cell.strip().lower() in _MISSING
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def year_like(cells: Sequence[Cell]) -> bool:
    """Say whether all cells that are there are whole numbers from 1800 to 2100: within a percent, all are one.

    >>> year_like([2019, "2020"]), year_like([2019, 7])
    (True, False)
    """
    numbers = [number_of(cell) for cell in cells if not is_missing(cell)]
    return bool(numbers) and all(number in YEARS for number in numbers)


def text_like(cells: Sequence[Cell]) -> bool:
    """Say whether some cell is neither a number nor missing."""
    return any(number_of(cell) is None and not is_missing(cell) for cell in cells)


def table_of(value: Any) -> Table | None:
    r"""Read a table: a mapping of names to cells, or CSV text with a header; None where it is none.

    Text may have tabs in place of commas, also both tabs and line ends spelled out as ``\t`` and ``\n`` (ChartX).
    Ragged tables, and such without a column or a row, are none. Of columns with one name the later ones are numbered.

    >>> table_of("colour \\t num \\n red \\t 1 \\n blue \\t 2"), table_of("a,b\n1")
    ({'colour': ['red', 'blue'], 'num': ['1', '2']}, None)
    """
    if isinstance(value, Mapping):
        columns = {str(name): cells for name, cells in value.items()}
        whole = all(isinstance(cells, list | tuple) and all(map(_scalar, cells)) for cells in columns.values())
        made = {name: list(cells) for name, cells in columns.items()} if whole else {}
    elif isinstance(value, str) and len(value) <= MAX_TABLE:
        made = _from_text(value)
    else:
        return None
    return made if made and len(set(map(len, made.values()))) == 1 and next(iter(made.values())) else None


def _scalar(cell: Any) -> bool:
    return cell is None or isinstance(cell, str | int | float)


def _from_text(text: str) -> Table:
    if "\n" not in text.strip():
        text = text.replace("\\n", "\n").replace("\\t", "\t")
    try:
        lines = csv.reader(io.StringIO(text.strip()), delimiter="\t" if "\t" in text else ",", strict=True)
        rows = [[cell.strip() for cell in row] for row in lines if any(cell.strip() for cell in row)]
    except csv.Error:
        return {}
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        return {}
    made: Table = {}
    for at, name in enumerate(rows[0]):
        made[name if name not in made else f"{name}.{at}"] = [row[at] for row in rows[1:]]
    return made
