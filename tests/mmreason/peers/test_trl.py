"""Our losses against TRL's own code on the same completions: value, gradient in all weights, and advantages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch

from mmreason.credit.base import Credit
from mmreason.credit.branches import PerTerm
from mmreason.credit.group_norm import GroupNorm
from mmreason.credit.high_entropy import HighEntropyTokens
from mmreason.credit.importance import ImportanceCorrected
from mmreason.credit.leave_one_out import LeaveOneOut
from mmreason.credit.whitened import BatchNorm
from mmreason.losses.aggregation import MicroBatches, MicroBatchTokens, SequenceSums
from mmreason.losses.base import Constant, Loss, Over, Sequences, Tokens
from mmreason.losses.cispo import Cispo
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.entropy_bonus import EntropyBonus
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.losses.sequence_ratio import SequenceRatio
from mmreason.rewards.base import Term
from mmreason.rewards.kl_penalty import SequenceKLReward
from tests.mmreason.fakes import close, settled
from tests.mmreason.peers import trl_side as trl

pytestmark = [pytest.mark.slow, pytest.mark.guard]  # importing TRL alone takes longer than all tests here


@pytest.fixture(scope="module")
def grpo() -> Any:
    return trl.grpo_trainer()


@pytest.fixture(scope="module")
def rloo() -> Any:
    return trl.rloo_trainer()


@contextmanager
def setting(trainer: Any, **fields: Any) -> Iterator[Any]:
    """Settings of a trainer, on it and in its arguments, for one test."""
    places = [(on, name) for on in (trainer, trainer.args) for name in fields if hasattr(on, name)]
    assert {name for _, name in places} == set(fields), "TRL has no such setting"
    before = [getattr(on, name) for on, name in places]
    try:
        for on, name in places:
            setattr(on, name, fields[name])
        yield trainer
    finally:
        for (on, name), value in zip(places, before, strict=True):
            setattr(on, name, value)


def same(trainer: Any, recorded: trl.Recorded, *losses: Loss) -> None:
    """Loss and gradient of both sides after the weights have moved."""
    trl.move(trainer)
    loss, grads = trl.theirs(trainer, recorded.inputs)
    found, mine = trl.ours_of(trainer, recorded, *losses)
    assert found == pytest.approx(loss, rel=1e-5, abs=1e-6)
    assert float(grads.norm()) > 1e-3
    assert float((grads - mine).norm() / grads.norm()) < 1e-5


def advantages(recorded: trl.Recorded, by: Credit) -> list[float]:
    """One number per completion, off the last token, which the policy wrote in all of them."""
    batch = settled(recorded.batch.groups, by, terms=recorded.terms)
    return [float(a_T[-1]) for g in batch.groups for a_T in g[by]]


@pytest.mark.parametrize(
    ("scale", "by"),
    [("group", GroupNorm()), ("batch", BatchNorm()), ("none", GroupNorm(scale=False))],
)
def test_advantages(grpo: Any, scale: str, by: Credit) -> None:
    with setting(grpo, scale_rewards=scale):
        recorded = trl.rollout(grpo)
    close(advantages(recorded, by), recorded.inputs["advantages"].tolist(), 1e-6)


def test_advantages_normalised_term_by_term(grpo: Any) -> None:
    by = PerTerm(GroupNorm())
    with setting(grpo, multi_objective_aggregation="normalize_then_sum"):
        recorded = trl.rollout(grpo)
    close(advantages(recorded, by), recorded.inputs["advantages"].tolist(), 1e-6)


MICRO = MicroBatches(MicroBatchTokens(len(trl.LENGTHS)))
AGGREGATIONS: dict[str, Over] = {"grpo": Sequences(), "dapo": Tokens(), "dr_grpo": Constant(trl.LIMIT), "bnpo": MICRO}


@pytest.mark.parametrize("kind", AGGREGATIONS)
@pytest.mark.parametrize("delta", [None, 1.5])
def test_clip_higher_and_two_sided_clip(grpo: Any, kind: str, delta: float | None) -> None:
    with setting(grpo, loss_type=kind, epsilon_low=0.1, epsilon_high=0.28, delta=delta):
        recorded = trl.rollout(grpo)
        loss = ClippedSurrogate(by=GroupNorm(), over=AGGREGATIONS[kind], low=0.1, high=0.28, delta=delta)
        same(grpo, recorded, loss)


@pytest.mark.parametrize(("kind", "over"), [*AGGREGATIONS.items(), ("luspo", SequenceSums())])
@pytest.mark.parametrize("by_token", [False, True])
def test_one_ratio_per_sequence(grpo: Any, kind: str, over: Over, by_token: bool) -> None:
    with setting(grpo, loss_type=kind, importance_sampling_level="sequence", epsilon_low=0.05, epsilon_high=0.08):
        recorded = trl.rollout(grpo)
        same(grpo, recorded, SequenceRatio(by=GroupNorm(), over=over, low=0.05, high=0.08, by_token=by_token))


@pytest.mark.parametrize("level", ["token", "sequence"])
def test_cispo(grpo: Any, level: Any) -> None:
    with setting(grpo, loss_type="cispo", epsilon_high=1.1, importance_sampling_level=level):
        recorded = trl.rollout(grpo)
        same(grpo, recorded, Cispo(by=GroupNorm(), cap=1.1, level=level))


@pytest.mark.parametrize(("kind", "level"), [("grpo", "token"), ("dapo", "token"), ("grpo", "sequence")])
@pytest.mark.parametrize("corrected", [False, True])
def test_kl_to_the_reference(grpo: Any, kind: str, level: Any, corrected: bool) -> None:
    fields = {"loss_type": kind, "importance_sampling_level": level, "use_bias_correction_kl": corrected, "beta": 0.3}
    with setting(grpo, **fields):
        recorded = trl.rollout(grpo)
        over = AGGREGATIONS[kind]
        one, two = ClippedSurrogate(by=GroupNorm(), over=over), SequenceRatio(low=0.2, high=0.2, by=GroupNorm())
        kl = KLPenalty(weight=0.3, over=over, reference=recorded.reference, corrected=level if corrected else "no")
        same(grpo, recorded, one if level == "token" else two, kl)


@pytest.mark.parametrize("level", ["token", "sequence"])
@pytest.mark.parametrize("mode", ["truncate", "mask"])
@pytest.mark.parametrize(("low", "high"), [(None, 1.3), (0.8, 1.3)])
def test_correction_of_a_separate_engine(grpo: Any, level: Any, mode: Any, low: float | None, high: float) -> None:
    fields = {
        "use_vllm": True,
        "vllm_importance_sampling_correction": True,
        "vllm_importance_sampling_mode": f"{level}_{mode}",
        "vllm_importance_sampling_clip_min": low,
        "vllm_importance_sampling_clip_max": high,
        "loss_type": "dapo",
        "beta": 0.1,
        "use_bias_correction_kl": False,
    }
    with setting(grpo, **fields):
        recorded = trl.rollout(grpo)
        by = ImportanceCorrected(GroupNorm(), level, mode, low or 0.0, high, recorded.old, recorded.sampler)
        kl = KLPenalty(weight=0.1, over=Tokens(), reference=recorded.reference)
        same(grpo, recorded, ClippedSurrogate(by=by, old=recorded.old, over=Tokens()), kl)
        cut = torch.cat([a for g in settled(recorded.batch.groups, by, terms=recorded.terms).groups for a in g[by]])
    assert bool((cut != 0).any())


@pytest.mark.parametrize("stale", [0.0, 0.05])
def test_off_policy_mask(grpo: Any, stale: float) -> None:
    with setting(grpo, off_policy_mask_threshold=stale, loss_type="grpo"):
        recorded = trl.rollout(grpo)
        loss = ClippedSurrogate(by=GroupNorm(), over=Sequences(), stale=stale, sampled=recorded.old)
        same(grpo, recorded, loss)
        free, _ = trl.ours_of(grpo, recorded, ClippedSurrogate(by=GroupNorm(), over=Sequences()))
        assert abs(free - trl.theirs(grpo, recorded.inputs)[0]) > 1e-3, "nothing was masked"


def test_tokens_of_high_entropy(grpo: Any) -> None:
    with setting(grpo, top_entropy_quantile=0.3, loss_type="dapo"):
        recorded = trl.rollout(grpo)
        trl.move(grpo)
        entropies = trl.per_group(trl.rows(trl.scores(grpo, recorded.inputs)[1]))
        loss, grads = trl.theirs(grpo, recorded.inputs)
        by = HighEntropyTokens(GroupNorm(), 0.3, entropies)
        found, mine = trl.ours_of(grpo, recorded, ClippedSurrogate(by=by, over=Tokens()))
        close(found, loss, 1e-6)
        assert float((grads - mine).norm() / grads.norm()) < 1e-5


@pytest.mark.parametrize("kind", ["grpo", "dapo", "dr_grpo"])
def test_overlong_filtering(grpo: Any, kind: str) -> None:
    overs = {"grpo": Sequences(truncated=False), "dapo": Tokens(truncated=False)}
    with setting(grpo, mask_truncated_completions=True, loss_type=kind, beta=0.1, use_bias_correction_kl=False):
        recorded = trl.rollout(grpo)
        over = overs.get(kind, Constant(trl.LIMIT, truncated=False))
        kl = KLPenalty(weight=0.1, over=over, reference=recorded.reference)
        same(grpo, recorded, ClippedSurrogate(by=GroupNorm(), over=over), kl)


def test_entropy_bonus(grpo: Any) -> None:
    with setting(grpo, loss_type="dapo", entropy_coef=0.05, _entropy_bonus_enabled=True):
        recorded = trl.rollout(grpo)
        same(grpo, recorded, ClippedSurrogate(by=GroupNorm(), over=Tokens()), EntropyBonus(weight=0.05, over=Tokens()))


@pytest.mark.parametrize(("beta", "scale"), [(0.0, False), (0.1, False), (0.1, True)])
def test_rloo(rloo: Any, beta: float, scale: bool) -> None:
    with setting(rloo, beta=beta, normalize_advantages=scale):
        recorded = trl.rloo_rollout(rloo)
        kl = SequenceKLReward(policy=recorded.old, reference=recorded.reference)
        recorded.terms = (*recorded.terms, Term("kl", kl, beta)) if beta else recorded.terms
        by = LeaveOneOut(scale=scale)
        close(advantages(recorded, by), recorded.inputs["advantages"].tolist(), 1e-6)
        loss = SequenceRatio(by=by, old=recorded.old, over=Sequences(), low=0.2, high=0.2, total="sum")
        same(rloo, recorded, loss)
