"""Rankings of several pictures from comparisons with a few anchors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple, TypeAlias, TypeVar

from torch import Tensor

from mmreason.metrics.pairwise_score import NAN, average
from mmreason.rewards.decision import DecidesForFirst
from mmreason.signals import Signal
from mmreason.types import Batch, Task

Picture: TypeAlias = int | str
P = TypeVar("P")


class Duel(NamedTuple):
    """One comparison of two pictures of a set."""

    one: Picture
    two: Picture
    first: float
    """Probability that ``one`` wins; NaN where it is not known."""
    anchors: tuple[bool, bool]
    """Whether each of them is an anchor."""


def anchor_scores(duels: Iterable[Duel]) -> dict[Picture, float]:
    """Score each picture by its mean win probability against anchors, arXiv:2506.22832 (the mean is our reading).

    An anchor is scored against the other anchors. A picture without a known duel has no score.

    >>> anchor_scores([Duel("a", "c", 0.9, (False, True)), Duel("c", "b", 0.4, (True, False))])
    {'a': 0.9, 'b': 0.6}
    """
    wins: dict[Picture, list[float]] = {}
    for duel in duels:
        if duel.first == duel.first:
            if duel.anchors[1]:
                wins.setdefault(duel.one, []).append(duel.first)
            if duel.anchors[0]:
                wins.setdefault(duel.two, []).append(1 - duel.first)
    return {picture: sum(won) / len(won) for picture, won in wins.items()}


def kendall(scores: Mapping[P, float], ranks: Mapping[P, float]) -> float:
    """Kendall's tau-a between scores (more is better) and ranks (less is better), from -1 to 1.

    Over the scored pictures of different rank; equal scores count 0. NaN without two of them.

    >>> kendall({"a": 0.9, "b": 0.6, "c": 0.1}, {"a": 1, "b": 3, "c": 2})
    0.3333333333333333
    """
    signs = []
    for a, b in combinations(scores, 2):
        if ranks[a] != ranks[b]:
            better = scores[a] - scores[b] if ranks[a] < ranks[b] else scores[b] - scores[a]
            signs.append(float((better > 0) - (better < 0)))
    return sum(signs) / len(signs) if signs else NAN


def best_found(scores: Mapping[P, float], ranks: Mapping[P, float]) -> float:
    """Share of the highest scored pictures that have the best rank: 1 or 0 unless scores are tied; NaN of nothing."""
    top = [picture for picture, score in scores.items() if score == max(scores.values())]
    least = min((ranks[picture] for picture in scores), default=NAN)
    return average(float(ranks[picture] == least) for picture in top)


@dataclass(frozen=True)
class AnchorRanking:
    """How well pictures are ranked that were compared with a few anchors only, arXiv:2506.22832. For ``AnchorDuels``.

    Tasks that are no duels are left out.

    Args:
        wins: [G] probability that the picture shown first wins, see ``PairwiseScore``; completions are averaged.
    """

    wins: Signal[Tensor] = DecidesForFirst()

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Give ``tau`` (mean Kendall's tau-a of the sets), ``best_found`` and ``sets`` (how many)."""
        found = [told_of(g.task, float(g[self.wins].double().nanmean())) for g in batch.groups if len(g)]
        told = [duel for duel in found if duel is not None]
        duels: dict[str, list[Duel]] = {}
        ranks: dict[str, dict[Picture, float]] = {}
        for name, duel, of_both in batch.across.gather(told):
            duels.setdefault(name, []).append(duel)
            ranks.setdefault(name, {}).update(of_both)
        scores = {name: anchor_scores(of_set) for name, of_set in duels.items()}
        return {
            "tau": average(kendall(scores[name], ranks[name]) for name in scores),
            "best_found": average(best_found(scores[name], ranks[name]) for name in scores if scores[name]),
            "sets": float(sum(len(of_set) > 1 for of_set in scores.values())) or NAN,
        }


def told_of(task: Task, first: float) -> tuple[str, Duel, dict[Picture, float]] | None:
    """Read a duel: its set, who met whom, and the true ranks of both; None for a task that is none."""
    record = task.record
    fields = [record.get(name) for name in ("pictures", "anchors", "ranks")]
    if not all(isinstance(field, Sequence) and len(field) == 2 for field in fields):
        return None
    pictures, anchors, ranks = ([*field] for field in fields if field is not None)
    duel = Duel(pictures[0], pictures[1], first, (bool(anchors[0]), bool(anchors[1])))
    return str(record.get("set")), duel, dict(zip(pictures, map(float, ranks), strict=True))
