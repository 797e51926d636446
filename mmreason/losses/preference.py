"""What losses of preference pairs share: scores of completions, differences of pairs, numbers for the log."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from mmreason.asks import POLICY, REFERENCE, LogProb, Role, Row, Score, Scores
from mmreason.errors import RecipeError
from mmreason.losses.base import Loss
from mmreason.probes.pairs import LabelledPairs, Pairs
from mmreason.probes.token_logprobs import TokenLogprobs
from mmreason.signals import Signal
from mmreason.types import Batch, Group, Knob


def smoothed(logit_P: Tensor, smoothing: float = 0.0, robust: bool = False) -> Tensor:
    """Binary cross-entropy of "the chosen one is better", where a share of the labels may be wrong.

    -(1 - e) logsigmoid(x) - e logsigmoid(-x), e the share of flipped labels (conservative DPO, E. Mitchell, 2023);
    robust: (-(1 - e) logsigmoid(x) + e logsigmoid(-x)) / (1 - 2 e), unbiased under such noise (arXiv:2403.00409).
    """
    right, wrong = F.logsigmoid(logit_P), F.logsigmoid(-logit_P)
    if robust:
        return (-(1 - smoothing) * right + smoothing * wrong) / (1 - 2 * smoothing)
    return -(1 - smoothing) * right - smoothing * wrong


@dataclass(frozen=True, kw_only=True)
class PreferenceLoss(Loss):
    """A loss of the difference between the scores of a chosen and a rejected completion; the mean over pairs.

    Score of a completion: the sum over the tokens that were written of log p - log p of the reference; their mean with
    ``average``; log p alone without a ``reference``. The rows of a pair share their prompt, so it is run once.
    """

    beta: float = 0.1
    average: bool = False
    reference: Signal[list[Tensor]] | None = TokenLogprobs(under=REFERENCE)
    pairs: Signal[Pairs] = LabelledPairs()
    trains: Role = POLICY
    weight: Knob = 1.0
    couples: ClassVar[Literal["completion", "group", "batch"]] = "group"

    def __post_init__(self) -> None:
        """Refuse a temperature that is none."""
        if not 0 < self.beta < float("inf"):
            raise RecipeError(f"{type(self).__name__}.beta must be above 0, got {self.beta}")

    @abstractmethod
    def pair_losses(self, difference_P: Tensor) -> Tensor:
        """[P] losses from the scores' differences, chosen minus rejected."""

    def used(self, group: Group) -> list[int]:
        """Completions that are in some pair and hold a token."""
        inside = {i for pair in group[self.pairs] for i in pair}
        return [i for i in sorted(inside) if len(group.completions[i].tokens)]

    def ask(self, group: Group) -> Sequence[Score]:
        """Both rows of every pair, each completion once."""
        cs = [group.completions[i] for i in self.used(group)]
        rows = tuple(Row(group.task.prompt, (c.tokens,), c.temperature) for c in cs)
        return [Score(self.trains, rows, (LogProb(),))] if rows else []

    def count(self, batch: Batch) -> float:
        """Pairs."""
        return float(sum(len(group[self.pairs]) for group in batch.groups))

    def read(self, group: Group, replies: Sequence[Scores]) -> Tensor:
        """Sum over the group's pairs."""
        found = dict(zip(self.used(group), replies[0][LogProb()], strict=True))
        return self.pair_losses(self.differences(group, found)).sum().cpu()

    def differences(self, group: Group, found: dict[int, Tensor]) -> Tensor:
        """[P] float64: score of the chosen minus that of the rejected one; ``found`` has the log-probs by number."""
        scores = {i: self.score(group, i, logp_T) for i, logp_T in found.items()}
        zero = torch.zeros((), dtype=torch.float64, device=next(iter(scores.values())).device if scores else None)
        pairs = [scores.get(i, zero) - scores.get(j, zero) for i, j in group[self.pairs]]
        return torch.stack(pairs) if pairs else zero.new_zeros(0)

    def score(self, group: Group, i: int, logp_T: Tensor) -> Tensor:
        """Score of completion i, a float64 scalar."""
        wrote = group.completions[i].wrote.to(logp_T.device)
        x_T = logp_T.double() if self.reference is None else logp_T.double() - group[self.reference][i].to(logp_T)
        total = (x_T * wrote).sum()
        return total / wrote.sum().clamp(min=1) if self.average else total

    def observe(self, group: Group, replies: Sequence[Scores]) -> dict[str, tuple[float, float]]:
        """Implicit rewards (beta times the score) of both sides, their margin, and how often it is positive."""
        found = dict(zip(self.used(group), (x.detach() for x in replies[0][LogProb()]), strict=True))
        scores = {i: self.beta * float(self.score(group, i, logp_T)) for i, logp_T in found.items()}
        logps = {i: float(logp_T[group.completions[i].wrote.to(logp_T.device)].sum()) for i, logp_T in found.items()}
        seen = [(scores.get(i, 0.0), scores.get(j, 0.0)) for i, j in group[self.pairs]]
        sums = {
            "reward_chosen": sum(c for c, _ in seen),
            "reward_rejected": sum(r for _, r in seen),
            "reward_margin": sum(c - r for c, r in seen),
            "reward_accuracy": float(sum(c > r for c, r in seen)),
            "logp_chosen": sum(logps.get(i, 0.0) for i, _ in group[self.pairs]),
            "logp_rejected": sum(logps.get(j, 0.0) for _, j in group[self.pairs]),
        }
        return {name: (value, float(len(seen))) for name, value in sums.items()}
