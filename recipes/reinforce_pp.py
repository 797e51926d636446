"""REINFORCE++ (arXiv:2501.03262): no critic and no group; token returns with the KL in them, whitened over the batch.

mmreason train reinforce_pp --preset tiny
mmreason train reinforce_pp --preset tiny --baseline
"""

from __future__ import annotations

from typing import Literal

from mmreason_recipes.base_algorithms import Setup, with_setup

from mmreason.credit.whitened import Whitened
from mmreason.credit.whitened_returns import WhitenedReturns
from mmreason.losses.base import Loss
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.recipe import Recipe
from mmreason.rewards.kl_penalty import TokenKLReward


@with_setup
def reinforce_pp(
    setup: Setup,
    *,
    baseline: bool = False,
    gamma: float = 1.0,
    variance: Literal["unbiased", "population"] = "unbiased",
    low: float = 0.2,
    high: float = 0.2,
) -> Recipe:
    """Build the recipe: KL 0.01, taken off the reward of each token, or with the baseline added to the loss as k2.

    Args:
        setup: what all base algorithms share.
        baseline: REINFORCE++-baseline: rewards are centred in their group before the batch whitens them.
        gamma: discount per token; 1 with the baseline.
        variance: unbiased (verl) or population (OpenRLHF).
        low: the ratio is clipped below at 1 - low.
        high: the ratio is clipped above at 1 + high.
    """
    beta, over, ddof = setup.kl(0.01), setup.over("tokens"), 1 if variance == "unbiased" else 0
    tokens = (TokenKLReward(beta, policy=setup.old),) if beta and not baseline else ()
    by = Whitened(by_token=True, ddof=ddof) if baseline else WhitenedReturns(tokens, gamma, ddof)
    losses: list[Loss] = [ClippedSurrogate(by=setup.credit(by), old=setup.old, over=over, low=low, high=high)]
    losses += [KLPenalty(weight=beta, estimator="k2", over=over)] if beta and baseline else []
    return setup.recipe("reinforce_pp", "REINFORCE++, arXiv:2501.03262", *losses, beta=beta)


if __name__ == "__main__":
    from mmreason.cli.main import run_recipe

    run_recipe(reinforce_pp)
