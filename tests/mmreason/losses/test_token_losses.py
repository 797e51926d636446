"""KL, entropy and cross-entropy as losses of a group."""

from __future__ import annotations

import math

import torch

from mmreason.asks import POLICY, Entropy, LogProb, Scores
from mmreason.credit.plain import Raw
from mmreason.losses.base import Sequences
from mmreason.losses.cross_entropy import CrossEntropy
from mmreason.losses.entropy_bonus import EntropyBonus
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
