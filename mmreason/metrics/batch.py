"""What every run logs about a batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.losses.functional import BOUND
from mmreason.probes.token_logprobs import Sampled, TokenLogprobs
from mmreason.rewards.base import Reward, total
from mmreason.signals import Signal
from mmreason.types import Batch, Task

NAN = float("nan")


def mean(batch: Batch, values: Sequence[Tensor]) -> float:
    """Mean over all measured values on all ranks; NaN without any."""
    every = batch.everyone(values)
    seen = every[~every.isnan()]
    return float(seen.mean()) if len(seen) else NAN


def by_field(batch: Batch, values: Sequence[Tensor], field: str) -> dict[str, float]:
    """Means apart by a field of the record; labels of all ranks."""
    labels = [str(g.task.record.get(field)) for g in batch.groups]
    every = sorted(set(batch.across.gather(labels)))
    return {label: mean(batch, [v for v, own in zip(values, labels, strict=True) if own == label]) for label in every}


def missing(batch: Batch) -> dict[str, float]:
    """Share of completions of which a term's reward is missing (NaN), by the name of the term, on all ranks.

    Without completions nothing is missing. Terms that sit on tokens are left out.
    """
    columns = {term.name: term.reward for term in batch.terms if isinstance(term.reward, Reward)}
    gone = {name: batch.everyone([g[reward].isnan() for g in batch.groups]) for name, reward in columns.items()}
    return {name: float(of_term.mean()) if len(of_term) else 0.0 for name, of_term in gone.items()}


@dataclass(frozen=True)
class RewardTable:
    """Mean of each reward term and of the total, spread, share of groups without any. Not from a paper.

    With it goes the share of completions of which a term was not measured, as ``missing/<term>``: time-outs and crashes
    of verifiers, judges that did not answer. With ``field="type"`` also the total apart by that field of the record, as
    ``reward/planning`` and so on.
    """

    field: str | None = None

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Give ``reward``, ``reward_std`` (within groups), ``flat_groups`` and two numbers per term."""
        sums = total(batch)
        out = {"reward": mean(batch, sums)} if batch.terms else {}
        stds = [s[~s.isnan()].std(correction=0)[None] for s in sums if int((~s.isnan()).sum())]
        out["reward_std"] = mean(batch, stds)
        out["flat_groups"] = mean(batch, [(std == 0).double() for std in stds])
        if self.field is not None and batch.terms:
            out |= {f"reward/{label}": x for label, x in by_field(batch, sums, self.field).items()}
        for term in batch.terms:
            if isinstance(term.reward, Reward):
                out[f"term/{term.name}"] = mean(batch, [g[term.reward] for g in batch.groups])
        return out | {f"missing/{name}": share for name, share in missing(batch).items()}


@dataclass(frozen=True)
class Lengths:
    """Tokens written, and the share of completions cut by the limit. Not from a paper."""

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Give ``length`` and ``truncated``."""
        pairs = list(batch.pairs())
        wrote = [torch.tensor([float(c.wrote.sum())]) for _, c in pairs]
        cut = [torch.tensor([float(c.finish == "length")]) for _, c in pairs]
        return {"length": mean(batch, wrote), "truncated": mean(batch, cut)}


@dataclass(frozen=True)
class Mean:
    """Mean of one reward, also apart by a field of the record, and weighted by the task. Not from a paper.

    With ``field="type"`` it gives ``accuracy`` and ``accuracy/planning`` and so on; with ``weight`` also
    ``weighted_accuracy`` = sum of w * value / sum of w.
    """

    name: str
    of: Reward
    field: str | None = None
    weight: Callable[[Task], float] | None = None

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Give the means over all completions."""
        out = {self.name: mean(batch, [g[self.of] for g in batch.groups])}
        if self.weight is not None:
            weights = [torch.full((len(g),), self.weight(g.task), dtype=torch.float64) for g in batch.groups]
            seen = [~g[self.of].isnan() for g in batch.groups]
            top = batch.everyone(
                [g[self.of].nan_to_num() * w * s for g, w, s in zip(batch.groups, weights, seen, strict=True)]
            )
            bottom = batch.everyone([w * s for w, s in zip(weights, seen, strict=True)])
            out[f"weighted_{self.name}"] = float(top.sum() / bottom.sum()) if float(bottom.sum()) else NAN
        if self.field is not None:
            values = [g[self.of] for g in batch.groups]
            out |= {f"{self.name}/{label}": x for label, x in by_field(batch, values, self.field).items()}
        return out


@dataclass(frozen=True)
class AnyOf:
    """Share of groups with at least one positive reward: pass@G of the samples drawn (arXiv:2107.03374 with k = n)."""

    name: str
    of: Reward

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Give the share."""
        return {self.name: mean(batch, [(g[self.of] > 0).any()[None].double() for g in batch.groups if len(g)])}


@dataclass(frozen=True)
class SamplerGap:
    """How far the trainer's log-probs are from the sampler's: a separate engine drifts (TIS, IcePop). Not from a paper.

    Per token that the policy wrote: mean and largest |trainer - sampler|, and the k3 estimate of
    KL(sampler || trainer). 0 for the built-in sampler but for rounding. Tokens that the sampler could not tell (NaN)
    are left out. It costs a forward, unless a loss or credit holds the same ``trainer``.
    """

    trainer: Signal[list[Tensor]] = TokenLogprobs()
    sampler: Signal[list[Tensor]] = Sampled()

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Give ``sampler_gap``, ``sampler_gap_max`` and ``sampler_kl``."""
        gaps = [
            (trainer_T.double().cpu() - sampler_T.double().cpu())[c.wrote]
            for g in batch.groups
            for c, trainer_T, sampler_T in zip(g.completions, g[self.trainer], g[self.sampler], strict=True)
        ]
        every = batch.everyone(gaps)
        seen = every[~every.isnan()]
        return {
            "sampler_gap": mean(batch, [d_T.abs() for d_T in gaps]),
            "sampler_gap_max": float(seen.abs().max()) if len(seen) else NAN,
            "sampler_kl": mean(batch, [d_T.clamp(-BOUND, BOUND).exp() - d_T - 1 for d_T in gaps]),
        }
