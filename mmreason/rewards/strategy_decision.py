"""Whether an answer is given in the way that suits its question."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.errors import RecipeError
from mmreason.parsing.strategy import Strategy, strategy_of
from mmreason.probes.programmability import Programmable
from mmreason.rewards.base import GroupReward, Reward
from mmreason.rewards.chart_accuracy import ChartAccuracy
from mmreason.signals import Signal
from mmreason.types import Group


def decision_reward(right: float, strategy: Strategy | None, label: float, partial: float = 0.5) -> float:
    """Reward the right strategy, more so with the right answer.

    Args:
        right: Accuracy, NaN where it was not measured.
        strategy: What was chosen; None for nothing.
        label: 1 where it should be code, 0 where not, NaN where nobody knows.
        partial: Reward of the right strategy with a wrong answer.

    Returns:
        0 for the other strategy or none; else 1 for accuracy 1, ``partial`` for accuracy 0; NaN without a label, and
        for the right strategy without accuracy.

    >>> decision_reward(0.0, "CODE", 1), decision_reward(1.0, "DIRECT", 1)
    (0.5, 0.0)
    """
    if math.isnan(label):
        return label
    return partial + (1 - partial) * right if strategy == ("CODE" if label else "DIRECT") else 0.0


@dataclass(frozen=True)
class StrategyDecision(GroupReward):
    """Code-as-Thought's decision reward, arXiv:2509.09286: 1 for the right strategy and answer.

    The strategy is the first of ``<CODE>`` and ``<DIRECT>`` in a completion; it should be code where the label says
    that code keeps what is needed. 0 for the other strategy and for none. NaN for a task without a label.

    Args:
        accuracy: 1 where the answer is right.
        label: The task's label, read from its record or found out by trial (``TriedProgrammability``).
        partial: What the right strategy with a wrong answer earns; the paper has such partial
            credit and does not publish it.

    Raises:
        RecipeError: ``partial`` is not within 0 and 1.
    """

    accuracy: Reward = ChartAccuracy()
    label: Signal[Tensor] = Programmable()
    partial: float = 0.5

    def __post_init__(self) -> None:
        """Refuse what is no share."""
        if not 0 <= self.partial <= 1:
            raise RecipeError(f"StrategyDecision: partial is {self.partial}, expected 0 to 1")

    def score(self, group: Group) -> Tensor:
        """[G] 0 to 1, or NaN."""
        seen = zip(group[self.accuracy].tolist(), group.completions, group[self.label].tolist(), strict=True)
        values = [decision_reward(right, strategy_of(c.text), label, self.partial) for right, c, label in seen]
        return torch.tensor(values, dtype=torch.float64)
