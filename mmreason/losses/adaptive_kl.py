"""A KL coefficient that keeps the KL near a target."""

from __future__ import annotations

from dataclasses import dataclass

from mmreason.errors import RecipeError
from mmreason.types import Progress, Schedule


@dataclass(frozen=True)
class AdaptiveKL(Schedule):
    """PPO's adaptive coefficient as in RLHF, arXiv:1909.08593: more where the KL is above ``target``, less below.

    After each step beta *= 1 + clip(KL / target - 1, -0.2, 0.2) * num / horizon. As the ``weight`` of a ``KLPenalty``
    or of a term with the KL in the reward. It is a pure function of what was logged.

    Args:
        target: the KL wanted, in nats and as ``of`` logs it.
        start: the coefficient before anything was logged.
        num: completions a step.
        horizon: completions after which it may have moved by a factor of 1.2 or so.
        of: what the history calls the KL, after the stage's name.
    """

    target: float
    start: float = 0.001
    num: int = 1
    horizon: int = 10_000
    of: str = "policy/kl"

    def __post_init__(self) -> None:
        """Refuse what would divide by 0, or never move."""
        if self.target <= 0 or self.horizon < 1 or self.num < 1:
            raise RecipeError(
                f"AdaptiveKL needs target > 0, horizon >= 1 and num >= 1; "
                f"got {self.target}, {self.horizon} and {self.num}"
            )

    def __call__(self, progress: Progress) -> float:
        """Go through what this stage has logged."""
        beta = self.start
        for found in progress.history.get(f"{progress.stage}/{self.of}", ()):
            beta *= 1 + min(max(found / self.target - 1, -0.2), 0.2) * self.num / self.horizon if found == found else 1
        return beta
