"""Right or wrong, for programs, by running their tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.errors import RecipeError
from mmreason.parsing.code_block import last_python
from mmreason.rewards.base import CompletionReward
from mmreason.sandbox.cases import Cases, read_cases
from mmreason.sandbox.limits import Limits, SandboxError
from mmreason.sandbox.programs import mode_for
from mmreason.sandbox.verdicts import Verdict, judged
from mmreason.types import Batch, Completion, Group, Task
from mmreason.workers import shared

NAN = float("nan")
TRIES = 2
"""Of a run that the sandbox, not the program, breaks off."""


@dataclass(frozen=True)
class UnitTests(CompletionReward):
    """1 where a program passes its tests, else 0; or the fraction that it passes. Not from a paper.

    Programs run in the sandbox, some at once. Wrong are no program, one that does not end in its limits, and one that
    leaves before its tests are done. NaN for a task without tests, and for tests that cannot be run here (they import
    what is not there, or give a function to the program).

    A program cannot earn this by anything but right answers: values are compared in this process, asserts run in a
    second sandbox that calls the program through a pipe, and what is right is in neither the program's memory nor its
    files. Objects of the program's own classes can be called and asked, but are equal to nothing.

    Args:
        extract: Completion text to program, None where there is none. A module-level function, as keys are compared.
        field: Of the record, where the tests are: asserts, test code, inputs and outputs, or calls and values.
        partial: Give the fraction of tests that pass, not all or nothing. Calls and asserts after the one at which a
            program hangs or dies count as not passed.
        most: Run the first so many tests only; None for all.
        tolerance: Of numbers in outputs and values, relative and absolute; asserts bring their own.
        limits: Of one run: one input, or all calls or asserts of a task together.
        allow_weak: Run programs also where the kernel does not hold them well, see ``sandbox.programs.protection``.

    Raises:
        RecipeError: if a number is out of range.
    """

    extract: Callable[[str], str | None] = last_python
    field: str = "tests"
    partial: bool = False
    most: int | None = None
    tolerance: float = 0.0
    limits: Limits = Limits()
    allow_weak: bool = False

    def __post_init__(self) -> None:
        if not 0.0 <= self.tolerance < 1.0 or (self.most is not None and self.most < 1):
            raise RecipeError(
                f"UnitTests: tolerance is {self.tolerance} and most {self.most}; "
                "expected 0 to 1, and at least 1 or None"
            )

    def __call__(self, batch: Batch) -> list[Tensor]:
        """Score every group; programs of all groups run side by side."""
        rated = iter(self._rated(list(batch.pairs())))
        return [torch.tensor([next(rated) for _ in g.completions], dtype=torch.float64) for g in batch.groups]

    def score(self, group: Group) -> Tensor:
        """[G]."""
        return torch.tensor(self._rated([(group.task, c) for c in group.completions]), dtype=torch.float64)

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1, 0, a fraction or NaN."""
        return self._rated([(task, completion)])[0]

    def verdict(self, task: Task, completion: Completion) -> Verdict | None:
        """Say how many tests a completion passes and why not all; None for a task without tests.

        Raises:
            DataError: the tests of the record have no form known here.
            SandboxError: no program can be run here, or not as safely as asked.
        """
        return self._verdicts([(task, completion)])[0]

    def _rated(self, pairs: Sequence[tuple[Task, Completion]]) -> list[float]:
        return [self._worth(verdict) for verdict in self._verdicts(pairs)]

    def _worth(self, verdict: Verdict | None) -> float:
        if verdict is None or not verdict.usable:
            return NAN
        return verdict.passed / verdict.total if self.partial else float(verdict.passed == verdict.total)

    def _verdicts(self, pairs: Sequence[tuple[Task, Completion]]) -> list[Verdict | None]:
        """One verdict each; the same program on the same task runs once."""
        tests = {id(task): read_cases(task.record, self.field, task.where or task.id) for task, _ in pairs}
        asked = [(id(task), self.extract(completion.text)) for task, completion in pairs]
        todo = [key for key in dict.fromkeys(asked) if tests[key[0]] is not None and key[1] is not None]
        found: dict[tuple[int, str | None], Verdict] = {}
        if todo:
            mode = mode_for(self.allow_weak, self.limits)
            with ThreadPoolExecutor(shared().num) as pool:
                done = pool.map(lambda key: self._judged(str(key[1]), tests[key[0]], mode), todo)
                found = dict(zip(todo, done, strict=True))
        nothing = Verdict(0, 1, "no program in the answer")
        return [found.get(key, nothing) if tests[key[0]] is not None else None for key in asked]

    def _judged(self, source: str, cases: Cases | None, mode: str) -> Verdict:
        assert cases is not None
        some = cases.first(self.most)
        for _ in range(TRIES):
            try:
                return judged(source, some, self.limits, mode, self.tolerance, stop=not self.partial)
            except SandboxError as error:
                why = str(error)
        return Verdict(0, len(some), why, usable=False)
