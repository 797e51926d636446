"""Dr. GRPO (arXiv:2503.20783): no deviation, no length in the divisor, so neither difficulty nor length is favoured.

mmreason train dr_grpo --preset tiny
"""

from __future__ import annotations

from mmreason_recipes.base_algorithms import Setup, with_setup

from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.recipe import Recipe


@with_setup
def dr_grpo(setup: Setup, *, low: float = 0.2, high: float = 0.2) -> Recipe:
    """Build the recipe. The divisor is the number of completions times the longest one allowed; no KL.

    Another ``limit`` is another divisor, and so another size of a step.

    Args:
        setup: what all base algorithms share.
        low: the ratio is clipped below at 1 - low.
        high: the ratio is clipped above at 1 + high.
    """
    beta, over = setup.kl(0.0), setup.over("constant")
    clip = ClippedSurrogate(by=setup.credit("mean"), old=setup.old, over=over, low=low, high=high)
    kl = (KLPenalty(weight=beta, over=over),) if beta else ()
    return setup.recipe("dr_grpo", "Understanding R1-Zero-like training, arXiv:2503.20783", clip, *kl, beta=beta)


if __name__ == "__main__":
    from mmreason.cli.main import run_recipe

    run_recipe(dr_grpo)
