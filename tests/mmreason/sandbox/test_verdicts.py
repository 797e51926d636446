"""How outputs and values are compared, and what a verdict says."""

from __future__ import annotations

import math
from typing import Any

import pytest

from mmreason.errors import DataError
from mmreason.sandbox.cases import Asserts, Calls, Cases, Streams
from mmreason.sandbox.limits import Limits
from mmreason.sandbox.programs import mode_for
from mmreason.sandbox.verdicts import Verdict, judged, same_output, same_value


def verdict(source: str, cases: Cases, **kwargs: Any) -> Verdict:
    limits = Limits(cpu_seconds=1, wall_seconds=6, output_bytes=1 << 16)
    return judged(source, cases, limits, mode_for(True, limits), **kwargs)


@pytest.mark.parametrize(
    ("said", "wanted", "same"),
    [
        ("1 2\n", "1 2", True),
        ("  1 2  \n\n", "1 2", True),
        ("1  2", "1 2", True),
        ("1\n2", "1 2", False),
        ("", "", True),
        ("", "0", False),
        ("1.0", "1", True),
        ("1e0", "1", True),
        ("0.1000", "0.1", True),
        ("0.3000001", "0.3", False),
        ("yes", "YES", False),
        ("nan", "nan", True),
        ("inf", "Infinity", False),
        ("\u0661", "1", False),
        ("1_0", "10", False),
        ("1" * 100 + ".0", "1" * 100, False),
        ("a" * 10 + "\n" * 10, "a" * 10, True),
    ],
)
def test_same_output(said: str, wanted: str, same: bool) -> None:
    assert same_output(said, wanted) is same


def test_output_within_a_tolerance() -> None:
    assert same_output("0.3333333 x", "0.333333 x", 1e-5)
    assert not same_output("0.34", "0.33", 1e-5)
    assert not same_output("1e-99999999", "1", 0.1)


@pytest.mark.parametrize(
    ("said", "wanted", "same"),
    [
        ((1, 2), [1, 2], True),
        ([1, 2], [2, 1], False),
        (1.0, 1, True),
        (True, 1, False),
        (0, False, False),
        (None, 0, False),
        (None, None, True),
        ("1", 1, False),
        ({1: [2]}, {"1": [2]}, True),
        ({1: 2}, {1: 3}, False),
        ({1: 2, "1": 2}, {1: 2}, False),
        ({1, 2}, [1, 2], False),
        (math.nan, math.nan, False),
        (10**400, 1.0, False),
    ],
)
def test_same_value(said: Any, wanted: Any, same: bool) -> None:
    assert same_value(said, wanted) is same


def test_values_within_a_tolerance() -> None:
    assert same_value([0.1 + 0.2], [0.3], 1e-9)
    assert not same_value(0.1 + 0.2, 0.3)
    assert not same_value(10**400, 1.0, 0.5)


def test_the_reason_is_that_of_the_first_test_that_is_not_passed() -> None:
    source = "n = int(input())\nprint(n * n if n < 3 else 1 // (n - 3))"
    cases = Streams(("1", "2", "3", "x", "5"), ("1", "4", "9", "0", "25"))
    assert verdict(source, cases) == Verdict(2, 5, "ZeroDivisionError: integer division or modulo by zero")
    assert verdict(source, cases, stop=False).passed == 2
    assert verdict("print(input())", Streams(("1",), ("2",))).reason == "wrong output"
    assert verdict("while True: pass", Streams(("",), ("",))).reason.startswith("over ")


def test_calls() -> None:
    cases = Calls("f", ((1,), (2,), (3,)), (2, 4, 7))
    assert verdict("def f(x): return 2 * x", cases) == Verdict(2, 3, "wrong value: 6")
    assert verdict("class Solution:\n    def f(self, x): return 2 * x", cases).passed == 2
    assert verdict("def f(x): return {1: 2}[x]", cases) == Verdict(1, 3, "KeyError: 2")
    assert verdict("def g(x): return x", cases) == Verdict(0, 3, "NameError: the program does not define 'f'")
    assert verdict("def f(x: return x", cases).reason.startswith("SyntaxError")
    assert verdict("import sys\ndef f(x): sys.exit(0)", cases) == Verdict(0, 3, "SystemExit: 0")
    ended = verdict("import os\ndef f(x): return 2 * x if x < 2 else os._exit(0)", cases)
    assert ended == Verdict(1, 3, "no answer")
    assert verdict("def f(x):\n    if x == 2:\n        while True: pass\n    return 2 * x", cases).passed == 1
    assert verdict("def f(x): return (i for i in 'ab')", cases).reason.startswith("wrong value: _Other")
    assert verdict("def f(x): return 'x' * 10**6", cases).reason == "more than 65536 bytes on replies"
    deep = "def f(x):\n    a = []\n    for _ in range(10**5): a = [a]\n    return a"
    assert verdict(deep, cases).reason.startswith("RecursionError")
    assert verdict("def f(x): return 10**9999", cases).reason == "an answer that cannot be read"
    assert verdict("print('1')\nif __name__ == '__main__': 1 / 0\ndef f(x): return 2 * x", cases).passed == 2


def test_the_list_around_a_value_is_taken_off_where_the_data_set_has_one() -> None:
    source = "def f(x): return [x]"
    assert verdict(source, Calls("f", ((1,),), ([[1]],), wrapped=True)).passed == 1
    assert verdict(source, Calls("f", ((1,),), ([[1]],))).passed == 0


def test_arguments_that_are_no_plain_data_are_a_mistake_of_the_data_set() -> None:
    with pytest.raises(DataError, match="a test gives its function a object"):
        verdict("", Calls("f", ((object(),),), (1,)))


def test_asserts() -> None:
    cases = Asserts(("assert f(1) == 2", "assert f(2) == 5", "assert f([1]) == [1, 1]"))
    source = "def f(x): return 2 * x"
    assert verdict(source, cases, stop=False) == Verdict(2, 3, "not true: assert f(2) == 5")
    assert verdict(source, cases) == Verdict(1, 3, "not true: assert f(2) == 5")
    assert verdict("def g(x): pass", cases).reason == "NameError: name 'f' is not defined"
    assert verdict("def f(x): raise ValueError('no')", cases).reason == "ValueError: no"
    assert verdict("def f(x)", cases).reason.startswith("SyntaxError")
    assert verdict("def f(x):\n    while True: pass", cases).reason.startswith("over ")


@pytest.mark.parametrize(
    ("source", "test"),
    [
        ("def f(a): a.sort()", "a = [3, 1]\nf(a)\nassert a == [1, 3]"),
        ("def f(a): a['x'] = {1}", "a = {}\nf(a)\nassert a == {'x': {1}}"),
        ("def f(n): yield from range(n)", "assert list(f(3)) == [0, 1, 2] and sum(f(4)) == 6"),
        ("def f(n):\n    if n < 0: raise ValueError\n    return n",
         "try:\n    f(-1)\nexcept ValueError: pass\nelse: assert False"),
        ("def f(a, b=1, *, c=2): return a + b + c", "assert f(1, b=2, c=3) == 6"),
        ("class S:\n    def __init__(self): self.items = []\n    def push(self, x): self.items.append(x)\n"
         "    def __len__(self): return len(self.items)\n    def __str__(self): return 'S'",
         "s = S()\ns.push((1, 2))\nassert s.items == [(1, 2)] and len(s) == 1 and str(s) == 'S'"),
        ("class N:\n    def __init__(self, v, n=None): self.v, self.n = v, n\n"
         "def total(n): return n.v + (total(n.n) if n.n else 0)",
         "assert total(N(1, N(2))) == 3"),
        ("import math\ndef f(x): return math.sqrt(x)", "assert math.isclose(f(2), 1.41421356, rel_tol=1e-6)"),
        ("def sum(a): return 6", "assert sum([1, 2]) == 6"),
        ("def gcd(a, b): return 2", "assert gcd(4, 6) == 2"),
        ("VALUE = (1, 2)\ndef f(): return VALUE", "assert f() == VALUE"),
        ("def f(): print('noise'); return 1", "print('more')\nassert f() == 1"),
    ],
)  # fmt: skip
def test_what_tests_do_with_programs(source: str, test: str) -> None:
    entries = ("sum",) if "def sum" in source else ()
    assert verdict(source, Asserts((test,), entries=entries)) == Verdict(1, 1)


def test_what_cannot_be_tested_here_is_not_the_programs_fault() -> None:
    source = "def f(x): return x"
    for cases in (
        Asserts(("assert f(lambda: 1)",)),
        Asserts(("assert f(1)",), setup="import no_such_package"),
        Asserts(("import no_such_package\nassert f(1)",)),
        Asserts(("assert f(1)",), setup="1 / 0"),
    ):
        found = verdict(source, cases)
        assert not found.usable
        assert found.reason.startswith("the tests cannot be run here")
    raised = verdict("def f(x): raise ModuleNotFoundError('no')", Asserts(("assert f(1)",)))
    assert raised == Verdict(0, 1, "ModuleNotFoundError: no"), "a program cannot say so itself"
