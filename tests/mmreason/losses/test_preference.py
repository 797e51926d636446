"""DPO, IPO and SimPO: the card's numbers, gradients by hand, what is asked and logged, what is refused."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmreason.asks import LogProb, Scores
from mmreason.errors import RecipeError
from mmreason.losses.dpo import DPO
from mmreason.losses.ipo import IPO
from mmreason.losses.preference import PreferenceLoss, smoothed
from mmreason.losses.simpo import SimPO
from mmreason.probes.pairs import BestOverWorst
from mmreason.rewards.base import Term
from mmreason.types import Group
from tests.mmreason.fakes import NAN, D, close, comp, constant, fixed, group, settled

REFERENCE = constant([(-11.0,), (-13.0,)])
DISTANCE = st.floats(-50, 50)


def value(loss: PreferenceLoss, logps: Sequence[Sequence[float]], g: Group | None = None) -> torch.Tensor:
    """Loss of a pair from the log-probs of its tokens: chosen, then rejected."""
    pair = [comp([1] * len(x), arm=arm) for x, arm in zip(logps, ("chosen", "rejected"), strict=True)]
    batch = settled([g or group(*pair)], loss)
    return loss.read(batch.groups[0], [Scores({LogProb(): [torch.tensor(x, dtype=D) for x in logps]})])


def test_the_worked_examples() -> None:
    """Log-probs -10 and -14, of the reference -11 and -13: h = 2."""
    logps = [[-10.0], [-14.0]]
    close(value(DPO(reference=REFERENCE), logps), 0.59813887)
    close(value(DPO(reference=REFERENCE, smoothing=0.1), logps), 0.61813887)
    close(value(IPO(reference=REFERENCE), logps), 9.0)
    close(value(SimPO(), [[-0.5] * 20, [-0.7] * 20]), 1.22344458)
    close(value(DPO(reference=REFERENCE), [[-11.0], [-13.0]]), math.log(2))


def test_further_forms() -> None:
    reference = constant([(-1.0, -1.0), (-2.0,)])
    logps = [[-0.5, -0.5], [-3.0]]  # scores 1 and -1; per token 0.5 and -1
    close(value(DPO(reference=reference, average=True, beta=1.0), logps), math.log1p(math.exp(-1.5)))
    close(value(IPO(reference=reference, average=True, beta=0.5), logps), 0.25)
    close(value(DPO(reference=None, beta=1.0), logps), math.log1p(math.exp(-2)))
    robust = (0.8 * math.log1p(math.exp(-2)) - 0.2 * math.log1p(math.exp(2))) / 0.6
    close(value(DPO(reference=reference, beta=1.0, smoothing=0.2, robust=True), logps), robust)
    half = comp([1, 2], wrote=[False, True], arm="chosen"), comp([3], arm="rejected")
    close(value(DPO(reference=None, beta=1.0), [[-9.0, -1.0], [-2.0]], group(*half)), math.log1p(math.exp(-1)))


def test_the_gradient_of_dpo_is_the_paper_s() -> None:
    """-beta sigmoid(-beta h) on the chosen log-prob, and the opposite on the rejected one."""
    g = settled([group(comp([1], arm="chosen"), comp([1], arm="rejected"))], REFERENCE).groups[0]
    loss = DPO(reference=REFERENCE)
    g.signals[loss.pairs] = [(0, 1)]
    logps = [torch.tensor([x], dtype=D, requires_grad=True) for x in (-10.0, -14.0)]
    loss.read(g, [Scores({LogProb(): logps})]).backward()
    expected = 0.1 / (1 + math.exp(0.2))
    close([x.grad for x in logps], [[-expected], [expected]])


@given(DISTANCE, st.floats(0, 0.49))
def test_smoothing_keeps_the_two_labels_symmetric(x: float, share: float) -> None:
    one, other = smoothed(torch.tensor(x, dtype=D), share), smoothed(torch.tensor(-x, dtype=D), share)
    plain = smoothed(torch.tensor(x, dtype=D)), smoothed(torch.tensor(-x, dtype=D))
    close(one + other, plain[0] + plain[1], 1e-9)
    close(one, (1 - share) * plain[0] + share * plain[1], 1e-9)
    noisy = [smoothed(torch.tensor(y, dtype=D), share, robust=True) for y in (x, -x)]
    close((1 - share) * noisy[0] + share * noisy[1], plain[0], 1e-6)  # unbiased under that share of flipped labels


def test_hopeless_margins_neither_overflow_nor_stop_learning() -> None:
    logps = [torch.tensor([x], dtype=D, requires_grad=True) for x in (-1e4, -1.0)]
    g = settled([group(comp([1], arm="chosen"), comp([1], arm="rejected"))]).groups[0]
    loss = DPO(reference=None, beta=1.0)
    g.signals[loss.pairs] = [(0, 1)]
    out = loss.read(g, [Scores({LogProb(): logps})])
    out.backward()
    close(out.detach(), 9999.0)
    close([x.grad for x in logps], [[-1.0], [1.0]])


def test_rows_pairs_and_the_log() -> None:
    loss = DPO(reference=None, beta=0.5)
    g = group(comp([1, 2], arm="chosen"), comp([9]), comp([3], arm="rejected"), comp([4], arm="rejected"))
    batch = settled([g], loss)
    (request,) = loss.ask(batch.groups[0])
    assert [row.pieces[0].tolist() for row in request.rows] == [[1, 2], [3], [4]]  # the second is in no pair
    assert loss.count(batch) == 2
    replies = [Scores({LogProb(): [torch.tensor([-1.0, -1.0]), torch.tensor([-4.0]), torch.tensor([-1.0])]})]
    seen = {name: total / num for name, (total, num) in loss.observe(batch.groups[0], replies).items()}
    assert seen == {
        "reward_chosen": -1.0, "reward_rejected": -1.25, "reward_margin": 0.25, "reward_accuracy": 0.5,
        "logp_chosen": -2.0, "logp_rejected": -2.5,
    }  # fmt: skip


def test_a_group_without_a_pair_costs_nothing() -> None:
    loss = SimPO()
    batch = settled([group(comp([1]), comp([2]))], loss)
    assert list(loss.ask(batch.groups[0])) == []
    assert loss.count(batch) == 0


def test_pairs_may_come_from_rewards() -> None:
    """Online preference learning: the best sampled completion over the worst."""
    loss = DPO(reference=None, beta=1.0, pairs=BestOverWorst())
    batch = settled([group(comp([1]), comp([2]), comp([3]))], loss, terms=(Term("r", fixed([0, 1, NAN])),))
    (request,) = loss.ask(batch.groups[0])
    assert [row.pieces[0].tolist() for row in request.rows] == [[1], [2]]
    replies = [Scores({LogProb(): [torch.tensor([-2.0]), torch.tensor([-1.0])]})]
    close(loss.read(batch.groups[0], replies), math.log1p(math.exp(-1)))


def test_settings_that_mean_nothing_are_refused() -> None:
    for make in (DPO, IPO, SimPO):
        with pytest.raises(RecipeError, match=r"beta must be above 0, got 0"):
            make(beta=0)
    for share in (0.5, -0.1, NAN):
        for smooth in (DPO, SimPO):
            with pytest.raises(RecipeError, match=r"smoothing must be at least 0 and below 0\.5"):
                smooth(smoothing=share)
