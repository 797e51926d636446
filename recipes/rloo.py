"""RLOO (arXiv:2402.14740): REINFORCE, each completion against the mean of its siblings, KL in the reward.

mmreason train rloo --preset tiny
"""

from __future__ import annotations

from typing import Literal

from mmreason_recipes.base_algorithms import Setup, with_setup

from mmreason.credit.leave_one_out import LeaveOneOut
from mmreason.losses.base import Loss
from mmreason.losses.policy_gradient import PolicyGradient
from mmreason.losses.sequence_ratio import SequenceRatio
from mmreason.recipe import Recipe
from mmreason.rewards.base import Term
from mmreason.rewards.kl_penalty import SequenceKLReward


@with_setup
def rloo(
    setup: Setup,
    *,
    variant: Literal["paper", "trl"] = "paper",
    low: float = 0.2,
    high: float = 0.2,
    scale: bool = False,
) -> Recipe:
    """Build the recipe: KL 0.03 (0.05 in TRL's defaults), off the reward of the whole completion.

    Args:
        setup: what all base algorithms share.
        variant: the policy gradient itself, or TRL's clipped ratio of the whole sequence, for several updates.
        low: trl clips the ratio below at 1 - low.
        high: trl clips the ratio above at 1 + high.
        scale: divide the advantages by their deviation over the batch (TRL's normalize_advantages).
    """
    beta = setup.kl(0.03 if variant == "paper" else 0.05)
    by = setup.credit(LeaveOneOut(scale=scale))
    loss: Loss = PolicyGradient(by=by, over=setup.over("sums"))
    if variant == "paper":
        setup.one_update("rloo", ", or use --variant trl")
    else:
        loss = SequenceRatio(by=by, old=setup.old, over=setup.over("sequences"), low=low, high=high, total="sum")
    kl = (Term("kl", SequenceKLReward(policy=setup.old), weight=beta),) if beta else ()
    return setup.recipe("rloo", "Back to Basics, arXiv:2402.14740", loss, further=kl, beta=beta)


if __name__ == "__main__":
    from mmreason.cli.main import run_recipe

    run_recipe(rloo)
