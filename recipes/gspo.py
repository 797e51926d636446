"""GSPO (arXiv:2507.18071): one importance ratio per completion, clipped as a whole.

mmreason train gspo --preset tiny --minibatch 4

With one update per rollout every ratio is 1 and GSPO is GRPO; the defaults make four.
"""

from __future__ import annotations

from dataclasses import replace

from mmreason_recipes.base_algorithms import Aggregation, Normaliser, Setup, with_setup

from mmreason.losses.kl_penalty import KLPenalty
from mmreason.losses.sequence_ratio import SequenceRatio
from mmreason.recipe import Recipe


@with_setup
def gspo(
    setup: Setup,
    *,
    normaliser: Normaliser = "group",
    aggregation: Aggregation = "sequences",
    low: float = 3e-4,
    high: float = 4e-4,
    by_token: bool = False,
) -> Recipe:
    """Build the recipe: four updates per rollout unless minibatch or epochs say otherwise, no KL.

    LUSPO (arXiv:2602.05261) is ``--aggregation sums``.

    Args:
        setup: what all base algorithms share.
        normaliser: rewards are centred in the group and divided by its deviation, the batch's, or nothing (mean).
        aggregation: mean over completions (sequences), weighed by length (tokens), or times the length (sums).
        low: the ratio of a completion is clipped below at 1 - low.
        high: the ratio of a completion is clipped above at 1 + high.
        by_token: GSPO-token, the same value with a gradient for every token's own credit.
    """
    if setup.minibatch is None and setup.epochs == 1:
        setup = replace(setup, minibatch=max(setup.groups // 4, 1))
    beta, over = setup.kl(0.0), setup.over(aggregation)
    clip = SequenceRatio(by=setup.credit(normaliser), old=setup.old, over=over, low=low, high=high, by_token=by_token)
    kl = (KLPenalty(weight=beta, over=over),) if beta else ()
    return setup.recipe("gspo", "Group Sequence Policy Optimization, arXiv:2507.18071", clip, *kl, beta=beta)


if __name__ == "__main__":
    from mmreason.cli.main import run_recipe

    run_recipe(gspo)
