"""GRPO (arXiv:2402.03300): advantages from the group, PPO's clip per token, KL in the loss.

mmreason train grpo --preset tiny                     a laptop, generated maps
mmreason train grpo --preset 7b --data my.jsonl       your records, text or with images
"""

from __future__ import annotations

from typing import Literal

from mmreason_recipes.base_algorithms import Aggregation, Normaliser, Setup, with_setup

from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.recipe import Recipe


@with_setup
def grpo(
    setup: Setup,
    *,
    normaliser: Normaliser = "group",
    aggregation: Aggregation = "sequences",
    low: float = 0.2,
    high: float = 0.2,
    dual: float | None = None,
    delta: float | None = None,
    stale: float | None = None,
    kl_estimator: Literal["k1", "k2", "k3", "k1+", "k3+"] = "k3",
    kl_corrected: bool = False,
) -> Recipe:
    """Build the recipe: the paper's formula, KL 0.04.

    TRL's defaults are ``--beta 0 --aggregation tokens``, verl's ``--beta 0 --aggregation tokens --dual 3``.

    Args:
        setup: what all base algorithms share.
        normaliser: rewards are centred in the group and divided by its deviation, the batch's, or nothing (mean).
        aggregation: from token losses to one number: mean over completions of their mean (sequences), mean over all
            tokens, a constant length, mean over prompts, or mean of sums.
        low: the ratio is clipped below at 1 - low.
        high: the ratio is clipped above at 1 + high.
        dual: the loss of negative credit is at most this times the credit; None for no bound.
        delta: the ratio that is not clipped is at most this; None for no bound.
        stale: completions of negative credit whose log-probs fell by more than this per token are left out.
        kl_estimator: how the KL is estimated.
        kl_corrected: multiply the KL with the importance ratio (TRL).
    """
    beta, over = setup.kl(0.04), setup.over(aggregation)
    clip = ClippedSurrogate(
        by=setup.credit(normaliser),
        old=setup.old,
        over=over,
        low=low,
        high=high,
        dual=dual,
        delta=delta,
        stale=stale,
    )
    kl = KLPenalty(
        weight=beta, over=over, estimator=kl_estimator, corrected="token" if kl_corrected else "no", old=setup.old
    )
    return setup.recipe("grpo", "DeepSeekMath, arXiv:2402.03300", clip, *((kl,) if beta else ()), beta=beta)


if __name__ == "__main__":
    from mmreason.cli.main import run_recipe

    run_recipe(grpo)
