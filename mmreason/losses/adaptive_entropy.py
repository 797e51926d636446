"""An entropy coefficient that acts only where entropy is low."""

from __future__ import annotations

from dataclasses import dataclass

from mmreason.errors import RecipeError
from mmreason.types import Progress, Schedule


@dataclass(frozen=True)
class AdaptiveEntropy(Schedule):
    """Skywork-OR1, arXiv:2505.22312: the coefficient of an ``EntropyBonus`` that holds the entropy above ``target``.

    After each step it grows by ``delta`` where the entropy is at or below the target and shrinks where it is above,
    within [least, most]. It acts only in steps that follow an entropy at or below the target. A pure function of what
    was logged; before anything was, it is ``start`` (as in TRL).
    """

    target: float
    start: float = 0.0
    delta: float = 0.005
    least: float = 0.0
    most: float = 1.0
    of: str = "policy/entropy"
    """What the history calls the entropy, after the stage's name."""

    def __post_init__(self) -> None:
        """Refuse an empty range."""
        if not self.least <= self.start <= self.most or self.delta <= 0:
            raise RecipeError(
                f"AdaptiveEntropy needs least <= start <= most and delta > 0; "
                f"got {self.least}, {self.start}, {self.most} and {self.delta}"
            )

    def __call__(self, progress: Progress) -> float:
        """Go through what this stage has logged."""
        now, low = self.start, True
        for found in progress.history.get(f"{progress.stage}/{self.of}", ()):
            if found != found:
                continue
            low = found <= self.target
            now = min(now + self.delta, self.most) if low else max(now - self.delta, self.least)
        return now if low else 0.0
