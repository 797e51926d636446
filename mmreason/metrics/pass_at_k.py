"""The chance that at least one of k samples is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from mmreason.errors import RecipeError
from mmreason.rewards.base import Reward
from mmreason.types import Batch


def pass_at_k(num: int, correct: int, k: int) -> float:
    """Estimate pass@k without bias from ``num`` samples, arXiv:2107.03374: 1 - C(num - correct, k) / C(num, k).

    Computed as a product, so that large numbers do not overflow.

    Raises:
        RecipeError: unless 1 <= k <= num and 0 <= correct <= num.

    >>> pass_at_k(num=8, correct=2, k=1)
    0.25
    """
    if not 1 <= k <= num or not 0 <= correct <= num:
        raise RecipeError(
            f"pass@{k} of {num} samples with {correct} right: expected 1 <= k <= samples, 0 <= right <= samples"
        )
    if num - correct < k:
        return 1.0
    return 1.0 - prod(1.0 - k / i for i in range(num - correct + 1, num + 1))


def mean_pass_at_k(groups: Sequence[Sequence[bool]], k: int) -> float:
    """Average pass@k over problems; NaN without any. With k = 1 it is the mean accuracy of groups of equal size.

    Args:
        groups: For each problem, which of its samples are right; every one has at least ``k``.
        k: Samples drawn.

    Raises:
        RecipeError: if a problem has fewer than ``k`` samples.
    """
    return sum(pass_at_k(len(g), sum(map(bool, g)), k) for g in groups) / len(groups) if groups else float("nan")


@dataclass(frozen=True)
class PassAtK:
    """Unbiased pass@k of a batch, arXiv:2107.03374: a completion is right where its reward is above 0.

    Args:
        name: Key of the number.
        of: The reward that says what is right; NaN is left out.
        k: Samples drawn, at most the measured completions of each group.

    Raises:
        RecipeError: if ``k`` is below 1, or in the call if a group has fewer measured completions.
    """

    name: str
    of: Reward
    k: int = 1

    def __post_init__(self) -> None:
        if self.k < 1:
            raise RecipeError(f"PassAtK {self.name!r}: k must be at least 1, got {self.k}")

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Give the mean over all groups on all ranks that have a measured completion; NaN without any."""
        values = [group[self.of] for group in batch.groups]
        mine = [(v[~v.isnan()] > 0).tolist() for v in values]
        return {self.name: mean_pass_at_k([right for right in batch.across.gather(mine) if right], self.k)}
