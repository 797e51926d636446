"""REINFORCE as a loss."""

from __future__ import annotations

import torch

from mmreason.asks import LogProb, Scores
from mmreason.credit.gpg import GroupPolicyGradient
from mmreason.credit.plain import Raw
from mmreason.losses.base import Loss, Sequences
from mmreason.losses.policy_gradient import PolicyGradient
from mmreason.rewards.base import Term
from tests.mmreason.fakes import D, close, comp, fixed, group, settled


def slopes(loss: PolicyGradient) -> list[torch.Tensor]:
    """Gradients of two completions of 1 and 3 tokens with rewards 1 and 0."""
    batch = settled([group(comp([1]), comp([1, 2, 3]))], loss, terms=(Term("r", fixed([1, 0])),))
    rows = [torch.full((n,), -0.5, dtype=D, requires_grad=True) for n in (1, 3)]
    used = [rows[i] for i in loss.used(batch.groups[0])]
    (loss.read(batch.groups[0], [Scores({LogProb(): used})]) / loss.count(batch)).backward()  # type: ignore[no-untyped-call]
    return [torch.zeros_like(row) if row.grad is None else row.grad for row in rows]


def test_the_score_of_the_whole_completion_times_its_credit() -> None:
    found = slopes(PolicyGradient(by=Raw()))
    close(found[0], [-0.5])
    close(found[1], [0, 0, 0])


def test_gpg_takes_the_mean_over_tokens() -> None:
    """One group that varies: alpha 1, advantages 0.5 and -0.5."""
    found = slopes(PolicyGradient(by=GroupPolicyGradient(), over=Sequences()))
    close(found[0], [-0.25])
    close(found[1], [0.25 / 3] * 3)


def test_it_needs_no_log_probs_of_the_sampler() -> None:
    loss: Loss = PolicyGradient(by=Raw())
    batch = settled([group(comp([1], [float("nan")]))], loss, terms=(Term("r", fixed([1])),))
    close(loss.read(batch.groups[0], [Scores({LogProb(): [torch.tensor([-2.0])]})]), 2.0)
