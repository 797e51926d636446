"""Tables and cells as data sets write them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from mmreason.parsing.strategy import strategy_of
from mmreason.parsing.tables import is_missing, number_of, table_of, text_like, year_like


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("<CODE>\nx", "CODE"),
        (" <DIRECT> It is 3.", "DIRECT"),
        ("Let me see. <DIRECT> no, <CODE>", "DIRECT"),
        ("<CODE><DIRECT>", "CODE"),
        ("CODE 3", None),
        ("<code> 3", None),
        ("", None),
    ],
)
def test_the_first_strategy_token_wins(text: str, wanted: str | None) -> None:
    assert strategy_of(text) == wanted


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [("10", 10.0), ("1,234.5", 1234.5), ("$5", 5.0), ("45 %", 45.0), (-2, -2.0), ("\uff11\uff12", 12.0)],
)
def test_numbers(cell: Any, wanted: float) -> None:
    assert number_of(cell) == wanted


@pytest.mark.parametrize("cell", ["Oslo", "", "12 apples", True, None, math.nan, "nan", 10**400, "1" * 500])
def test_what_is_no_number(cell: Any) -> None:
    assert number_of(cell) is None


def test_missing_cells() -> None:
    missing: list[Any] = [None, math.nan, "", " NaN ", "N/A", "null"]
    assert all(map(is_missing, missing))
    there: list[Any] = [0, "0", "none of them", False]
    assert not any(map(is_missing, there))


def test_columns_of_years_and_of_text() -> None:
    assert year_like(["2019", 2020, None])
    assert not year_like([2019.5])
    assert not year_like([None, ""])
    assert text_like([1, "Oslo"])
    assert not text_like(["1", None, "2.5"])


@pytest.mark.parametrize(
    "given",
    [
        "City,Sales\nOslo,10\nRome,20\n",
        "City\tSales\nOslo\t10\nRome\t20",
        r"City \t Sales \n Oslo \t 10 \n Rome \t 20",
        "City, Sales \r\n\r\n Oslo ,10\r\nRome, 20\r\n",
    ],
)
def test_text_with_a_header(given: str) -> None:
    assert table_of(given) == {"City": ["Oslo", "Rome"], "Sales": ["10", "20"]}


def test_quoted_cells_and_names_that_stand_twice() -> None:
    assert table_of('a,a\n"x, y",2') == {"a": ["x, y"], "a.1": ["2"]}


@pytest.mark.parametrize(
    "given",
    [None, 3, "", "City,Sales", "a,b\n1", {"a": [1], "b": [1, 2]}, {"a": 1}, {"a": []}, {}, {"a": [[1]]}, 'a\n"x'],
)
def test_what_is_no_table(given: Any) -> None:
    assert table_of(given) is None
