"""Worked solutions of RandomCalculation's expressions, from a teacher who may slip."""

from __future__ import annotations

import ast
import operator
import random
from collections.abc import Callable, Iterator
from itertools import count

from mmreason.data.text.random_calculation import RandomCalculation
from mmreason.seeds import seed_of
from mmreason.types import Task
from vision_data.messages import text_of

OPERATORS: dict[type[ast.operator], tuple[str, Callable[[int, int], int]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
}
LEVELS = (1, 2, 3)
"""Operations of an expression."""


def family(level: int, num: int, seed: int) -> RandomCalculation:
    """The expressions that mmreason-tiny-text is taught: whole numbers up to 12, no division."""
    return RandomCalculation(num=num, level=level, seed=seed, largest=12, derived=0.0, operators=("+", "-", "*"))


def worked(expression: str, rng: random.Random, slip: float = 0.0) -> tuple[list[str], int]:
    """Lines that take one operation after the other, and the value that they come to.

    >>> worked("2 * (3 + 4)", random.Random(0))
    (['3 + 4 = 7', '2 * 7 = 14'], 14)
    """
    lines: list[str] = []

    def value(node: ast.expr) -> int:
        if isinstance(node, ast.BinOp):
            sign, apply = OPERATORS[type(node.op)]
            a, b = value(node.left), value(node.right)
            found = apply(a, b)
            if rng.random() < slip:
                found += rng.choice((-10, -2, -1, 1, 2, 10))
            lines.append(f"{a} {sign} {b} = {found}")
            return found
        if isinstance(node, ast.UnaryOp):
            return -value(node.operand)
        assert isinstance(node, ast.Constant)
        return int(node.value)

    return lines, value(ast.parse(expression, mode="eval").body)


def solution(task: Task, rng: random.Random, slip: float = 0.0) -> str:
    """A completion as the teacher writes it."""
    lines, value = worked(task.record["expression"], rng, slip)
    return "\n".join(lines) + f"\n\\boxed{{{value}}}"


def lessons(seed: int, slip: float, num: int = 48) -> Iterator[tuple[str, str]]:
    """Question and solution, for ever; every ``num`` are of one level and drawn anew."""
    for portion in count():
        for level in LEVELS:
            for task in family(level, num, seed_of("lessons", seed, portion)).load_tasks(None)[0]:
                rng = random.Random(seed_of("teacher", seed, portion, task.id))
                yield text_of(task.prompt), solution(task, rng, slip)
