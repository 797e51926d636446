"""KL, entropy and cross-entropy as losses of a group."""

from __future__ import annotations

import math
from typing import Literal

import pytest
import torch

from mmreason.asks import POLICY, Entropy, LogProb, Scores
from mmreason.credit.plain import Raw
from mmreason.losses.base import Sequences
from mmreason.losses.cross_entropy import CrossEntropy
from mmreason.losses.entropy_bonus import EntropyBonus
from mmreason.losses.functional import kl
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.train.update import learn
from tests.mmreason.fakes import D, close, comp, constant, group, run_of, settled
from tests.mmreason.tiny_lm import TinyLM


def test_kl_penalty() -> None:
    loss = KLPenalty(reference=constant([(-1.2, -0.5, -1.0), (-9.0,)]), clamp=0.5)
    g = group(comp([1, 2, 3]), comp([1], wrote=[False]))
    batch = settled([g], loss)
    replies = [Scores({LogProb(): [torch.tensor([-1.0, -0.5, -2.0], dtype=D), torch.tensor([-1.0], dtype=D)]})]
    close(loss.read(g, replies), 0.01873075 + 0.5)
    assert loss.count(batch) == 3
    assert loss.used(g) == [0, 1], "also completions without credit"
    close(loss.observe(g, replies)["kl"], [0.01873075 + 0.71828183, 3])


@pytest.mark.parametrize(("corrected", "ratios"), [("token", [1.2, 0.5]), ("sequence", [0.6**0.5] * 2)])
def test_kl_corrected_by_the_importance_ratio(corrected: Literal["token", "sequence"], ratios: list[float]) -> None:
    """DeepSeek-V3.2: k3 times the ratio to the sampler, which carries gradient of its own."""
    loss = KLPenalty(reference=constant([(-1.3, -0.7)]), corrected=corrected)
    batch = settled([group(comp([1, 2], [-1.0, -1.0]))], loss)
    row = (torch.tensor([1.2, 0.5], dtype=D).log() - 1).requires_grad_()
    k3 = kl(row.detach(), torch.tensor([-1.3, -0.7], dtype=D))
    found = loss.tokens(batch.groups[0], 0, [row])
    close(found.detach(), (k3 * torch.tensor(ratios, dtype=D)).tolist())
    if corrected == "token":
        found.sum().backward()  # type: ignore[no-untyped-call]
        d = torch.tensor([-1.3, -0.7], dtype=D) - row.detach()
        close(row.grad, ((k3 + 1 - d.exp()) * torch.tensor(ratios, dtype=D)).tolist())


def test_the_corrected_kl_has_the_gradient_of_the_true_one() -> None:
    """Over all tokens of a small vocabulary, sampled from the policy itself: that of KL(policy || reference)."""
    z = torch.tensor([0.3, -0.8, 1.1], dtype=D, requires_grad=True)
    ref = torch.tensor([0.5, 0.2, -0.4], dtype=D).log_softmax(0)
    old = z.detach().log_softmax(0)
    true = (z.log_softmax(0).exp() * (z.log_softmax(0) - ref)).sum()
    (expected,) = torch.autograd.grad(true, z)
    loss = KLPenalty(reference=constant([tuple(ref.tolist())]), corrected="token")
    batch = settled([group(comp([0, 1, 2], old.tolist()))], loss)
    found = (old.exp() * loss.tokens(batch.groups[0], 0, [z.log_softmax(0)])).sum()
    close(torch.autograd.grad(found, z)[0], expected.tolist(), 1e-12)


def test_entropy_bonus() -> None:
    loss, g = EntropyBonus(over=Sequences()), group(comp([1, 2]), comp([1, 2, 3], wrote=[True, True, False]))
    replies = [Scores({Entropy(): [torch.tensor([0.3, 1.2]), torch.tensor([0.6, 0.9, 5.0])]})]
    close(loss.read(g, replies), -0.75 - 0.75)
    close(loss.observe(g, replies)["entropy"], [3.0, 4])


def test_entropy_rises_under_the_bonus() -> None:
    policy = TinyLM(lr=1.0)
    run = run_of({POLICY: policy})
    batch = settled([group(comp([1, 2, 3, 4]))])
    seen = [learn(policy, run.answer, batch, (EntropyBonus(weight=1.0),))["entropy"] for _ in range(10)]
    assert seen[0] < seen[-1] < math.log(12)


def test_cross_entropy_by_hand() -> None:
    g = group(comp([1, 2], wrote=[False, True]))
    close(CrossEntropy().read(g, [Scores({LogProb(): [torch.tensor([-5.0, -0.25])]})]), 0.25)
    assert Raw() not in settled([g], CrossEntropy()).known, "needs no credit"
