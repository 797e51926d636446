"""How much of a chart's table stands in the code of an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mmreason.errors import DataError
from mmreason.parsing.assignment import assign
from mmreason.parsing.data_frame import data_frame
from mmreason.parsing.distances import common_length
from mmreason.parsing.strategy import strategy_of
from mmreason.parsing.tables import Cell, is_missing, number_of, table_of, text_like, year_like
from mmreason.rewards.base import CompletionReward
from mmreason.rewards.golds import NAN, place
from mmreason.types import Completion, Task

Columns = Mapping[str, Sequence[Cell]]
MATCH = 50.0
"""Two names that are alike by this much of 100 or less are different names."""
RELATIVE = 1e-2
"""Numbers that are as near as this share of the gold one are equal."""
MAX_NAME = 200
"""Characters of a name that are compared."""


class TableScore(NamedTuple):
    """The three parts, 0 to 1."""

    columns: float
    """Gold columns that were found."""
    rows: float
    """1 where there are as many rows."""
    values: float
    """Equal cells in the columns that were found, up to the shorter table's end; 0 where none was."""

    @property
    def total(self) -> float:
        """0.2 columns + 0.1 rows + 0.7 values."""
        return 0.2 * self.columns + 0.1 * self.rows + 0.7 * self.values


def likeness(one: str, other: str) -> float:
    """Give how alike two names are, 0 to 100: twice the longest common subsequence over both lengths.

    Case and white space do not count.

    >>> likeness("Sales", "sales "), round(likeness("Sales", "Cost"), 1)
    (100.0, 22.2)
    """
    a, b = ("".join(name.lower().split())[:MAX_NAME] for name in (one, other))
    return 200 * common_length(a, b) / (len(a) + len(b)) if a or b else 100.0


def equal_cells(gold: Cell, said: Cell, relative: float) -> bool:
    """Say whether two cells are the same: near numbers, the same text, or both empty.

    >>> equal_cells("oslo ", "Oslo", 0.01), equal_cells(10, "10.05", 0.01), equal_cells(0, 0.001, 0.01)
    (True, True, False)
    """
    if is_missing(gold) or is_missing(said):
        return is_missing(gold) and is_missing(said)
    wanted, found = number_of(gold), number_of(said)
    if wanted is not None and found is not None:
        return abs(wanted - found) <= relative * abs(wanted) * (1 + 1e-9)
    return "".join(str(gold).lower().split()) == "".join(str(said).lower().split())


def pairs_of(gold: Sequence[str], said: Sequence[str]) -> list[tuple[int, int]]:
    """Pair names that are alike by more than 50 of 100, the most alike first, each name once.

    >>> pairs_of(["City", "Sales", "Cost"], ["sales", "city"])
    [(0, 1), (1, 0)]
    """
    alike = [[likeness(name, other) for other in said] for name in gold]
    return [(i, j) for i, j in assign(alike, "greedy") if alike[i][j] > MATCH]


def compare_tables(gold: Columns, said: Columns) -> TableScore:
    """Compare two tables, Code-as-Thought's data accuracy reward (arXiv:2509.09286).

    In a gold column of years, or with text in it, numbers must be equal: within a percent all years are one.
    """
    names, others = list(gold), list(said)
    pairs = pairs_of(names, others)
    num = [len(next(iter(table.values()), [])) for table in (gold, said)]
    shares = []
    for i, j in pairs:
        cells = gold[names[i]]
        relative = 0.0 if year_like(cells) or text_like(cells) else RELATIVE
        equal = [equal_cells(a, b, relative) for a, b in zip(cells, said[others[j]], strict=False)]
        shares.append(sum(equal) / len(equal) if equal else 0.0)
    values = sum(shares) / len(shares) if shares else 0.0
    return TableScore(len(pairs) / len(gold) if gold else 0.0, float(num[0] == num[1]), values)


@dataclass(frozen=True)
class TableAccuracy(CompletionReward):
    """Code-as-Thought's data accuracy reward, arXiv:2509.09286: is the table in the code that of the chart?

    ``0.2 columns + 0.1 rows + 0.7 values``, see ``compare_tables``. The table is read off the code's syntax tree; no
    code is run. 0 for a completion that does not answer by ``<CODE>``, without code, or whose table is not literal. NaN
    for a task without a gold table.

    Args:
        field: Where the record has the gold table: column name to cells, or CSV text.
        name: Variable that holds the data frame; without it the first frame counts.
        always: Look for a table whatever the strategy: for prompts that ask for code and no strategy token.

    Raises:
        DataError: in ``rate``, if the record's table is none.
    """

    field: str = "table"
    name: str = "chart_data"
    always: bool = False

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 0 to 1, or NaN."""
        given = task.record.get(self.field)
        if given is None:
            return NAN
        gold = table_of(given)
        if gold is None:
            raise DataError(
                f"{place(task)}: {self.field} is {str(given)[:60]!r}, expected a mapping of names to equally long "
                "lists, or CSV text with a header"
            )
        if not self.always and strategy_of(completion.text) != "CODE":
            return 0.0
        said = data_frame(completion.text, self.name)
        return compare_tables(gold, said).total if said else 0.0
