"""One reward term drowns the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmreason.rewards.base import Reward
from mmreason.watch.guard import NAN, Found, Guard, View


@dataclass(frozen=True, kw_only=True)
class DominantTerm(Guard):
    """Nearly all variance within groups, which is what is learned from, comes from one term while another still varies.

    A term that has become constant has been learned, and is no alarm. Not from a paper.

    Attributes:
        share: of the sum of the terms' variances, weights included.
        alive: standard deviation within groups, without weight, from which a term still varies.
    """

    share: float = 0.99
    alive: float = 0.05
    after: int = 10
    remedy: ClassVar[str] = "bring the terms' weights nearer to one another, or normalise each term by itself"

    def look(self, view: View) -> Found | None:
        """Compare the terms' variances."""
        batch = view.batch
        columns = {term.name: term.reward for term in batch.terms if isinstance(term.reward, Reward)}
        if len(columns) < 2:
            return None
        spread = {name: view.mean([spread_of(g[r].tolist()) for g in batch.groups]) for name, r in columns.items()}
        weight = {term.name: batch.progress.at(term.weight) ** 2 for term in batch.terms}
        alive = {name: value for name, value in spread.items() if value == value and weight[name] > 0}
        whole = sum(value * weight[name] for name, value in alive.items())
        if not whole:
            return None
        first = max(alive, key=lambda name: alive[name] * weight[name])
        share = alive[first] * weight[first] / whole
        drowned = [name for name, value in alive.items() if name != first and value > self.alive**2]
        text = (
            f"{share:.1%} of the variance within groups is that of {first}; {', '.join(drowned)} still varies unheard"
        )
        return Found(share > self.share and bool(drowned), text)


def spread_of(rewards: list[float]) -> float:
    """Variance of the rewards that were measured; NaN for fewer than two.

    >>> spread_of([0.0, 1.0, float("nan")])
    0.25
    """
    seen = [r for r in rewards if r == r]
    if len(seen) < 2:
        return NAN
    mean = sum(seen) / len(seen)
    return sum((r - mean) ** 2 for r in seen) / len(seen)
