"""Right or wrong, for answers to mathematical questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.errors import RecipeError
from mmreason.parsing.math_answer import math_answer
from mmreason.parsing.math_equal import same_math
from mmreason.parsing.symbolic import SymbolicEqual
from mmreason.rewards.base import CompletionReward
from mmreason.types import Batch, Completion, Group, Task
from mmreason.worker import Lost
from mmreason.workers import shared

NAN = float("nan")


@dataclass(frozen=True)
class MathAccuracy(CompletionReward):
    r"""1 where the answer equals the gold answer as mathematics, else 0. Not from a paper.

    Text, numbers, lists and most formulas are compared here. Only what is left (relations, sets, matrices) goes to
    math-verify, in worker processes. A missing or unreadable answer is wrong. NaN where a worker ran out of time or
    died, and for a task without a gold answer.

    What rule verifiers are known to be cheated with earns nothing: boxes in the thought, several answers at once
    (``1 or 2``, ``1=2``, ``\pm 2``, repeated elements), boxes before the last. ``50%`` fits a gold of 50 and of 0.5.

    Args:
        extract: Completion text to answer, None where there is none. A module-level function, as keys are compared.
        tolerance: Of numbers that are not whole, relative to the gold.
        verify: Ask math-verify. Without it what our own parsing cannot tell is wrong.
        seconds: Time-out of one comparison by math-verify.
        memory_bytes: What one comparison may take; None for no limit.

    Raises:
        RecipeError: if a number is out of range.
    """

    extract: Callable[[str], str | None] = math_answer
    tolerance: float = 1e-6
    verify: bool = True
    seconds: float = 5.0
    memory_bytes: int | None = 2**30

    def __post_init__(self) -> None:
        if not 0.0 <= self.tolerance < 1.0 or not 0.0 < self.seconds < float("inf"):
            raise RecipeError(
                f"MathAccuracy: tolerance is {self.tolerance} and seconds {self.seconds}; "
                "expected 0 to 1, and a positive number"
            )

    def __call__(self, batch: Batch) -> list[Tensor]:
        """Score every group; all that the workers must do goes to them at once."""
        rated = iter(self._rated(list(batch.pairs())))
        return [torch.tensor([next(rated) for _ in g.completions], dtype=torch.float64) for g in batch.groups]

    def score(self, group: Group) -> Tensor:
        """[G]."""
        return torch.tensor(self._rated([(group.task, c) for c in group.completions]), dtype=torch.float64)

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1, 0 or NaN."""
        return self._rated([(task, completion)])[0]

    def _rated(self, pairs: Sequence[tuple[Task, Completion]]) -> list[float]:
        asked = [(task.answer, self.extract(completion.text) or "") for task, completion in pairs]
        known = {(gold, said): NAN if gold is None else same_math(gold, said, self.tolerance) for gold, said in asked}
        open_ = [(gold, said) for (gold, said), found in known.items() if found is None and gold is not None]
        known |= dict(zip(open_, self._verified(open_), strict=True))
        return [float(known[pair] or 0.0) for pair in asked]

    def _verified(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        if not self.verify or not pairs:
            return [0.0] * len(pairs)
        found = shared(memory_bytes=self.memory_bytes).run(SymbolicEqual(), pairs, self.seconds)
        # An error is the library's word that it cannot read the answer; the clock, memory and crashes say nothing.
        return [float(x) if not isinstance(x, Lost) else 0.0 if x.why == "error" else NAN for x in found]
