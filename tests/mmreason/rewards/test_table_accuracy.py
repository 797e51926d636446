"""The data accuracy reward of Code-as-Thought: the card's numbers and edges."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmreason.errors import DataError
from mmreason.rewards.table_accuracy import (
    TableAccuracy,
    compare_tables,
    equal_cells,
    likeness,
    pairs_of,
)
from tests.mmreason.fakes import close, comp, task

GOLD: dict[str, list[Any]] = {"City": ["Oslo", "Rome", "Cairo"], "Sales": [10, 20, 30], "Cost": [5, 6, math.nan]}
PRED: dict[str, list[Any]] = {"city": ["oslo ", "Rome", "Cairo"], "sales": [10.05, 21, 30]}


def written(table: Any, start: str = "<CODE>", name: str = "chart_data") -> str:
    return f"{start}\n```python\nimport pandas as pd\n{name} = pd.DataFrame({table!r})\n```\n\\boxed{{1}}"


def rate(text: str, reward: TableAccuracy | None = None, **record: Any) -> float:
    return (reward or TableAccuracy()).rate(task(record={"table": GOLD} | record), comp([1], text=text))


def test_the_card() -> None:
    score = compare_tables(GOLD, PRED)
    close(list(score), [2 / 3, 1, (1 + 2 / 3) / 2])
    close(score.total, 0.816667)
    close(rate(written(PRED)), 0.816667)


def test_two_rows_of_three() -> None:
    pred = {name: cells[:2] for name, cells in GOLD.items()}
    close(compare_tables(GOLD, pred).total, 0.9)
    close(rate(written(pred)), 0.9)


def test_only_by_code() -> None:
    assert rate(written(PRED, "<DIRECT>")) == 0
    assert rate(written(PRED, "")) == 0
    assert rate(written(PRED, "<DIRECT> <CODE>")) == 0
    close(rate(written(PRED, ""), TableAccuracy(always=True)), 0.816667)


@pytest.mark.parametrize(
    "text",
    ["<CODE> 10 of 30", "<CODE>```python\nx = 1\n```", written({"City": ["Oslo"], "Sales": [1, 2]}), written({}), ""],
)
def test_no_table_earns_nothing(text: str) -> None:
    assert rate(text) == 0


def test_a_frame_of_another_name_counts_where_none_has_the_name() -> None:
    close(rate(written(PRED, name="df")), 0.816667)


def test_gold_as_text_and_none() -> None:
    close(rate(written(PRED), table="City,Sales,Cost\nOslo,10,5\nRome,20,6\nCairo,30,\n"), 0.816667)
    assert math.isnan(rate(written(PRED), table=None))


@pytest.mark.parametrize("gold", ["City", {"a": [1], "b": []}, 3])
def test_gold_that_is_no_table_is_refused(gold: Any) -> None:
    with pytest.raises(DataError, match="expected a mapping of names"):
        rate(written(PRED), table=gold)


@pytest.mark.parametrize(
    ("gold", "said", "equal"),
    [
        (10, 10.1, True),
        (10, 10.11, False),
        (-10, -9.9, True),
        (0, 0, True),
        (0, 1e-9, False),
        ("45%", 45, True),
        ("1,200", 1200, True),
        (None, math.nan, True),
        (None, 0, False),
        (5, None, False),
        ("North East", "northeast", True),
        ("Oslo", "Rome", False),
        (True, "true", True),
        (10**400, 10**400, True),
        (1, math.inf, False),
    ],
)
def test_cells(gold: Any, said: Any, equal: bool) -> None:
    assert equal_cells(gold, said, 1e-2) is equal


def test_years_and_texts_must_be_equal() -> None:
    years = {"Year": [2018, 2019], "Sales": [10, 20]}
    off = {"Year": [2019, 2020], "Sales": [10, 20]}
    assert compare_tables(years, off).values == 0.5
    assert compare_tables({"Name": ["A", 100]}, {"Name": ["A", 100.5]}).values == 0.5
    assert compare_tables({"Sales": [3018, 3019]}, {"Sales": [3019, 3020]}).values == 1


def test_each_predicted_column_is_used_once() -> None:
    assert pairs_of(["Sales", "Sales B"], ["sales b"]) == [(1, 0)]
    score = compare_tables({"Sales A": [1], "Sales B": [2]}, {"Sales A": [1]})
    assert score == (0.5, 1, 1)


def test_names_must_be_alike_by_more_than_half() -> None:
    assert likeness("ab", "ax") == 50
    assert pairs_of(["ab"], ["ax"]) == []
    assert compare_tables({"Sales": [1]}, {"xyz": [1]}) == (0, 1, 0)
    assert pairs_of(["abc"], ["abx"]) == [(0, 0)]


def test_an_empty_frame_has_no_values() -> None:
    assert compare_tables({"Sales": [1]}, {"Sales": []}) == (1, 0, 0)


TABLES = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=6),
    st.lists(st.one_of(st.integers(-99, 99), st.text(max_size=3), st.none()), min_size=3, max_size=3),
    min_size=1,
    max_size=4,
)


@given(TABLES, TABLES)
def test_shares_are_shares_and_the_chart_itself_is_right(
    gold: dict[str, list[Any]], said: dict[str, list[Any]]
) -> None:
    assert all(0 <= part <= 1 for part in compare_tables(gold, said))
    close(compare_tables(gold, gold).total, 1.0)
    extra = {**gold, "another column that is not there": [1, 2, 3]}
    close(compare_tables(gold, extra).total, 1.0)
