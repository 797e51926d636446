"""Tables out of code that is never run; hostile code among it."""

from __future__ import annotations

import ast
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmreason.parsing.data_frame import MAX_CODE, data_frame

TABLE = {"City": ["Oslo", "Rome"], "Sales": [10, 20.5]}


def fenced(code: str, language: str = "python") -> str:
    return f"<CODE>\n```{language}\n{code}\n```\nSo it is \\boxed{{10}}."


@pytest.mark.parametrize(
    "code",
    [
        "import pandas as pd\nchart_data = pd.DataFrame({'City': ['Oslo', 'Rome'], 'Sales': [10, 20.5]})",
        "chart_data = pandas.DataFrame(data={'City': ('Oslo', 'Rome'), 'Sales': [+10, 20.5]})",
        "from pandas import *\nchart_data = DataFrame({'City': ['Oslo', 'Rome'], 'Sales': [10, 20.5]}, index=x)",
        "chart_data: pd.DataFrame = pd.DataFrame({'City': ['Oslo', 'Rome'], 'Sales': [10, 20.5]})",
        "chart_data = pd.DataFrame([['Oslo', 10], ['Rome', 20.5]], columns=['City', 'Sales'])",
        "chart_data = pd.DataFrame([{'City': 'Oslo', 'Sales': 10}, {'City': 'Rome', 'Sales': 20.5}])",
        "names = ['Oslo', 'Rome']\ndata = {'City': names, 'Sales': [10, 20.5]}\nchart_data = pd.DataFrame(data)",
        "other = pd.DataFrame({'x': [1]})\nchart_data = pd.DataFrame({'City': ['Oslo', 'Rome'], 'Sales': [10, 20.5]})",
        "df = pd.DataFrame({'City': ['Oslo', 'Rome'], 'Sales': [10, 20.5]})\nwrong = pd.DataFrame({'x': [1]})",
        "def main():\n    chart_data = pd.DataFrame({'City': ['Oslo', 'Rome'], 'Sales': [10, 20.5]})\nmain()",
        "list_ = ['City', 'Sales']\n"
        "chart_data = pd.DataFrame({'City': ['Oslo', 'Rome'], 'a': [1, 2], 'Sales': [10, 20.5]}, columns=list_)",
        "chart_data = df = pd.DataFrame({'City': ['Oslo', 'Rome'], 'Sales': [10, 20.5]})\nchart_data = df.head()",
        "path = '\\d'\nchart_data = pd.DataFrame({'City': ['Oslo', 'Rome'], 'Sales': [10, 20.5]})",
    ],
)
def test_literal_frames(code: str) -> None:
    assert data_frame(fenced(code)) == TABLE


@pytest.mark.parametrize(
    "code",
    [
        "chart_data = pd.DataFrame({'City': ['Oslo', 'Rome'], 'Sales': [10]})",
        "chart_data = pd.DataFrame([['Oslo', 10], ['Rome']], columns=['City', 'Sales'])",
        "chart_data = pd.DataFrame([{'City': 'Oslo'}, {'Sales': 10}])",
        "chart_data = pd.DataFrame([[1, 2]])",
        "chart_data = pd.DataFrame({'Sales': 5})",
        "chart_data = pd.DataFrame({'Sales': [10 + 10]})",
        "chart_data = pd.DataFrame({'Sales': list(range(3))})",
        "chart_data = pd.DataFrame({'Sales': [open('/etc/passwd').read()]})",
        "chart_data = pd.DataFrame({'Sales': [x for x in y]})",
        "chart_data = pd.DataFrame({'Sales': unknown})",
        "chart_data = pd.DataFrame({**other})",
        "chart_data = pd.DataFrame({'Sales': [[1, 2]]})",
        "chart_data = pd.DataFrame({'Sales': [b'1', 2j]})",
        "chart_data = pd.DataFrame({'Sales': [1]}, *more)",
        "chart_data = pd.DataFrame({'Sales': [1]}, **more)",
        "chart_data = pd.DataFrame({'Sales': [1]}, copy=True)",
        "chart_data = pd.DataFrame({'Sales': [1]}, columns=['Cost'])",
        "chart_data = pd.DataFrame()",
        "chart_data = pd.read_csv('sales.csv')",
        "chart_data = [1, 2]",
        "chart_data = pd.DataFrame({'Sales': [1, 2]",
        "x = [1]\nx = f()\nchart_data = pd.DataFrame({'Sales': x})",
        # The name counts, though another frame is literal.
        "chart_data = pd.DataFrame(load())\nother = pd.DataFrame({'Sales': [1]})",
        "",
    ],
)
def test_everything_else_is_no_table(code: str) -> None:
    assert data_frame(fenced(code)) is None


def test_blocks_without_a_language_count_where_none_is_of_python() -> None:
    code = "chart_data = pd.DataFrame({'Sales': [1]})"
    assert data_frame(fenced(code, "")) == {"Sales": [1]}
    assert data_frame(fenced("x = 1") + fenced(code, "")) is None
    assert data_frame(fenced(code, "sql")) is None
    assert data_frame(code) is None


def test_a_name_of_an_earlier_block_and_a_block_that_does_not_parse() -> None:
    text = fenced("sales = [1, 2]") + fenced("1 +* 2") + fenced("chart_data = pd.DataFrame({'Sales': sales})")
    assert data_frame(text) == {"Sales": [1, 2]}


def test_an_open_fence_goes_on_to_the_end() -> None:
    assert data_frame("```python\nchart_data = pd.DataFrame({'Sales': [1]})") == {"Sales": [1]}


def test_missing_cells() -> None:
    code = (
        "chart_data = pd.DataFrame({'a': [np.nan, float('nan'), math.nan, pd.NA, nan], 'b': [None, 1, -1, True, '']})"
    )
    made = data_frame(fenced(code)) or {}
    assert all(isinstance(cell, float) and math.isnan(cell) for cell in made["a"])
    assert made["b"] == [None, 1, -1, True, ""]


def test_another_name() -> None:
    code = "chart_data = pd.DataFrame({'x': [1]})\ndf = pd.DataFrame({'x': [2]})"
    assert data_frame(fenced(code), "df") == {"x": [2]}


@pytest.mark.parametrize(
    "code",
    [
        "x = " + "(" * 5000,
        "x = " + "-" * 15000 + "1",
        "x = " + "+".join("1" * 9000),
        "x = a" + ".b" * 9000,
        "x = [" * 300 + "]" * 300,
        "x = " + "9" * 9000,
        "x = '\x00'",
        "x = '\ud800'",
        "chart_data = pd.DataFrame({'a': [" + "1," * 5000 + "]})",
        "chart_data = pd.DataFrame({" + ",".join(f"'{i}': [1]" for i in range(500)) + "})",
        "x = 1\n" * MAX_CODE,
    ],
)
def test_hostile_code_is_no_table_and_no_harm(code: str) -> None:
    assert data_frame(fenced(code)) is None


def test_nothing_is_run(tmp_path: Path) -> None:
    target = tmp_path / "made"
    data_frame(fenced(f"open({str(target)!r}, 'w')\nchart_data = pd.DataFrame({{'a': [open({str(target)!r}, 'w')]}})"))
    assert not target.exists()


CELLS = st.one_of(st.text(max_size=5), st.integers(-1000, 1000), st.floats(allow_nan=False, allow_infinity=False))


@given(st.dictionaries(st.text(max_size=5), st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=4))
def test_what_is_written_is_read(table: dict[str, list[Any]]) -> None:
    assert ast.literal_eval(repr(table)) == table
    text = fenced(f"chart_data = pd.DataFrame({table!r})")
    if "```" not in repr(table) and "~~~" not in repr(table):
        assert data_frame(text) == table


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    data_frame(fenced(text))
