"""What a guard is: a look at each step that learns, and what follows where it finds something wrong."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, get_args

import torch
from torch import Tensor

from mmreason.errors import RecipeError
from mmreason.recipe import Stage
from mmreason.types import Batch, Completion

Action = Literal["warn", "stop", "raise"]
"""Go on and say so; save a checkpoint and end; end at once with the last checkpoint as it is."""
NAN = float("nan")


@dataclass(frozen=True, slots=True)
class View:
    """What a guard sees: a step that is over, with everything that was measured for it. The same on every rank."""

    stage: Stage
    batch: Batch
    """This rank's share; what is read of it goes through ``everyone``."""
    history: Mapping[str, Sequence[float]]
    """Everything logged so far, this step's numbers included."""

    def past(self, name: str) -> Sequence[float]:
        """Values of a metric of this stage, the newest last."""
        return self.history.get(f"{self.stage.name}/{name}", ())

    def now(self, name: str) -> float:
        """This step's value; NaN where it was not logged."""
        past = self.past(name)
        return past[-1] if past else NAN

    def sampled(self) -> list[Completion]:
        """This rank's completions that the policy drew itself, with their log-probs."""
        pairs = self.batch.pairs()
        return [c for _, c in pairs if c.temperature > 0 and bool(((c.logprobs != 0) & c.wrote).any())]

    def mean(self, values: Sequence[float]) -> float:
        """Mean of one number per thing over all ranks; NaN numbers are left out, and NaN without any."""
        every = self.batch.everyone([torch.tensor(list(values), dtype=torch.float64)])
        return mean_of(every)


@dataclass(frozen=True, slots=True)
class Found:
    """What a look gave."""

    bad: bool
    text: str
    """What was found, with the numbers."""
    values: Mapping[str, float] = field(default_factory=dict)
    """Numbers of its own for the log; those that are metrics already are left out."""


@dataclass(frozen=True, kw_only=True)
class Guard(ABC):
    """Looks at each step that learns; a pure function of the history and the batch, so a resumed run looks the same.

    ``guard/<name>`` in the metrics is the number of bad steps in a row. An alarm is raised where it comes to ``after``,
    and again each time that it has doubled.

    Attributes:
        action: what an alarm does.
        after: bad steps in a row before there is one.
    """

    action: Action = "warn"
    after: int = 1
    remedy: ClassVar[str]
    """What a person can do about it."""

    def __post_init__(self) -> None:
        """Refuse what has no meaning."""
        if self.action not in get_args(Action):
            raise RecipeError(f"{type(self).__name__}.action is one of {', '.join(get_args(Action))}: {self.action!r}")
        if self.after < 1:
            raise RecipeError(f"{type(self).__name__}.after must be at least 1 step, got {self.after}")

    @classmethod
    def name(cls) -> str:
        """The class in small letters, as the command line and the metrics call it.

        >>> Guard.name()
        'guard'
        """
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()

    @abstractmethod
    def look(self, view: View) -> Found | None:
        """Look at a step; None where there is nothing to measure. Every rank calls it and gets the same."""

    def due(self, row: int) -> bool:
        """Say whether so many bad steps in a row give an alarm.

        >>> class Any(Guard):
        ...     def look(self, view): ...
        >>> [row for row in range(30) if Any(after=3).due(row)]
        [3, 6, 12, 24]
        """
        times, rest = divmod(row, self.after)
        return row > 0 and rest == 0 and times & (times - 1) == 0


def mean_of(values: Tensor | Sequence[float]) -> float:
    """Mean without NaN; NaN without any number."""
    every = torch.as_tensor(values, dtype=torch.float64)
    seen = every[~every.isnan()]
    return float(seen.mean()) if len(seen) else NAN
