from __future__ import annotations

import ast
import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmreason.data.text import RandomCalculation
from mmreason.data.text.random_calculation import Expression, decimal_text, joined
from mmreason.errors import RecipeError
from mmreason.rewards.random_calculation import CalculationReward
from mmreason.types import Task


def tasks(**fields) -> list[Task]:
    return RandomCalculation(**fields).load_tasks(None)[0]


def value_of(node: ast.AST) -> Fraction:
    """Compute an expression a second way: from the text alone."""
    match node:
        case ast.Expression(body=body):
            return value_of(body)
        case ast.Constant(value=value):
            return Fraction(value)
        case ast.BinOp(left=left, op=op, right=right):
            a, b = value_of(left), value_of(right)
            match op:
                case ast.Add():
                    return a + b
                case ast.Sub():
                    return a - b
                case ast.Mult():
                    return a * b
                case ast.Div():
                    return a / b
                case ast.Pow():
                    return a ** int(b)
    raise AssertionError(ast.dump(node))


@pytest.mark.parametrize("level", [1, 2, 3, 5, 10, 20])
def test_values_and_numbers_of_operations(level) -> None:
    for task in tasks(num=40, level=level):
        text = task.record["expression"]
        assert f" {text} ".count(" + ") + text.count(" - ") + text.count(" * ") + text.count(" / ") == level
        value = value_of(ast.parse(text.replace("^", "**"), mode="eval"))
        assert task.record["answer"] == float(value)
        assert task.record["n_ops"] == task.record["level"] == level
        assert math.isclose(float(task.answer), float(value), rel_tol=1e-15)
        assert task.record["question"].endswith(text)


def test_a_subset_of_the_paper_has_a_thousand_different_expressions() -> None:
    drawn = tasks(level=3)
    assert len({task.record["expression"] for task in drawn}) == len(drawn) == 1000


def test_operands() -> None:
    plain = " ".join(task.record["expression"] for task in tasks(num=60, derived=0.0, largest=9, operators=("+", "-")))
    assert set(plain) <= set("0123456789+- ")
    assert set(plain.replace("+", " ").replace("-", " ").split()) == set("0123456789")
    every = " ".join(task.record["expression"] for task in tasks(num=100, derived=1.0))
    assert all(sign in every for sign in ("^2", "^3", "/"))


def test_golden() -> None:
    found = [(task.record["expression"], task.answer) for task in tasks(num=3, level=2, seed=1, derived=0.0)]
    assert found == GOLDEN


GOLDEN = [("89 + 10 + 16", "115"), ("29 / (3 - 34)", "-0.9354838709677419"), ("90 * 21 * 69", "130410")]


def test_gold_earns_everything_in_any_layout_and_the_question_nothing(say) -> None:
    for layout in ("boxed", "tags", "bare"):
        for task in tasks(num=10, level=2, layout=layout):
            assert CalculationReward().rate(task, say(f"<think>hm</think> \\boxed{{{task.answer}}}")) == 1.0
            assert CalculationReward().rate(task, say(task.prompt[0].content[0])) == 0.0
            assert CalculationReward().rate(task, say(task.record["expression"])) == 0.0


def test_bare_is_the_expression_alone() -> None:
    (task,) = tasks(num=1, layout="bare")
    assert task.prompt[0].content[0] == f"{task.record['expression']} ="


@pytest.mark.parametrize("wrong", [{"derived": 2.0}, {"largest": 0}, {"operators": ("%",)}, {"operators": ()}])
def test_dials_out_of_range(wrong) -> None:
    with pytest.raises(RecipeError, match=r"RandomCalculation: .* expected"):
        RandomCalculation(**wrong)


@given(st.recursive(st.integers(0, 9), lambda part: st.tuples(part, st.sampled_from("+-*/"), part), max_leaves=8))
def test_parentheses_are_there_where_they_are_needed(tree) -> None:
    def built(part) -> Expression:
        if isinstance(part, int):
            return Expression(str(part), Fraction(part), 3)
        return joined(part[1], built(part[0]), built(part[2]))

    try:
        made = built(tree)
    except ZeroDivisionError:
        return
    assert value_of(ast.parse(made.text, mode="eval")) == made.value


def test_decimal_text() -> None:
    assert [decimal_text(Fraction(*f)) for f in ((6, 2), (1, 8), (-7, 1), (10**30, 1))] == ["3", "0.125", "-7", "1e+30"]
    assert all(a != b for a, b in pairwise(map(decimal_text, (Fraction(1, 3), Fraction(1, 3) + Fraction(1, 10**9)))))
