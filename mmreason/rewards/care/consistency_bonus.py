"""GRPO-CARE's second tier: a bonus for right answers that their own reasoning makes likely."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from mmreason.errors import RecipeError
from mmreason.probes.answer_likelihood import AnswerLikelihood
from mmreason.rewards.base import GroupReward, Reward
from mmreason.rewards.care.video_r1_accuracy import VideoR1Accuracy
from mmreason.signals import Signal
from mmreason.types import Group

LEAST = 0.1
"""Accuracy from which, or above which, a completion may be selected."""
TIE = 1e-6
"""Likelihoods nearer than this to the baseline are on it: float noise must not decide between equals."""


def consistency_bonus(
    acc_G: Tensor,
    p_G: Tensor,
    coef: float = 0.5,
    ceiling: float = 0.95,
    margin: float = 0.0,
    variant: Literal["paper", "released"] = "paper",
) -> Tensor:
    """Give [G] bonuses: coef * acc where selected and min(p, ceiling) >= the selected ones' mean - margin, else 0.

    Selected are the completions with acc >= max(mean(acc), 0.1); in the released code acc > 0.1 and acc >= mean(acc).
    Nobody selected, nobody gets a bonus. NaN in either stays NaN and moves nobody; where the accuracy is too low for a
    bonus the likelihood does not matter.

    Args:
        acc_G: [G] accuracies, 0 to 1.
        p_G: [G] likelihoods of the answers, 0 to 1.
        coef: Lambda.
        ceiling: Likelihoods above it are taken as this.
        margin: How far below the mean a likelihood may be.
        variant: See above.

    Raises:
        ValueError: they differ in number.
    """
    if acc_G.shape != p_G.shape:
        raise ValueError(f"expected one likelihood for each accuracy, got {tuple(p_G.shape)} and {tuple(acc_G.shape)}")
    acc_G, seen = acc_G.double(), ~acc_G.isnan()
    mean = float(acc_G[seen].mean()) if bool(seen.any()) else 0.0
    # A mean of equal numbers may lie a rounding above them.
    able = acc_G >= max(mean, LEAST) - 1e-9 if variant == "paper" else (acc_G > LEAST) & (acc_G >= mean - 1e-9)
    p_G = p_G.double().to(acc_G.device).clamp(max=ceiling)
    chosen = able & ~p_G.isnan()
    base = float(p_G[chosen].mean()) - margin if bool(chosen.any()) else float("inf")
    bonus = torch.where(chosen & (p_G >= base - TIE), coef * acc_G, 0.0)
    return bonus.masked_fill(~seen | (able & p_G.isnan()), float("nan"))


@dataclass(frozen=True)
class ConsistencyBonus(GroupReward):
    """GRPO-CARE's consistency bonus (arXiv:2506.16141); it goes beside an accuracy term of its own.

    Args:
        accuracy: Says who is right, and is multiplied with the coefficient.
        likelihood: [G] likelihood of each answer after its thought, under a slowly moving reference.
        coef: Lambda.
        ceiling: Likelihoods above it are taken as this.
        margin: How far below the mean of the selected a likelihood may be: 0 for SEED-Bench-R1, 0.01 for the general
            model.
        variant: ``paper`` selects acc >= max(mean, 0.1), ``released`` acc > 0.1 and acc >= mean.

    Raises:
        RecipeError: a number is out of range.
    """

    accuracy: Reward = field(default_factory=VideoR1Accuracy)
    likelihood: Signal[Tensor] = field(default_factory=AnswerLikelihood)
    coef: float = 0.5
    ceiling: float = 0.95
    margin: float = 0.0
    variant: Literal["paper", "released"] = "paper"

    def __post_init__(self) -> None:
        """Refuse what is no bonus."""
        if not (self.coef >= 0 and 0 < self.ceiling <= 1 and self.margin >= 0):
            raise RecipeError(
                "ConsistencyBonus needs coef >= 0, 0 < ceiling <= 1 and margin >= 0, got "
                f"{self.coef}, {self.ceiling} and {self.margin}"
            )
        if self.variant not in ("paper", "released"):
            raise RecipeError(f"ConsistencyBonus: variant is paper or released, got {self.variant!r}")

    def score(self, group: Group) -> Tensor:
        """[G]."""
        acc_G, p_G = group[self.accuracy], group[self.likelihood]
        return consistency_bonus(acc_G, p_G, self.coef, self.ceiling, self.margin, self.variant)
