"""What the majority of several answers says."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from math import comb

from mmreason.errors import RecipeError

SUBSETS = 256
"""Most choices of k samples that are looked at; of more, so many are drawn."""


def powers(num: int) -> list[int]:
    """Give 1, 2, 4, ... up to ``num``, and ``num`` itself.

    >>> powers(1), powers(6)
    ([1], [1, 2, 4, 6])
    """
    out = [1]
    while out[-1] * 2 <= num:
        out.append(out[-1] * 2)
    return out if out[-1] == num else [*out, num]


def majority(votes: Sequence[str | None], right: Sequence[float], k: int, seed: int = 0) -> float:
    """Give how right the most frequent answer of k samples is on average, self-consistency (arXiv:2203.11171).

    Over all choices of k of the samples, or 256 drawn ones where there are more. Answers that tie share the point; a
    sample without an answer has no vote, and where nobody has one it is 0. NaN where no sample could be judged.

    Args:
        votes: the answer of each sample as it is compared; None where there is none.
        right: how right each sample is, 0 to 1; NaN ones are left out with their votes.
        k: samples that vote.
        seed: of the draw.

    Raises:
        RecipeError: there are fewer than k samples.

    >>> majority(["a", "a", "b"], [1.0, 1.0, 0.0], 3), majority(["a", "b"], [1.0, 0.0], 2)
    (1.0, 0.5)
    """
    if not 1 <= k <= len(votes):
        raise RecipeError(f"majority@{k} of {len(votes)} samples: expected 1 <= k <= samples")
    seen = [i for i, x in enumerate(right) if x == x]
    if not seen:
        return float("nan")
    found = [elected([votes[i] for i in chosen], [right[i] for i in chosen]) for chosen in subsets(seen, k, seed)]
    return sum(found) / len(found)


def subsets(of: Sequence[int], k: int, seed: int) -> Iterator[tuple[int, ...]]:
    """Choices of k, or of all where there are fewer: every one, or some drawn."""
    k = min(k, len(of))
    if comb(len(of), k) <= SUBSETS:
        yield from combinations(of, k)
        return
    rng = random.Random(seed)
    for _ in range(SUBSETS):
        yield tuple(sorted(rng.sample(of, k)))


def elected(votes: Sequence[str | None], right: Sequence[float]) -> float:
    """How right the most frequent answer is; ties share."""
    counts = Counter(vote for vote in votes if vote is not None)
    if not counts:
        return 0.0
    most = max(counts.values())
    winners = [vote for vote, num in counts.items() if num == most]
    worth = [[x for vote, x in zip(votes, right, strict=True) if vote == winner] for winner in winners]
    return sum(sum(xs) / len(xs) for xs in worth) / len(winners)
