"""DAPO (arXiv:2503.14476): clip-higher, dynamic sampling, a mean over all tokens, and a price on answers too long.

mmreason train dapo --preset tiny
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from mmreason_recipes.base_algorithms import Aggregation, Normaliser, Setup, with_setup

from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.recipe import Recipe
from mmreason.rewards.base import Term
from mmreason.rewards.overlong import SoftOverlong


@with_setup
def dapo(
    setup: Setup,
    *,
    normaliser: Normaliser = "group",
    aggregation: Aggregation = "tokens",
    low: float = 0.2,
    high: float = 0.28,
    dual: float | None = None,
    penalty: float = 1.0,
    buffer: int | None = None,
    shortfall: Literal["learn", "stop"] | None = None,
) -> Recipe:
    """Build the recipe: no KL, up to ten draws to fill a step with groups that vary.

    Args:
        setup: what all base algorithms share.
        normaliser: rewards are centred in the group and divided by its deviation, the batch's, or nothing (mean).
        aggregation: from token losses to one number: the mean over all tokens is DAPO's.
        low: the ratio is clipped below at 1 - low.
        high: the ratio is clipped above at 1 + high.
        dual: the loss of negative credit is at most this times the credit (10 in the released recipe).
        penalty: weight of the soft overlong punishment; 0 switches it off.
        shortfall: where ten draws do not fill a step: stop (the released code; the default but for tiny) or learn from
            the groups that are there.
        buffer: tokens before the limit over which it grows to 1; None is a fifth of the limit, as in the paper.
    """
    beta, over = setup.kl(0.0), setup.over(aggregation)
    clip = ClippedSurrogate(by=setup.credit(normaliser), old=setup.old, over=over, low=low, high=high, dual=dual)
    kl = (KLPenalty(weight=beta, over=over),) if beta else ()
    soft = SoftOverlong(setup.longest, setup.longest // 5 if buffer is None else buffer)
    price = (Term("overlong", soft, weight=penalty),) if penalty else ()
    recipe = setup.recipe("dapo", "DAPO, arXiv:2503.14476", clip, *kl, further=price, beta=beta, rounds=10)
    (stage,) = recipe.stages
    end = shortfall or ("learn" if setup.preset == "tiny" else "stop")
    return replace(recipe, stages=(replace(stage, shortfall=end),))


if __name__ == "__main__":
    from mmreason.cli.main import run_recipe

    run_recipe(dapo)
