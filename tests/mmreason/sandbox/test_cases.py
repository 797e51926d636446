"""Tests as data sets write them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mmreason.errors import DataError
from mmreason.sandbox.cases import Asserts, Calls, Streams, read_cases


def test_asserts_as_in_mbpp() -> None:
    record = {"tests": ["assert f(1) == 2"], "test_imports": ["import math", "import re"]}
    assert read_cases(record) == Asserts(("assert f(1) == 2",), "import math\nimport re")
    record = {"test_list": ["assert f(1) == 2"], "test_setup_code": "x = 1"}
    assert read_cases(record, "test_list") == Asserts(("assert f(1) == 2",), "x = 1")


def test_a_check_function_as_in_humaneval() -> None:
    code = "def check(candidate):\n    assert candidate(1) == 2"
    assert read_cases({"test": code, "entry_point": "f"}, "test") == Asserts(("check(f)",), code, ("f",))


def test_streams_as_in_apps_and_taco() -> None:
    both = {"inputs": ["1 2\n", ["3", "4"]], "outputs": ["3", ["7"]]}
    expected = Streams(("1 2\n", "3\n4"), ("3", "7"))
    assert read_cases({"input_output": both}, "input_output") == expected
    assert read_cases({"input_output": json.dumps(both)}, "input_output") == expected
    arrays = {"inputs": np.array(["1"], dtype=object), "outputs": np.array(["2"], dtype=object)}
    assert read_cases({"tests": arrays}) == Streams(("1",), ("2",)), "as parquet files give them"


def test_calls_as_in_apps() -> None:
    tests = {"inputs": [[1, 2], [[3], 4]], "outputs": [[3], 7], "fn_name": "add"}
    assert read_cases({"tests": tests}) == Calls("add", ((1, 2), ([3], 4)), ([3], 7), wrapped=True)


def test_both_kinds_as_in_livecodebench() -> None:
    streams = [{"input": "1\n", "output": "2\n", "testtype": "stdin"}]
    assert read_cases({"tests": json.dumps(streams), "metadata": "{}"}) == Streams(("1\n",), ("2\n",))
    calls = [{"input": '[1, 2]\n"a"', "output": "true", "testtype": "functional"}]
    record = {"tests": json.dumps(calls), "metadata": json.dumps({"func_name": "f"})}
    assert read_cases(record) == Calls("f", (([1, 2], "a"),), (True,))


def test_the_first_ones_only() -> None:
    assert len(Streams(("1", "2"), ("3", "4")).first(1)) == 1
    assert len(Calls("f", ((1,), (2,)), (3, 4)).first(1)) == 1
    assert len(Asserts(("a", "b")).first(None)) == 2


def test_no_tests_is_none() -> None:
    assert read_cases({}) is None
    assert read_cases({"tests": None}) is None


@pytest.mark.parametrize(
    "record",
    [
        {"tests": "def check(f): pass"},
        {"tests": []},
        {"tests": {}},
        {"tests": {"inputs": [], "outputs": []}},
        {"tests": 3},
        {"tests": ["a", 1]},
        {"tests": {"inputs": ["1"], "outputs": []}},
        {"tests": '{"inputs": '},
        {"tests": "[" * 100_000},
        {"tests": [{"input": "1"}]},
        {"tests": [{"input": "1", "output": "2", "testtype": "functional"}]},
        {"tests": [{"input": "1", "output": "2", "testtype": "magic"}]},
        {"tests": [{"input": "x", "output": "2", "testtype": "functional"}], "fn_name": "f"},
    ],
)
def test_what_is_of_no_known_form_is_refused_with_its_place(record: dict[str, object]) -> None:
    with pytest.raises(DataError, match=r"^train.jsonl:7: field 'tests'"):
        read_cases(record, where="train.jsonl:7")
