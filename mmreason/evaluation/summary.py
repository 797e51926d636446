"""The numbers that sum up an evaluation, each with the interval that it lies in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mmreason.evaluation.intervals import Interval, bootstrap
from mmreason.evaluation.items import Item
from mmreason.evaluation.votes import majority, powers
from mmreason.metrics.pass_at_k import pass_at_k
from mmreason.seeds import seed_of

NAN = float("nan")
ALL = "all"
GREEDY, SAMPLED = "greedy", "sampled"
HALF = 0.5
"""A reward above it counts as right."""

Figure = Callable[[Item], float]


@dataclass(frozen=True)
class Mean:
    """Mean of one reward over an item's answers."""

    reward: str

    def __call__(self, item: Item) -> float:
        """Give it; NaN where nothing was measured."""
        return item.mean(self.reward)


@dataclass(frozen=True)
class Pass:
    """Unbiased pass@k of an item (arXiv:2107.03374); NaN with fewer than k measured answers."""

    reward: str
    k: int

    def __call__(self, item: Item) -> float:
        """Give the chance that one of k is right."""
        seen = [x > HALF for x in item.values.get(self.reward, ()) if x == x]
        return pass_at_k(len(seen), sum(seen), self.k) if len(seen) >= self.k else NAN


@dataclass(frozen=True)
class Majority:
    """How right the majority of k answers is (self-consistency, arXiv:2203.11171)."""

    reward: str
    k: int

    def __call__(self, item: Item) -> float:
        """Give it; NaN with fewer than k answers."""
        if len(item.votes) < self.k:
            return NAN
        return majority(item.votes, item.values[self.reward], self.k, seed_of("majority", item.task, self.k))


def tokens(item: Item) -> float:
    """Mean length; NaN where nobody knows it."""
    return average(item.tokens)


def cut(item: Item) -> float:
    """Share of answers that the limit ended."""
    return average(item.cut)


def average(values: Sequence[float]) -> float:
    """Mean of what is there; NaN of nothing."""
    seen = [x for x in values if x == x]
    return sum(seen) / len(seen) if seen else NAN


def figures(rewards: Sequence[str], num: int) -> dict[str, Figure]:
    """What is summed up: every reward; with several samples pass@k and majority@k of the first; lengths.

    Args:
        rewards: names, the first says what is right.
        num: answers to each question.
    """
    out: dict[str, Figure] = {name: Mean(name) for name in rewards}
    if num > 1:
        out |= {f"pass@{k}": Pass(rewards[0], k) for k in powers(num)}
        out |= {f"majority@{k}": Majority(rewards[0], k) for k in powers(num) if k > 2}
    return out | {"tokens": tokens, "cut": cut}


Scores = dict[str, dict[str, dict[str, Interval]]]
"""By exam, label and figure."""


def summarise(items: Sequence[Item], rewards: Sequence[str], seed: int = 0, draws: int = 2000) -> Scores:
    """Give every figure of every exam, over all questions and over those of each label.

    With weights (maps of different difficulty) the mean of the first reward is there twice: plain, and as
    ``weighted_<name>``; all other figures are plain. What nobody measured is left out.

    Args:
        items: answers of all exams.
        rewards: names, the first says what is right.
        seed: of the bootstrap.
        draws: of the bootstrap.
    """
    out: Scores = {}
    for exam in dict.fromkeys(item.exam for item in items):
        mine = [item for item in items if item.exam == exam]
        of_exam = figures(rewards, max(len(item.votes) for item in mine))
        out[exam] = {label: numbers(some, of_exam, rewards[0], seed, draws) for label, some in by_label(mine).items()}
    return out


def by_label(items: Sequence[Item]) -> dict[str, list[Item]]:
    """All items, then those of each label in the order in which labels come.

    A label that all items have is left out, and so is one that has the same items as an earlier one.
    """
    out, seen = {ALL: list(items)}, {frozenset(range(len(items)))}
    for label in dict.fromkeys(label for item in items for label in item.labels):
        chosen = [i for i, item in enumerate(items) if label in item.labels]
        if frozenset(chosen) not in seen:
            seen.add(frozenset(chosen))
            out[label] = [items[i] for i in chosen]
    return out


def numbers(items: Sequence[Item], of: dict[str, Figure], right: str, seed: int, draws: int) -> dict[str, Interval]:
    """The figures over some items."""
    clusters = [item.cluster for item in items]
    out = {}
    for name, figure in of.items():
        values = [figure(item) for item in items]
        if any(x == x for x in values):
            out[name] = bootstrap(values, clusters, seed=seed, draws=draws)
        if name == right and any(item.weight != 1 for item in items):
            weights = [item.weight for item in items]
            out[f"weighted_{name}"] = bootstrap(values, clusters, weights, seed, draws)
    return out
