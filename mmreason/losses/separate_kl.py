"""KL to a reference, for thought and answer apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.losses.base import Over, Sequences
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.probes.answer_likelihood import answer_tokens
from mmreason.types import Completion, Group


@dataclass(frozen=True, kw_only=True)
class SeparateKL(KLPenalty):
    """GRPO-CARE's ablation "separate KL" (arXiv:2506.16141): a mean over the thought plus one over the answer.

    So a long thought does not drown the few tokens of the answer. The answer is the inside of the last answer tag, all
    else is thought; a completion that has only one of the two has only its mean. The paper names no coefficients:
    ``thought`` and ``answer`` multiply the two means. Under ``over=Sequences()`` the loss is the mean over completions
    of that sum; other aggregations weigh completions by their length as they do elsewhere.
    """

    over: Over = Sequences()
    thought: float = 1.0
    answer: float = 1.0
    tag: str = "answer"

    def tokens(self, group: Group, i: int, got: Sequence[Tensor]) -> Tensor:
        """[T] estimated KL of completion i, so weighted that the mean over its tokens is the sum of both means."""
        return super().tokens(group, i, got) * self.weights(group.completions[i]).to(got[0])

    def weights(self, c: Completion) -> Tensor:
        """[T] tokens written over tokens written in the same part, times the part's coefficient."""
        inside = torch.zeros(len(c.tokens), dtype=torch.bool)
        if where := answer_tokens(c, self.tag):
            inside[where[0] : where[1]] = True
        out, num = torch.zeros(len(c.tokens), dtype=torch.float64), int(c.wrote.sum())
        for part, coef in ((inside & c.wrote, self.answer), (~inside & c.wrote, self.thought)):
            out[part] = coef * num / max(int(part.sum()), 1)
        return out
