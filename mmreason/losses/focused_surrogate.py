"""The clipped surrogate with more weight where the completions of a group part ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from mmreason.asks import LogProb, Score, Scores
from mmreason.credit.token_weights import GroupDivergence
from mmreason.losses.base import TokenLoss
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.types import Group


@dataclass(frozen=True, kw_only=True)
class FocusedSurrogate(ClippedSurrogate):
    """TW-GRPO, arXiv:2505.24718: sum of weight times clipped surrogate over the number of tokens, clip 0.8 to 1.28.

    The weights come out of the loss's own forward, so they cost no pass, and follow the policy through several updates.
    All members of a group with credit are forwarded, for all take part in the weights. ``FocusedTokens`` gives the same
    loss before the first update, and serves other losses.
    """

    focus: GroupDivergence = GroupDivergence()
    high: float = 0.28
    couples: ClassVar[Literal["completion", "group", "batch"]] = "group"

    def used(self, group: Group) -> list[int]:
        """All, or nobody where nobody has credit."""
        return list(range(len(group))) if super().used(group) else []

    def ask(self, group: Group) -> Sequence[Score]:
        """The rows of the surrogate, from which the weights are wanted too."""
        return [Score(s.to, s.rows, (LogProb(), self.focus)) for s in super().ask(group)]

    def rows(self, group: Group, replies: Sequence[Scores]) -> list[tuple[int, list[Tensor]]]:
        """Completions, each with its log-probs and weights."""
        found = TokenLoss.rows(self, group, replies)
        weights = replies[0][self.focus] if replies else []
        return [(i, [*got, w_T]) for (i, got), w_T in zip(found, weights, strict=True)]

    def tokens(self, group: Group, i: int, got: Sequence[Tensor]) -> Tensor:
        """[T] clipped surrogate of completion i, weighed; 0 for one that the aggregation leaves out."""
        if not self.over.takes(group.completions[i]):
            return torch.zeros_like(got[0])
        return super().tokens(group, i, got) * got[1].to(got[0])

    def observe(self, group: Group, replies: Sequence[Scores]) -> dict[str, tuple[float, float]]:
        """With the mean weight of the tokens, from 1 to alpha."""
        weight = num = 0.0
        for i, got in self.rows(group, replies):
            own = got[1].detach().cpu()[group.completions[i].wrote]
            weight, num = weight + float(own.sum()), num + len(own)
        return super().observe(group, replies) | {"token_weight": (weight, num)}
