"""Options of how the policy of any recipe learns: learning rates of its parts, and the weights below an adapter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from mmreason.cli.suggest import CommandError, unknown

if TYPE_CHECKING:
    from mmreason.models.specs import Policy
    from mmreason.recipe import Recipe


COMPONENTS = ("vision", "merger", "language", "head")


@dataclass(frozen=True, kw_only=True)
class LearningOptions:
    """What of the policy learns how fast, besides the recipe's own --lr, --lora and --freeze.

    Args:
        rates: shares of the learning rate by component, such as vision=0.1 merger=0.5; also language and head.
        bits: 4 rounds the frozen weights below the adapter of --lora to four bits (QLoRA, through bitsandbytes).
    """

    rates: tuple[str, ...] = ()
    bits: Literal["4"] | None = None

    def applied(self, recipe: Recipe) -> Recipe:
        """The recipe with policies that learn so.

        Raises:
            CommandError: a rate cannot be read, or there is no policy or adapter that the options could act on.
        """
        from mmreason.models.specs import Policy

        rates = tuple(rate(word) for word in self.rates)
        if (rates or self.bits) and not any(isinstance(spec, Policy) for _, spec in recipe.models):
            raise CommandError(f"{recipe.name} has no policy that --rates or --bits could act on; leave them out")
        models: Any = tuple(
            (role, taught(spec, rates, self.bits is not None) if isinstance(spec, Policy) else spec)
            for role, spec in recipe.models
        )
        return replace(recipe, models=models)


def rate(word: str) -> tuple[str, float]:
    """A component and its share.

    >>> rate("vision=0.1")
    ('vision', 0.1)

    Raises:
        CommandError: it is no such pair.
    """
    name, _, share = word.partition("=")
    if name not in COMPONENTS:
        raise CommandError(f"--rates: {unknown('component', name, COMPONENTS)}")
    try:
        return name, float(share)
    except ValueError:
        raise CommandError(f"--rates: expected COMPONENT=SHARE, such as vision=0.1, got {word!r}") from None


def taught(policy: Policy, rates: tuple[tuple[str, float], ...], rounded: bool) -> Policy:
    """The policy with these rates; its adapter, if so wished, on weights of four bits."""
    policy, lora = replace(policy, rates=rates or policy.rates), policy.lora
    if lora is None:
        if rounded:
            raise CommandError("--bits 4 rounds the weights below an adapter: give its rank too, such as --lora 64")
        return policy
    return replace(policy, lora=replace(lora, bits=4) if rounded else lora)
