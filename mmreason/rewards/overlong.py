"""DAPO's punishment of overlong completions."""

from __future__ import annotations

from dataclasses import dataclass

from mmreason.errors import RecipeError
from mmreason.rewards.base import CompletionReward
from mmreason.types import Completion, Task


def soft_overlong(length: int, limit: int, buffer: int) -> float:
    """Give 0 up to ``limit - buffer`` tokens, then a straight line down to -1 at ``limit``, and -1 beyond.

    >>> [soft_overlong(length, 100, 20) for length in (50, 80, 81, 90, 100, 101)]
    [0.0, 0.0, -0.05, -0.5, -1.0, -1.0]
    """
    free = limit - buffer
    if length <= free:
        return 0.0
    return (free - length) / buffer if length <= limit and buffer else -1.0


@dataclass(frozen=True)
class SoftOverlong(CompletionReward):
    """DAPO's soft overlong punishment, arXiv:2503.14476: a straight line to -1 over the last ``buffer`` tokens.

    To be added to the reward; verl's ``penalty_factor`` is the weight of the term.

    Args:
        limit: Longest completion in tokens, L_max; 20480 in the paper.
        buffer: Tokens before it over which the punishment grows, L_cache; 4096 in the paper. 0: nothing before it.
        truncated: Give -1 to what was cut off by the length limit, whatever ``limit`` says. Not in the paper.

    Raises:
        RecipeError: ``limit`` is under 1, or ``buffer`` not in 0 to ``limit``.
    """

    limit: int = 20480
    buffer: int = 4096
    truncated: bool = False

    def __post_init__(self) -> None:
        if self.limit < 1 or not 0 <= self.buffer <= self.limit:
            raise RecipeError(
                f"SoftOverlong: limit is {self.limit} and buffer {self.buffer}; expected at least 1, and 0 to limit"
            )

    def rate(self, task: Task, completion: Completion) -> float:
        """Give -1 to 0."""
        if self.truncated and completion.finish == "length":
            return -1.0
        return soft_overlong(len(completion.tokens), self.limit, self.buffer)


@dataclass(frozen=True)
class HardOverlong(CompletionReward):
    """-1 for what was cut off by the length limit, or is longer than ``limit``, else 0.

    The punishment of truncated completions that DAPO (arXiv:2503.14476) sets out from and softens.

    Args:
        limit: Longest completion in tokens; None: only what was cut off.
        value: What it gets.

    Raises:
        RecipeError: ``limit`` is under 1.
    """

    limit: int | None = None
    value: float = -1.0

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise RecipeError(f"HardOverlong: limit is {self.limit}, expected at least 1 or None")

    def rate(self, task: Task, completion: Completion) -> float:
        """Give ``value`` or 0."""
        over = self.limit is not None and len(completion.tokens) > self.limit
        return self.value if over or completion.finish == "length" else 0.0
