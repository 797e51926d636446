"""CISPO (MiniMax-M1, arXiv:2506.13585): clipped importance weights held constant, so no token loses its gradient.

mmreason train cispo --preset tiny --minibatch 4
"""

from __future__ import annotations

from typing import Literal

from mmreason_recipes.base_algorithms import Aggregation, Normaliser, Setup, with_setup

from mmreason.losses.cispo import Cispo
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.recipe import Recipe


@with_setup
def cispo(
    setup: Setup,
    *,
    normaliser: Normaliser = "group",
    aggregation: Aggregation = "tokens",
    cap: float = 5.0,
    floor: float = 0.0,
    level: Literal["token", "sequence"] = "token",
) -> Recipe:
    """Build the recipe: no KL.

    ScaleRL (arXiv:2510.13786) has ``--group-size 16 --normaliser batch --aggregation prompts``.

    Args:
        setup: what all base algorithms share.
        normaliser: rewards are centred in the group and divided by its deviation, the batch's, or nothing (mean).
        aggregation: from token losses to one number.
        cap: the largest importance weight itself, as in TRL; verl's is 1 + clip_high.
        floor: the smallest one; verl's is 1 - clip_low.
        level: weights of single tokens, or the geometric mean over the completion.
    """
    beta, over = setup.kl(0.0), setup.over(aggregation)
    loss = Cispo(by=setup.credit(normaliser), old=setup.old, over=over, cap=cap, floor=floor, level=level)
    kl = (KLPenalty(weight=beta, over=over),) if beta else ()
    return setup.recipe("cispo", "MiniMax-M1, arXiv:2506.13585", loss, *kl, beta=beta)


if __name__ == "__main__":
    from mmreason.cli.main import run_recipe

    run_recipe(cispo)
