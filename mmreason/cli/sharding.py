"""Options that spread the models of any recipe over the processes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from mmreason.cli.suggest import CommandError

if TYPE_CHECKING:
    from mmreason.models.specs import Policy
    from mmreason.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class ShardingOptions:
    """What the processes of torchrun or deepspeed share.

    Args:
        zero: spread over the processes the optimiser's moments (1), gradients too (2), or weights too (3).
        deepspeed: file of a DeepSpeed configuration in the place of --zero, such as tools/deepspeed/zero3-offload.json.
        generate: under ZeRO-3, completions are sampled with all weights on every device, or layer by layer.
    """

    zero: Literal["1", "2", "3"] | None = None
    deepspeed: str | None = None
    generate: Literal["gathered", "sharded"] = "gathered"

    def __post_init__(self) -> None:
        """Refuse two answers to one question."""
        if self.zero is not None and self.deepspeed is not None:
            raise CommandError("--zero and --deepspeed are two ways to say the same; give one of them")

    def applied(self, recipe: Recipe) -> Recipe:
        """The recipe with every policy spread.

        Raises:
            CommandError: it has none.
            RecipeError: the file cannot be used.
        """
        shard = f"zero{self.zero}" if self.zero is not None else self.deepspeed
        if shard is None:
            return recipe
        from mmreason.models.specs import Policy

        if not any(isinstance(spec, Policy) for _, spec in recipe.models):
            raise CommandError(f"{recipe.name} has no policy whose weights could be spread; leave --zero out")
        models: Any = tuple(
            (role, spread(spec, shard, self.generate) if isinstance(spec, Policy) else spec)
            for role, spec in recipe.models
        )
        return replace(recipe, models=models)


def spread(policy: Policy, shard: str, generate: Literal["gathered", "sharded"]) -> Policy:
    """The policy, spread; where it computes in bf16 by autocast, ZeRO-2 and 3 keep the weights in bf16.

    DeepSpeed has single-precision weights beside the moments then: half the memory and traffic, the same updates.
    """
    from mmreason.models.zero_config import read_config, stage_of

    found = replace(policy, shard=shard, generate=generate)
    if stage_of(read_config(shard)) > 1 and (policy.dtype, policy.autocast) == ("float32", "bfloat16"):
        return replace(found, dtype="bfloat16", autocast=None)
    return found
