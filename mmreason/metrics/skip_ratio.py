"""How often nothing is thought, and how long thoughts are otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch

from mmreason.metrics.batch import by_field, mean
from mmreason.parsing.empty_thought import skips
from mmreason.parsing.spans import find_spans, token_range
from mmreason.rewards.base import Reward
from mmreason.types import Batch, Completion

__all__ = ["SkipRatio", "per_episode", "skips", "thought_tokens"]

NAN = float("nan")


def thought_tokens(c: Completion) -> float:
    """Count the tokens of the first think block, up to the end where it is not closed.

    0 without a block; NaN where it is not known which characters a token spells.
    """
    spans = find_spans(c.text, "think")
    if not spans or not c.text[slice(*spans[0])].strip():
        return 0.0
    if not c.offsets:
        return NAN
    first, after = token_range(c.offsets, *spans[0])
    return float(after - first)


@dataclass(frozen=True)
class SkipRatio:
    """TON's skip ratio, arXiv:2505.16854: the share of completions whose think block is white space only.

    One without a think block does not skip. With it goes the mean length of thoughts, over all (``thought_tokens``) and
    over those that think (``thinking_tokens``), which should stay level while the other falls.

    Args:
        field: Also apart by this field of the record, such as how much there is to count: ``skip_ratio/3``.
        of: Also the mean of this reward where nothing was thought (``accuracy_skipped``) and elsewhere
            (``accuracy_thought``).
        episode: Field that names the episode of a step; with it ``episode_thought_tokens`` is the mean over episodes of
            the sum over their steps.
    """

    field: str | None = None
    of: Reward | None = None
    episode: str | None = None

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Give the shares and the lengths."""
        skipped = [torch.tensor([float(skips(c.text)) for c in g.completions]) for g in batch.groups]
        tokens = [torch.tensor([thought_tokens(c) for c in g.completions]) for g in batch.groups]
        out = {
            "skip_ratio": mean(batch, skipped),
            "thought_tokens": mean(batch, tokens),
            "thinking_tokens": mean(batch, [t[t > 0] for t in tokens]),
        }
        if self.field is not None:
            out |= {f"skip_ratio/{label}": x for label, x in by_field(batch, skipped, self.field).items()}
        if self.of is not None:
            pairs = [(g[self.of], skip > 0) for g, skip in zip(batch.groups, skipped, strict=True)]
            out["accuracy_skipped"] = mean(batch, [value[skip] for value, skip in pairs])
            out["accuracy_thought"] = mean(batch, [value[~skip] for value, skip in pairs])
        if self.episode is not None:
            steps = [(str(g.task.record.get(self.episode)), float(t.nanmean())) for g, t in
                     zip(batch.groups, tokens, strict=True) if len(t)]  # fmt: skip
            out["episode_thought_tokens"] = per_episode(batch.across.gather(steps))
        return out


def per_episode(steps: Iterable[tuple[str, float]]) -> float:
    """Mean over episodes of the sum over their steps; NaN without any.

    >>> per_episode([("a", 3.0), ("b", 1.0), ("a", 2.0)])
    3.0
    """
    sums: dict[str, float] = {}
    for episode, tokens in steps:
        sums[episode] = sums.get(episode, 0.0) + tokens
    return sum(sums.values()) / len(sums) if sums else NAN
