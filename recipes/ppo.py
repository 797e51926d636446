"""PPO (arXiv:1707.06347): credit per token from a critic (GAE), clipped ratios, clipped values, KL in the reward.

The critic is a small head on the policy's own states, with an optimiser of its own.

mmreason train ppo --preset tiny                      a laptop, generated maps
mmreason train ppo --preset 7b --data my.jsonl        your records, text or with images
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from mmreason_recipes.base_algorithms import Aggregation, Setup, with_setup

from mmreason.asks import REFERENCE
from mmreason.credit.gae import GAE, Returns
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.value_loss import ValueLoss
from mmreason.metrics.explained_variance import ExplainedVariance
from mmreason.models.optim import AdamW
from mmreason.models.value_head import ValueHead
from mmreason.probes.token_logprobs import TokenLogprobs
from mmreason.probes.values import CRITIC, StateValues
from mmreason.recipe import Recipe
from mmreason.rewards.kl_penalty import TokenKLReward


@with_setup
def ppo(
    setup: Setup,
    *,
    gamma: float = 1.0,
    lam: float = 0.95,
    whiten: bool = True,
    aggregation: Aggregation = "tokens",
    low: float = 0.2,
    high: float = 0.2,
    dual: float | None = None,
    kl_estimator: Literal["k1", "k2", "k3"] = "k1",
    value_clip: float | None = 0.5,
    value_lr: float = 1e-3,
    value_width: int = 256,
    trunk: bool = False,
    value_weight: float = 1.0,
    critic_warmup: int = 0,
) -> Recipe:
    """Build the recipe: the paper's clip, GAE with 1 and 0.95, KL 0.02 in the reward (arXiv:2203.02155).

    verl's are ``--dual 3 --lam 1`` and a critic that is a model of its own; TRL clips values at 0.2.

    Args:
        setup: what all base algorithms share.
        gamma: discount per token.
        lam: decay of later errors in the advantages; 1 for verifiable rewards at the end of long completions.
        whiten: advantages get mean 0 and deviation 1 over all tokens of the step.
        aggregation: from token losses to one number; see grpo.
        low: the ratio is clipped below at 1 - low.
        high: the ratio is clipped above at 1 + high.
        dual: the loss of negative credit is at most this times the credit; None for no bound.
        kl_estimator: of the KL in the reward.
        value_clip: values may move so far from those of the rollout; None is the paper's plain squared error.
        value_lr: learning rate of the critic.
        value_width: of its hidden layer; 0 is a linear head.
        trunk: the critic's gradient goes on into the policy, as with a network that both share in the paper.
        value_weight: the paper's c1, with trunk.
        critic_warmup: steps in which the critic alone learns, before the first of the policy.
    """
    beta = setup.kl(0.02)
    kl = TokenKLReward(beta=beta, estimator=kl_estimator, reference=TokenLogprobs(under=REFERENCE))
    by, over = GAE(StateValues(), gamma, lam, (kl,) if beta else (), whiten), setup.over(aggregation)
    value = ValueLoss(
        critic=StateValues(), returns=Returns(by), clip=value_clip, trunk=trunk, weight=value_weight, over=over
    )
    clip = ClippedSurrogate(by=setup.credit(by), old=setup.old, over=over, low=low, high=high, dual=dual)
    recipe = setup.recipe("ppo", "PPO, arXiv:1707.06347", value, clip, beta=beta)
    (stage,) = recipe.stages
    stage = replace(stage, metrics=(*stage.metrics, ExplainedVariance(returns=Returns(by))))
    warmup = replace(stage, name="critic", steps=critic_warmup, losses=(replace(value, trunk=False),))
    head = ValueHead(width=value_width, optim=AdamW(lr=value_lr))
    stages = (warmup, stage) if critic_warmup else (stage,)
    return replace(recipe, stages=stages, models=(*recipe.models, (CRITIC, head)))


if __name__ == "__main__":
    from mmreason.cli.main import run_recipe

    run_recipe(ppo)
