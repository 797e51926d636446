"""The critic's loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mmreason.asks import Role, Score, Scores
from mmreason.credit.gae import Returns
from mmreason.errors import RecipeError
from mmreason.losses.base import TokenLoss
from mmreason.losses.functional import same_shape
from mmreason.probes.values import CRITIC, StateValue, StateValues
from mmreason.signals import Signal
from mmreason.types import Group


def clipped_value_loss(value_T: Tensor, old_T: Tensor, return_T: Tensor, clip: float | None = 0.5) -> Tensor:
    """Half the squared error of the values; where they moved further than ``clip``, the larger of it and the clipped.

    0.5 max((V - R)^2, (V_old + clamp(V - V_old, -clip, clip) - R)^2), as in the code that came with PPO.

    Args:
        value_T: values now.
        old_T: values when the returns were formed.
        return_T: what they should be.
        clip: largest move that still counts; None for the plain squared error.
    """
    same_shape(value_T=value_T, old_T=old_T, return_T=return_T)
    loss_T = (value_T - return_T).square()
    if clip is not None:
        near_T = old_T + (value_T - old_T).clamp(-clip, clip)
        loss_T = torch.maximum(loss_T, (near_T - return_T).square())
    return 0.5 * loss_T


@dataclass(frozen=True, kw_only=True)
class ValueLoss(TokenLoss):
    """PPO's value loss (arXiv:1707.06347), clipped around the old values: 0.5 in verl, 0.2 in TRL, None in the paper.

    The head of ``critic`` learns from the states of the model that it reads. That model is left alone, unless ``trunk``
    is set: then its gradient is there when its own loss adds to it, so this loss must stand before that one in the
    stage. ``weight`` is then the paper's c1.
    """

    critic: StateValues = StateValues()
    returns: Signal[list[Tensor]] = Returns()
    clip: float | None = 0.5
    trunk: bool = False
    trains: Role = CRITIC

    def __post_init__(self) -> None:
        """Refuse a clip that lets nothing move."""
        if self.clip is not None and not self.clip > 0:
            raise RecipeError(f"ValueLoss.clip must be above 0, or None for no clip; got {self.clip}")

    @property
    def quantity(self) -> StateValue:
        """What is asked of the model that is read."""
        return StateValue(self.critic.head, detach=not self.trunk)

    def used(self, group: Group) -> list[int]:
        """Completions with something to learn."""
        return [i for i in super().used(group) if not bool(group[self.returns][i].isnan().all())]

    def ask(self, group: Group) -> Sequence[Score]:
        """The rows of a token loss, asked of the model that is read."""
        return [replace(score, to=self.critic.by, want=(self.quantity,)) for score in super().ask(group)]

    def rows(self, group: Group, replies: Sequence[Scores]) -> list[tuple[int, list[Tensor]]]:
        """Completions that were asked for, with their values."""
        asked = [i for i in self.used(group) if len(group.completions[i].tokens)]
        return [(i, [replies[0][self.quantity][k]]) for k, i in enumerate(asked)]

    def tokens(self, group: Group, i: int, got: Sequence[Tensor]) -> Tensor:
        """[T] loss of completion i; 0 where there is nothing to learn."""
        value_T, old_T, return_T = (x.to(got[0]) for x in (got[0], group[self.critic][i], group[self.returns][i]))
        return clipped_value_loss(value_T, old_T, return_T.where(~return_T.isnan(), value_T.detach()), self.clip)

    def observe(self, group: Group, replies: Sequence[Scores]) -> dict[str, tuple[float, float]]:
        """Mean value and return, mean squared error, and the share of values outside the clip range."""
        value_sum = return_sum = error_sum = outside = num = 0.0
        for i, got in self.rows(group, replies):
            r_T = group[self.returns][i].double()
            seen = ~r_T.isnan()
            v_T, old_T, r_T = got[0].detach().cpu().double()[seen], group[self.critic][i].double()[seen], r_T[seen]
            value_sum, return_sum, num = value_sum + float(v_T.sum()), return_sum + float(r_T.sum()), num + len(r_T)
            error_sum += float((v_T - r_T).square().sum())
            outside += float(((v_T - old_T).abs() > (self.clip or float("inf"))).sum())
        sums = {"value": value_sum, "return": return_sum, "error": error_sum, "clip_fraction": outside}
        return {name: (total, num) for name, total in sums.items()}
