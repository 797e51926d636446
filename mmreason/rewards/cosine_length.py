"""A reward that falls with length where the answer is right, and rises where it is wrong."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.errors import RecipeError
from mmreason.rewards.base import GroupReward, Reward
from mmreason.rewards.golds import NAN
from mmreason.rewards.math_accuracy import MathAccuracy
from mmreason.types import Group


def cosine_length(length: int, limit: int, short: float, long: float) -> float:
    """Go from ``short`` at no tokens to ``long`` at ``limit`` tokens on half a cosine; ``long`` beyond.

    >>> [round(cosine_length(length, 100, 1.0, 0.5), 6) for length in (0, 50, 100, 200)]
    [1.0, 0.75, 0.5, 0.5]
    """
    return long + 0.5 * (short - long) * (1 + math.cos(math.pi * min(length / limit, 1.0)))


@dataclass(frozen=True)
class CosineLength(GroupReward):
    """The cosine reward of "Demystifying long CoT", arXiv:2502.03373: correctness shaped by length.

    Right answers earn most when short, wrong ones lose least when long, and what reaches the limit gets ``exceeded``.
    TRL's is ``CosineLength(right=(1.0, 0.5), wrong=(-1.0, -0.5), exceeded=None)``. NaN where correctness is.

    Args:
        accuracy: Right where it is over 0.5.
        limit: Tokens at which a completion is cut off, L_max.
        right: Reward of a right answer at no tokens and at ``limit`` (r_0^c, r_L^c).
        wrong: Reward of a wrong answer at no tokens and at ``limit`` (r_0^w, r_L^w).
        exceeded: Reward of a completion of ``limit`` tokens or more, or cut off (r_e); None: as any other.

    Raises:
        RecipeError: ``limit`` is under 1.
    """

    accuracy: Reward = MathAccuracy()
    limit: int = 14336
    right: tuple[float, float] = (2.0, 1.0)
    wrong: tuple[float, float] = (-10.0, 0.0)
    exceeded: float | None = -10.0

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise RecipeError(f"CosineLength: limit is {self.limit}, expected at least 1")

    def score(self, group: Group) -> Tensor:
        """[G]."""
        out = []
        for c, found in zip(group.completions, group[self.accuracy].tolist(), strict=True):
            length = len(c.tokens)
            if math.isnan(found):
                out.append(NAN)
            elif self.exceeded is not None and (length >= self.limit or c.finish == "length"):
                out.append(self.exceeded)
            else:
                out.append(cosine_length(length, self.limit, *(self.right if found > 0.5 else self.wrong)))
        return torch.tensor(out, dtype=torch.float64)
