"""Whether one of two checkpoints is better on the same items: paired tests, and what they could have seen."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import sqrt
from typing import NamedTuple

import torch

from mmreason.evaluation.intervals import Interval, binomial_tail, bootstrap, sums

EXACT = 14
"""Differing clusters up to which all flips of signs are tried."""
POWER = 2.8
"""Standard errors that a difference must have to be seen four times out of five at the level of 5 %."""


class Paired(NamedTuple):
    """Two means over the same items, and their difference."""

    first: float
    second: float
    gain: Interval
    """Of second - first."""
    p: float
    """Chance of a difference as large where the two are exchangeable."""
    test: str
    seen: float
    """Difference that such a comparison would see four times out of five; NaN where nothing differs."""


def compare(
    first: Sequence[float],
    second: Sequence[float],
    clusters: Sequence[str],
    weights: Sequence[float] | None = None,
    seed: int = 0,
    draws: int = 10_000,
) -> Paired:
    """Compare two sets of values of the same items, one by one.

    The test is McNemar's, exact, for right and wrong where every item stands alone and none weighs more; else signs of
    the clusters' summed differences are flipped. Items that either side could not measure are left out.

    Args:
        first: value of each item under the first checkpoint.
        second: and under the second.
        clusters: items of equal name belong together.
        weights: one per item; None is 1 for all.
        seed: of the draws.
        draws: flips, where not all are tried; the interval is drawn 2,000 times.
    """
    keep = [a == a and b == b for a, b in zip(first, second, strict=True)]
    a = [x for x, kept in zip(first, keep, strict=True) if kept]
    b = [x for x, kept in zip(second, keep, strict=True) if kept]
    names = [name for name, kept in zip(clusters, keep, strict=True) if kept]
    own = [w for w, k in zip(weights or [1.0] * len(keep), keep, strict=True) if k]
    diffs = [y - x for x, y in zip(a, b, strict=True)]
    gain = bootstrap(diffs, names, own, seed)
    if gain.clusters > 1 and not any(diffs):  # no draw could differ: what as many equal pairs leave possible
        edge = 1 - 0.025 ** (1 / gain.clusters)
        gain = gain._replace(low=-edge, high=edge)
    binary = all(x in (0.0, 1.0) for x in (*a, *b)) and len(set(own)) <= 1
    top_C, bottom_C, _ = sums(diffs, names, own)
    if binary and len(set(names)) == len(names):
        p, test = mcnemar(sum(d < 0 for d in diffs), sum(d > 0 for d in diffs)), "McNemar, exact"
    else:
        p, test = sign_flip(top_C.tolist(), seed, draws), "flipped signs"
    means = [sum(w * x for w, x in zip(own, xs, strict=True)) / sum(own) if own else float("nan") for xs in (a, b)]
    spread = float("nan")
    if len(top_C) > 1 and any(diffs):
        rest_C = top_C - bottom_C * gain.value
        spread = sqrt(float(rest_C.square().sum()) * len(top_C) / (len(top_C) - 1)) / float(bottom_C.sum())
    return Paired(means[0], means[1], gain, p, test, POWER * spread)


def mcnemar(worse: int, better: int) -> float:
    """Exact two-sided McNemar test: of the items on which the two differ, ``better`` of them for one side.

    >>> mcnemar(1, 9), mcnemar(4, 4), mcnemar(0, 0)
    (0.021484375, 1.0, 1.0)
    """
    return min(1.0, 2 * binomial_tail(worse + better, min(worse, better)))


def sign_flip(sums_C: Sequence[float], seed: int = 0, draws: int = 10_000) -> float:
    """Two-sided test of a sum against those with each cluster's sign flipped at random.

    All flips are tried for up to 14 clusters that differ from 0, else ``draws`` of them, the given one counted in.

    >>> sign_flip([1.0, 1.0, 1.0, 1.0]), sign_flip([0.0, 0.0]), sign_flip([1.0, -1.0])
    (0.125, 1.0, 1.0)
    """
    found = torch.tensor([x for x in sums_C if x], dtype=torch.float64)
    if not len(found):
        return 1.0
    least = abs(float(found.sum())) - 1e-9 * float(found.abs().sum())
    if len(found) <= EXACT:
        signs = torch.tensor(list(product((1.0, -1.0), repeat=len(found))), dtype=torch.float64)
        return float(((signs @ found).abs() >= least).double().mean())
    generator, extreme, left = torch.Generator().manual_seed(seed), 0, draws
    while left > 0:
        rows = min(left, max((1 << 22) // len(found), 1))
        signs = torch.randint(2, (rows, len(found)), generator=generator).double() * 2 - 1
        extreme += int(((signs @ found).abs() >= least).sum())
        left -= rows
    return (extreme + 1) / (draws + 1)


def holm(ps: Sequence[float]) -> list[float]:
    """Correct for several comparisons (Holm, 1979): what is below 0.05 after it holds for all of them together.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order, out, least = sorted(range(len(ps)), key=lambda i: ps[i]), [1.0] * len(ps), 0.0
    for rank, i in enumerate(order):
        least = max(least, min(1.0, (len(ps) - rank) * ps[i]))
        out[i] = least
    return out
