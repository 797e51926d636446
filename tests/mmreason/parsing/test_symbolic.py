"""math-verify itself, in this process: only on texts that are known to be harmless."""

from __future__ import annotations

import pytest

from mmreason.parsing.symbolic import SymbolicEqual


@pytest.mark.parametrize(
    ("gold", "answer", "same"),
    [
        ("x>2", "2<x", True),
        ("x>2", "x<2", False),
        (r"(-\infty,1)\cup(2,\infty)", r"(2,\infty)\cup(-\infty,1)", True),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{bmatrix}1&2\\3&4\end{bmatrix}", True),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{bmatrix}1&2\\3&5\end{bmatrix}", False),
        ("x>2", "2^", False),
        ("x>2", "", False),
        ("x>2", r"\foo{", False),
    ],
)
def test_against_gold(gold: str, answer: str, same: bool) -> None:
    equal = SymbolicEqual()
    equal.prepare()
    assert equal((gold, answer)) is same
