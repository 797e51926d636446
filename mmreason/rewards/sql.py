"""Right or wrong, for SQL queries, by what they give on a database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from mmreason.errors import DataError, RecipeError
from mmreason.parsing.code_block import last_sql
from mmreason.rewards.base import CompletionReward
from mmreason.sandbox.queries import Result, ResultOf, orders
from mmreason.types import Batch, Completion, Group, Task
from mmreason.worker import Lost
from mmreason.workers import shared

NAN = float("nan")
SLACK = 2.0
"""Seconds past its time after which a query that does not look at the clock is ended with its worker."""
Query = tuple[str, str, str]
"""Database, query, and how its rows are compared."""
EMPTY = Result("", "no query")


def database_of(task: Task) -> str | None:
    """Give the field ``database`` of the record: the path of an SQLite file."""
    found = task.record.get("database")
    return None if found is None else str(found)


def gold_query(task: Task) -> str | None:
    """Give the field ``gold_sql`` of the record, else the task's answer."""
    found = task.record.get("gold_sql", task.answer)
    return None if found is None else str(found)


@dataclass(frozen=True)
class SqlAccuracy(CompletionReward):
    """1 where a query gives the rows that the gold query gives, else 0 (exec of Reasoning-SQL, arXiv:2503.23157).

    Queries run in worker processes on a database that is opened for reading. Anything but reading its tables is
    refused: writes, ATTACH, PRAGMA, extensions. Of several statements the first is run. Wrong are no query, one that
    is refused or fails, one past its time, rows or memory. NaN for a task without database or gold query, and where the
    gold query itself takes too much.

    Args:
        extract: Completion text to query, None where there is none. A module-level function, as keys are compared.
        database: Task to the path of its SQLite file.
        gold: Task to its gold query.
        compare: As the paper: ``multiset`` of rows, in any order. ``set`` as BIRD's own scorer, ``list`` in order;
            ``auto`` is ``list`` where the gold query orders its rows, else ``multiset``. Columns are in order always.
        digits: Round numbers to so many decimals first; None compares them as they are.
        max_rows: Of either query.
        seconds: For each query.
        memory_bytes: What SQLite may take for it.

    Raises:
        RecipeError: if a number is out of range.
        DataError: when scoring, if there is no such database or the gold query fails on it.
    """

    extract: Callable[[str], str | None] = last_sql
    database: Callable[[Task], str | None] = database_of
    gold: Callable[[Task], str | None] = gold_query
    compare: Literal["multiset", "set", "list", "auto"] = "multiset"
    digits: int | None = None
    max_rows: int = 100_000
    seconds: float = 30.0
    memory_bytes: int = 2**28

    def __post_init__(self) -> None:
        if self.max_rows < 1 or not 0.0 < self.seconds < float("inf") or self.memory_bytes < 2**20:
            raise RecipeError(
                f"SqlAccuracy: max_rows is {self.max_rows}, seconds {self.seconds} and memory_bytes "
                f"{self.memory_bytes}; expected at least 1, a positive number, and at least {2**20}"
            )

    def __call__(self, batch: Batch) -> list[Tensor]:
        """Score every group; all queries go to the workers at once."""
        rated = iter(self._rated(list(batch.pairs())))
        return [torch.tensor([next(rated) for _ in g.completions], dtype=torch.float64) for g in batch.groups]

    def score(self, group: Group) -> Tensor:
        """[G]."""
        return torch.tensor(self._rated([(group.task, c) for c in group.completions]), dtype=torch.float64)

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1, 0 or NaN."""
        return self._rated([(task, completion)])[0]

    def _rated(self, pairs: Sequence[tuple[Task, Completion]]) -> list[float]:
        asked = [self._asked(task, completion.text) for task, completion in pairs]
        queries = [query for pair in asked if pair for query in pair if query[1].strip()]
        found = self._results(list(dict.fromkeys(queries)))
        for (task, _), pair in zip(pairs, asked, strict=True):
            gold = found.get(pair[0], EMPTY) if pair else None
            if gold is not None and gold.reason and not gold.over:
                raise DataError(
                    f"{task.where or task.id}: the gold query {self.gold(task)!r:.200} fails: {gold.reason}"
                )
        return [self._worth(found.get(pair[0], EMPTY), found.get(pair[1], EMPTY)) if pair else NAN for pair in asked]

    def _worth(self, gold: Result, said: Result) -> float:
        return NAN if gold.over else float(bool(said.digest) and said.digest == gold.digest)

    def _asked(self, task: Task, text: str) -> tuple[Query, Query] | None:
        """Give the gold query and the completion's, None where there is nothing to compare."""
        database, gold = self.database(task), self.gold(task)
        if database is None or gold is None:
            return None
        auto = "list" if orders(gold) else "multiset"
        compare = auto if self.compare == "auto" else self.compare
        return (database, gold, compare), (database, self.extract(text) or "", compare)

    def _results(self, queries: list[Query]) -> dict[Query, Result]:
        """Run each once. One query may hold up SQLite until its worker is ended; then only that one is over."""
        if not queries:
            return {}
        run = ResultOf(self.digits, self.max_rows, self.seconds, self.memory_bytes)
        found = shared().run(run, queries, self.seconds + SLACK)
        results = [Result("", x.said or x.why, over=x.why != "error") if isinstance(x, Lost) else x for x in found]
        return dict(zip(queries, results, strict=True))
