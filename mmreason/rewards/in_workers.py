"""A slow or fragile reward, scored in worker processes with a time-out for each completion."""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field, fields
from typing import Any, ClassVar, cast

import torch
from torch import Tensor

from mmreason.errors import RecipeError
from mmreason.rewards.base import CompletionReward, Reward
from mmreason.signals import is_value, needs
from mmreason.types import Batch, Completion, Task
from mmreason.worker import Lost
from mmreason.workers import shared

NAN = float("nan")


@dataclass(frozen=True)
class _Rate:
    """What a worker runs: one reward on one completion."""

    reward: CompletionReward

    def prepare(self) -> None:
        """Let the reward import what it needs before the clock runs."""
        if hasattr(self.reward, "prepare"):
            self.reward.prepare()

    def __call__(self, pair: tuple[Task, Completion]) -> float:
        """Rate it."""
        return self.reward.rate(*pair)


@dataclass(frozen=True)
class InWorkers(Reward):
    """Another reward, rated in the process pool that all rewards share. Not from a paper.

    NaN where a completion takes longer than ``seconds``, its process dies or goes over its memory, or the reward raises
    anything but an error of mmreason: one completion costs at most itself. A reward may have a method ``prepare``,
    which is called once in each worker and takes nobody's time. Its class must live in a module that can be imported.

    Args:
        of: The reward, which sees a completion at a time and holds no signal. It is kept as its class and settings,
            so that nobody measures it in this process.
        seconds: Time-out of one completion.
        memory_bytes: What one completion may take on top of the imported modules; None for no limit.

    Raises:
        RecipeError: if ``of`` is something else, or a number is out of range.
    """

    whole_batch: ClassVar[bool] = False

    of: InitVar[CompletionReward]
    seconds: float = 5.0
    memory_bytes: int | None = None
    kind: type[CompletionReward] = field(init=False)
    settings: tuple[tuple[str, Any], ...] = field(init=False)

    def __post_init__(self, of: CompletionReward) -> None:
        if not isinstance(of, CompletionReward) or not is_value(of) or needs(of) != [of]:
            raise RecipeError(
                f"InWorkers: of is {of!r}, expected a frozen dataclass that is a CompletionReward and holds no signals"
            )
        if not 0.0 < self.seconds < float("inf") or (self.memory_bytes is not None and self.memory_bytes < 1):
            raise RecipeError(
                f"InWorkers: seconds is {self.seconds} and memory_bytes {self.memory_bytes}; "
                "expected a positive number, and at least 1 or None"
            )
        object.__setattr__(self, "kind", type(of))
        named = tuple((f.name, getattr(of, f.name)) for f in fields(cast(Any, of)) if f.init)
        object.__setattr__(self, "settings", named)

    def __call__(self, batch: Batch) -> list[Tensor]:
        """Rate every completion of the batch; all workers are busy until all is done."""
        rate = _Rate(self.kind(**dict(self.settings)))
        found = shared(memory_bytes=self.memory_bytes).run(rate, list(batch.pairs()), self.seconds)
        values = iter([NAN if isinstance(value, Lost) else value for value in found])
        return [torch.tensor([next(values) for _ in g.completions], dtype=torch.float64) for g in batch.groups]
