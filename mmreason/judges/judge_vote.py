"""Several judges, one reward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from mmreason.errors import RecipeError
from mmreason.rewards.base import GroupReward
from mmreason.types import Group

HOW = ("mean", "median", "majority")


@dataclass(frozen=True)
class JudgeVote(GroupReward):
    """Mean, median or majority of several judges, over those that measured something. Not from a paper.

    Args:
        of: One reward per judge, such as ``JudgeScore(by=Role("first"))``.
        how: ``majority`` counts numbers from ``threshold`` on as yes, and gives 1, 0, or 0.5 for a tie.
        threshold: Of ``majority``.
        least: Judges that must have measured something; with fewer it is not measured (NaN).

    Raises:
        RecipeError: no judge, or more votes asked for than there are judges.
    """

    of: tuple[GroupReward, ...]
    how: Literal["mean", "median", "majority"] = "mean"
    threshold: float = 0.5
    least: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.of, tuple) or not self.of or not 1 <= self.least <= len(self.of) or self.how not in HOW:
            raise RecipeError(
                f"JudgeVote needs a tuple of judges, 1 <= least <= their number, and how of {', '.join(HOW)}; "
                f"got {self.of!r}, least {self.least} and {self.how!r}"
            )

    def score(self, group: Group) -> Tensor:
        """Give [G]."""
        return voted(torch.stack([group[reward].double() for reward in self.of]), self.how, self.threshold, self.least)


def voted(votes: Tensor, how: str, threshold: float = 0.5, least: int = 1) -> Tensor:
    """Combine [judges, G] numbers into [G]; NaN is a judge that said nothing, and the result of too few."""
    if how == "majority":
        yes = (votes >= threshold).double().masked_fill(votes.isnan(), float("nan"))
        share = yes.nanmean(0)
        out = (share > 0.5).double() + 0.5 * (share == 0.5).double()
    else:
        out = votes.nanmean(0) if how == "mean" else votes.nanquantile(0.5, 0)
    return out.masked_fill((~votes.isnan()).sum(0) < least, float("nan"))
