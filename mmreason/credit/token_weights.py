"""More credit where the completions of a group part ways: where their next-token distributions differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import torch
from torch import Tensor

from mmreason.asks import POLICY, Quantity, Role, Row, Score, Scores, Slab
from mmreason.credit.base import Credit
from mmreason.credit.group_norm import GroupNorm
from mmreason.errors import RecipeError
from mmreason.signals import Probe, Signal
from mmreason.types import Batch, Group

Divergence = Literal["released", "calibrated"]
BOUND = 11.0
"""Differences of log-probs are kept in [-11, 11] before exp, as in the released code."""


def divergence(logp: Tensor, alive: Tensor, kind: Divergence = "released") -> Tensor:
    """Mean distance of the members of a group from their common distribution, at each position.

    Args:
        logp: [R, n, V] log-probs of the next token.
        alive: [R, n] which members count at a position.
        kind: ``released``: sum over the vocabulary of exp(d) - d - 1 with d = mean of the log-probs - log-prob, which
            the many unlikely tokens rule. ``calibrated``: KL to the mean of the probabilities (Jensen-Shannon).

    Returns:
        [n], not below 0; 0 where nobody or one member counts.
    """
    num = alive.sum(0).clamp(min=1)
    here = alive[..., None].to(logp.dtype)
    if kind == "released":
        d = (((logp * here).sum(0) / num[:, None]) - logp).clamp(-BOUND, BOUND)
        own = (d.expm1() - d).sum(-1)
    else:
        p = logp.exp()
        mixed = ((p * here).sum(0) / num[:, None]).clamp(min=torch.finfo(logp.dtype).tiny).log()
        own = (p * (logp - mixed)).sum(-1)
    return ((own * alive).sum(0) / num * (alive.sum(0) > 1)).clamp(min=0)


def token_weights(divergence_T: Tensor, counted_T: Tensor, alpha: float = 1.7, eps: float = 1e-8) -> Tensor:
    """Scale divergences to weights from 1 to ``alpha`` by their least and largest value; the same everywhere gives 1.

    Args:
        divergence_T: one per position of the longest member.
        counted_T: bool, positions that set the scale; the others weigh 1.
        alpha: largest weight.
        eps: added to the range.
    """
    seen = divergence_T[counted_T]
    if not len(seen):
        return torch.ones_like(divergence_T)
    low, high = seen.min(), seen.max()
    return torch.where(counted_T, 1 + (alpha - 1) * (divergence_T - low) / (high - low + eps), 1.0)


@dataclass(frozen=True)
class GroupDivergence(Quantity["list[Tensor]"]):
    """TW-GRPO, arXiv:2505.24718: weights in [1, alpha] that grow with the group's disagreement, one [T] per row.

    The same for all members at a position. As released, a member that has ended counts as undecided (uniform) until the
    longest one ends; the tail then looks very uncertain, and real differences before it weigh next to nothing.
    ``living_only`` compares those that are still writing, at least two, and is to be preferred where lengths differ.
    A group of one weighs 1 everywhere. No gradient goes through a weight.

    Args:
        alpha: Largest weight.
        kind: How distributions are compared, see ``divergence``.
        living_only: Leave members out that have ended.

    Raises:
        RecipeError: ``alpha`` is below 1, or ``kind`` is unknown.
    """

    alpha: float = 1.7
    kind: Divergence = "released"
    living_only: bool = False
    aligned: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Refuse what weighs disagreement less than agreement."""
        if self.alpha < 1 or self.kind not in get_args(Divergence):
            raise RecipeError(
                f"GroupDivergence needs alpha >= 1 and kind {' or '.join(get_args(Divergence))}, "
                f"got {self.alpha} and {self.kind!r}"
            )

    def window(self, slab: Slab) -> Tensor:
        """[R, n, 2]: the divergence at each position, and whether it sets the scale."""
        logp, alive = slab.logits.detach().log_softmax(-1), slab.alive
        if not self.living_only:
            uniform = torch.tensor(-math.log(logp.shape[-1]), dtype=logp.dtype, device=logp.device)
            logp, alive = logp.where(alive[..., None], uniform), torch.ones_like(alive)
        apart = divergence(logp, alive, self.kind)
        counted = (alive.sum(0) > 1).to(apart) if self.living_only else torch.ones_like(apart)
        return torch.stack([apart, counted], -1).expand(len(logp), -1, -1)

    def finish(self, rows: list[Tensor]) -> list[Tensor]:
        """Scale over the positions of the longest row."""
        if not rows:
            return []
        longest = max(rows, key=len)
        weights_T = token_weights(longest[:, 0], longest[:, 1] > 0, self.alpha)
        return [weights_T[: len(row)] for row in rows]


@dataclass(frozen=True)
class TokenWeights(Probe["list[Tensor]", Scores]):
    """[T] weights of TW-GRPO (arXiv:2505.24718) of each completion, under the weights that sampled it.

    One forward without gradient, as for old log-probs; ``FocusedSurrogate`` takes them out of its own forward instead.
    """

    by: GroupDivergence = GroupDivergence()
    under: Role = POLICY
    track: ClassVar[str] = "weight"
    """Its name in the traces."""

    def ask(self, group: Group, batch: Batch) -> list[Score]:
        """All rows of the group side by side."""
        rows = tuple(Row(group.task.prompt, (c.tokens,), c.temperature) for c in group.completions if len(c.tokens))
        return [Score(self.under, rows, (self.by,))] if rows else []

    def read(self, group: Group, replies: Sequence[Scores]) -> list[Tensor]:
        """In the order of the completions."""
        found = iter(replies[0][self.by] if replies else [])
        return [next(found).cpu() if len(c.tokens) else torch.zeros(0) for c in group.completions]


@dataclass(frozen=True)
class FocusedTokens(Credit):
    """TW-GRPO, arXiv:2505.24718, as credit: another credit times the token weights, so that any loss can spend it.

    With ``ClippedSurrogate`` over ``Tokens`` it is the paper's loss: the divisor is the number of tokens, not the sum
    of weights. A KL term keeps weight 1.
    """

    of: Credit = GroupNorm()
    weights: Signal[list[Tensor]] = TokenWeights()

    def __call__(self, batch: Batch) -> list[list[Tensor]]:
        """Weigh every token."""
        return [[a_T * w_T.to(a_T) for a_T, w_T in zip(g[self.of], g[self.weights], strict=True)] for g in batch.groups]
