"""GPG (arXiv:2504.02546): the plain policy gradient, made up for groups that teach nothing.

mmreason train gpg --preset tiny
"""

from __future__ import annotations

from typing import Literal

from mmreason_recipes.base_algorithms import Aggregation, Setup, with_setup

from mmreason.credit.gpg import GroupPolicyGradient
from mmreason.errors import RecipeError
from mmreason.losses.policy_gradient import PolicyGradient
from mmreason.recipe import Recipe


@with_setup
def gpg(
    setup: Setup,
    *,
    alpha: Literal["paper", "released", "nonzero", "off"] = "paper",
    scale: bool = False,
    aggregation: Aggregation = "sequences",
) -> Recipe:
    """Build the recipe: no ratio, no clip, no KL, no reference. One update per rollout.

    Args:
        setup: what all base algorithms share.
        alpha: how the share of groups that vary is made up for; nonzero is verl's count of rewards other than 0.
        scale: divide by the group's deviation.
        aggregation: from token losses to one number.
    """
    if setup.beta:
        raise RecipeError(f"gpg has no KL; leave beta out or set it to 0, got {setup.beta}")
    setup.one_update("gpg")
    loss = PolicyGradient(by=setup.credit(GroupPolicyGradient(alpha, scale)), over=setup.over(aggregation))
    return setup.recipe("gpg", "Group Policy Gradient, arXiv:2504.02546", loss)


if __name__ == "__main__":
    from mmreason.cli.main import run_recipe

    run_recipe(gpg)
