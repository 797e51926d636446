"""Preferences by probability: how likely a picture wins, in both orders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from mmreason.rewards.decision import DecidesForFirst, preferred
from mmreason.signals import Signal
from mmreason.types import Batch

NAN = float("nan")


class Win(NamedTuple):
    """One pair in one order."""

    pair: str
    turned: bool
    first: float
    """Probability that the picture shown first wins."""
    better: int
    """Which one is better as shown, 1 or 2."""

    @property
    def of_one(self) -> float:
        """Probability that picture 1 of the order as given wins."""
        return 1 - self.first if self.turned else self.first


def average(values: Iterable[float]) -> float:
    """Mean of what is there, NaN of nothing."""
    seen = [value for value in values if value == value]
    return sum(seen) / len(seen) if seen else NAN


def accuracy_of(first: float, better: int) -> float:
    """Give 1 where the better picture has more than half of the probability, 0.5 where it has half of it, else 0.

    >>> accuracy_of(0.7, 1), accuracy_of(0.7, 2), accuracy_of(0.5, 2)
    (1.0, 0.0, 0.5)
    """
    right = first if better == 1 else 1 - first
    return NAN if right != right else float(right > 0.5) + 0.5 * float(right == 0.5)


@dataclass(frozen=True)
class PairwiseScore:
    """Accuracy of the policy's own win probabilities after its chains, arXiv:2506.22832; both orders averaged.

    They are averaged over the completions of a task, and over both orders of a pair where ``BothOrders`` asks it twice.

    Args:
        wins: [G] probability that the picture shown first wins. ``ListenerChoice`` with the policy itself as the
            listener reads it from the tokens that may follow ``"image_1": ``; by default decisions are counted.
    """

    wins: Signal[Tensor] = DecidesForFirst()

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Give four numbers: accuracy of both orders and of single ones, and what the order does.

        ``pairwise_accuracy`` and ``one_order_accuracy``; ``order_flips``: share of pairs whose orders prefer different
        pictures; ``first_shown``: mean probability of the picture shown first, 0.5 without a bias.
        """
        wins = batch.across.gather(own_wins(batch, self.wins))
        pairs: dict[str, list[Win]] = {}
        for win in wins:
            pairs.setdefault(win.pair, []).append(win)
        both = [pair for pair in pairs.values() if len(pair) == 2 and all(win.first == win.first for win in pair)]
        return {
            "pairwise_accuracy": average(accuracy_of(average(w.of_one for w in p), gold(p[0])) for p in pairs.values()),
            "one_order_accuracy": average(accuracy_of(win.first, win.better) for win in wins),
            "order_flips": average(float((p[0].of_one - 0.5) * (p[1].of_one - 0.5) < 0) for p in both),
            "first_shown": average(win.first for pair in both for win in pair),
        }


def own_wins(batch: Batch, signal: Signal[Tensor]) -> list[Win]:
    """Those of this rank, one per group."""
    out = []
    for group in batch.groups:
        record, better = group.task.record, preferred(group.task)
        if better is not None and len(group):
            first = float(group[signal].double().nanmean())
            out.append(Win(str(record.get("pair", group.task.id)), bool(record.get("turned")), first, better))
    return out


def gold(win: Win) -> int:
    """Which picture of the order as given is better."""
    return 3 - win.better if win.turned else win.better
