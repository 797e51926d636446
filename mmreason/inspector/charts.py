"""The table that a chart's code holds, beside the one that is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmreason.inspector.model import Extra
from mmreason.parsing.data_frame import data_frame
from mmreason.parsing.strategy import strategy_of
from mmreason.parsing.tables import Table, table_of

ROWS, COLUMNS, CELL = 200, 40, 200
"""Rows, columns, and characters of a cell that are shown."""


def code_table(text: str) -> Extra | None:
    """Read the table off a completion's code, which is never run; None where it neither has code nor chose to."""
    strategy = strategy_of(text)
    found = data_frame(text) if "```" in text else None
    if found is None and strategy is None:
        return None
    how = {"CODE": "answers by code", "DIRECT": "answers directly", None: ""}[strategy]
    title = "Table read from the code" if found is not None else "No table in the text"
    return Extra("table", title, text=how, table=rows(found) if found else ())


def gold_table(record: Mapping[str, Any]) -> Extra | None:
    """Read the chart's own table out of a record."""
    found = next((made for name in ("table", "csv", "data") if (made := table_of(record.get(name)))), None)
    return None if found is None else Extra("table", "The chart's table", table=rows(found))


def rows(table: Table) -> tuple[tuple[str, ...], ...]:
    """A table as rows of text, the names of its columns first."""
    names = list(table)[:COLUMNS]
    body = zip(*(table[name] for name in names), strict=True)
    cells = [tuple(names), *list(body)[:ROWS]]
    return tuple(tuple("" if cell is None else str(cell)[:CELL] for cell in row) for row in cells)
