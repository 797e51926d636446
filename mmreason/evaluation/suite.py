"""What a suite is: where questions come from and how they are asked, what counts, and what is told apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import TypeAlias

from mmreason.asks import Role
from mmreason.data.records import OnBadRecord
from mmreason.data.sources import TaskSpec
from mmreason.evaluation import suites
from mmreason.parsing.math_answer import math_answer
from mmreason.rewards.base import Term
from mmreason.slots import Metric, ModelSpec
from mmreason.types import Task

Drawn: TypeAlias = Callable[[int, int], TaskSpec]
"""From a number of items and a seed to a world that no training has seen."""


@dataclass(frozen=True)
class By:
    """Tells tasks apart by a field of the record; empty where it has none.

    Args:
        field: its name.
        within: a field whose value stands before it, as in ``L3/daily life``.
    """

    field: str
    within: str | None = None

    def __call__(self, task: Task) -> str:
        """Give the label."""
        found = [task.record.get(name) for name in (self.within, self.field) if name]
        return "" if any(value in (None, "") for value in found) else "/".join(map(str, found))


@dataclass(frozen=True, kw_only=True)
class Suite:
    """A benchmark, on its real data and on a generated world.

    Attributes:
        about: one line with the paper.
        read: opens a file or folder of the real data, asked as in the paper.
        drawn: draws ``num`` items of a world that no training has seen, by a seed.
        num: items drawn where nobody says how many.
        rewards: what each answer is given; the first says what is right, the others are told beside it.
        metrics: the paper's numbers over all answers.
        inside: rewards that need the policy itself (second passes, its own probabilities): not over a server.
        inside_metrics: the paper's numbers that need them.
        inside_models: who plays the further roles of ``inside``.
        judged: rewards that ask a judge or listener, measured where one is given.
        judge: the role that it plays.
        extract: from a completion to the answer that votes in a majority; None where there is none.
        apart: tell tasks apart, each by a label.
        weight: how much a task weighs in means; None is 1 for all.
        cluster: field of the record that names what belongs together; None goes by the pictures and videos shown.
        limit: longest answer in tokens, as in the paper.
        others: further worlds that can be drawn, by name.
        world: the suite for generated worlds, where it differs.
        recipes: names of the recipes that train on such questions.
    """

    about: str
    read: Callable[[str, OnBadRecord], TaskSpec]
    drawn: Drawn
    others: tuple[tuple[str, Drawn], ...] = ()
    num: int = 60
    rewards: tuple[Term, ...]
    metrics: tuple[Metric, ...] = ()
    inside: tuple[Term, ...] = ()
    inside_metrics: tuple[Metric, ...] = ()
    inside_models: tuple[tuple[Role, ModelSpec], ...] = ()
    judged: tuple[Term, ...] = ()
    judge: Role | None = None
    extract: Callable[[str], str | None] = math_answer
    apart: tuple[Callable[[Task], str], ...] = ()
    weight: Callable[[Task], float] | None = None
    cluster: str | None = None
    limit: int = 1024
    world: Suite | None = None
    recipes: tuple[str, ...] = ()


def names() -> list[str]:
    """List the suites: the files of ``evaluation/suites`` that hold one."""
    return sorted(found.name for found in iter_modules(suites.__path__) if not found.name.startswith("_"))


def find(name: str) -> Suite:
    """Give a suite by the name of its file; ``seed-bench-r1`` is ``seed_bench_r1``.

    Raises:
        KeyError: there is none of that name.
    """
    word = name.replace("-", "_")
    if word not in names():
        raise KeyError(name)
    suite = import_module(f"{suites.__name__}.{word}").SUITE
    assert isinstance(suite, Suite)
    return suite
