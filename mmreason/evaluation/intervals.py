"""How sure a mean is: bootstrap over items that belong together, such as the questions about one picture."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, sqrt
from statistics import NormalDist
from typing import NamedTuple

import torch
from torch import Tensor

NAN = float("nan")
BLOCK = 1 << 22
"""Numbers that are drawn at once."""


class Interval(NamedTuple):
    """A weighted mean and the interval that holds the true one, at the level asked for."""

    value: float
    low: float
    high: float
    num: int
    """Items that were measured."""
    clusters: int
    """Groups of items that were drawn together."""


def bootstrap(
    values: Sequence[float],
    clusters: Sequence[str],
    weights: Sequence[float] | None = None,
    seed: int = 0,
    draws: int = 2000,
    level: float = 0.95,
) -> Interval:
    """Give sum(w * v) / sum(w) with a percentile bootstrap interval over clusters, widened for few of them.

    Whole clusters are drawn with replacement (Davison and Hinkley, 1997); the tails are those of Student's distribution
    (expanded percentile, arXiv:1411.5279). Where all clusters agree on 0 or on 1 no draw could differ: then the
    interval is the exact binomial one for as many clusters. NaN bounds for fewer than two clusters.

    Args:
        values: one per item; NaN was not measured and is left out.
        clusters: items of equal name are drawn together.
        weights: one per item, above 0; None is 1 for all.
        seed: of the draws.
        draws: how many.
        level: share of such intervals that hold the true mean.
    """
    top_C, bottom_C, num = sums(values, clusters, weights)
    size = len(top_C)
    if not size:
        return Interval(NAN, NAN, NAN, 0, 0)
    value = float(top_C.sum() / bottom_C.sum())
    if size < 2:
        return Interval(value, NAN, NAN, num, size)
    means_C = top_C / bottom_C
    if bool((means_C == means_C[0]).all()) and value in (0.0, 1.0):  # also of differences, see ``compare``
        edge = ((1 - level) / 2) ** (1 / size)
        low, high = (edge, 1.0) if value else (0.0, 1 - edge)
        return Interval(value, low, high, num, size)
    tail = expanded_tail((1 - level) / 2, size)
    drawn_B = resampled(top_C, bottom_C, seed, draws)
    low, high = drawn_B.quantile(torch.tensor([tail, 1 - tail], dtype=torch.float64)).tolist()
    return Interval(value, min(low, value), max(high, value), num, size)


def sums(
    values: Sequence[float], clusters: Sequence[str], weights: Sequence[float] | None
) -> tuple[Tensor, Tensor, int]:
    """Sum w * v and w over each cluster, [C] both, in the order in which clusters come; and count what was measured."""
    places: dict[str, int] = {}
    top: list[float] = []
    bottom: list[float] = []
    num = 0
    for value, name, weight in zip(values, clusters, weights or [1.0] * len(values), strict=True):
        if value != value:
            continue
        place = places.setdefault(name, len(places))
        if place == len(top):
            top.append(0.0)
            bottom.append(0.0)
        top[place] += weight * value
        bottom[place] += weight
        num += 1
    return torch.tensor(top, dtype=torch.float64), torch.tensor(bottom, dtype=torch.float64), num


def resampled(top_C: Tensor, bottom_C: Tensor, seed: int, draws: int) -> Tensor:
    """Give [draws] ratios of sums over as many clusters as there are, drawn with replacement."""
    size, made = len(top_C), []
    generator = torch.Generator().manual_seed(seed)
    step = max(BLOCK // size, 1)
    for start in range(0, draws, step):
        chosen = torch.randint(size, (min(step, draws - start), size), generator=generator)
        made.append(top_C[chosen].sum(1) / bottom_C[chosen].sum(1))
    return torch.cat(made)


def expanded_tail(tail: float, size: int) -> float:
    """Widen a tail for a small sample: Phi(-sqrt(n / (n - 1)) * t), t being Student's quantile with n - 1 degrees.

    >>> [round(expanded_tail(0.025, n), 4) for n in (5, 20, 1000)]
    [0.001, 0.0159, 0.0248]
    """
    normal, free = NormalDist(), size - 1
    z = -normal.inv_cdf(tail)
    # Cornish-Fisher's expansion of the quantile; within 1 % from three degrees of freedom on.
    t = z + (z**3 + z) / (4 * free) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * free**2)
    t += (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * free**3)
    return normal.cdf(-sqrt(size / free) * t)


def binomial_tail(num: int, most: int) -> float:
    """Give the chance of at most ``most`` heads in ``num`` throws of a fair coin."""
    return sum(comb(num, k) for k in range(most + 1)) / (1 << num)
