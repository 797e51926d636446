"""What the papers' metrics count, as one number for each answer, so that intervals and tests can be given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.metrics.contradiction import ContradictionRate
from mmreason.metrics.reasonmap import Variant
from mmreason.metrics.reasonmap_report import score_completion
from mmreason.metrics.skip_ratio import skips, thought_tokens
from mmreason.parsing.strategy import Strategy, strategy_of
from mmreason.probes.programmability import Programmable
from mmreason.rewards.base import CompletionReward, GroupReward, Reward
from mmreason.rewards.grit.box_count import BoxCount
from mmreason.rewards.grit.chain import ChainBoxes, is_counting
from mmreason.rewards.reasonmap_accuracy import ReasonMapAccuracy
from mmreason.rewards.reasonmap_record import PLANNING
from mmreason.signals import Signal
from mmreason.types import Completion, Group, Task

NAN = float("nan")


@dataclass(frozen=True)
class AnswerRead(CompletionReward):
    """1 where an answer could be read, else 0. Not from a paper: what is wrong and what is unreadable differ.

    Args:
        extract: from a completion to its answer.
    """

    extract: Callable[[str], str | None]

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1 or 0."""
        return float(bool((self.extract(completion.text) or "").strip()))


@dataclass(frozen=True)
class MapScore(GroupReward):
    """ReasonMap's map score of planning answers (arXiv:2505.18675); NaN for other questions.

    Args:
        accuracy: says which are correct.
        variant: see ``metrics.reasonmap.via_count_score``.
    """

    accuracy: Reward = ReasonMapAccuracy()
    variant: Variant = "paper"

    def score(self, group: Group) -> Tensor:
        """[G] 0 to 20, or to 40 for long questions."""
        if group.task.record.get("type") != PLANNING:
            return torch.full((len(group),), NAN, dtype=torch.float64)
        pairs = zip(group.completions, group[self.accuracy].tolist(), strict=True)
        found = [score_completion(group.task, c, right, None, self.variant).map_score for c, right in pairs]
        return torch.tensor([NAN if x is None else x for x in found], dtype=torch.float64)


@dataclass(frozen=True)
class Skipped(CompletionReward):
    """1 where the thought is empty, else 0: TON's skip ratio, arXiv:2505.16854."""

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1 or 0."""
        return float(skips(completion.text))


@dataclass(frozen=True)
class ThoughtTokens(CompletionReward):
    """Tokens of the thought, as in TON (arXiv:2505.16854); NaN where nobody knows what a token spells."""

    def rate(self, task: Task, completion: Completion) -> float:
        """Count them."""
        return thought_tokens(completion)


@dataclass(frozen=True)
class CountMatch(CompletionReward):
    """1 where a counting chain has as many boxes as there are things, else 0: GRIT, arXiv:2505.15879; else NaN.

    Args:
        boxes: which numbers are boxes.
    """

    boxes: ChainBoxes = ChainBoxes()

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1, 0 or NaN."""
        return BoxCount(self.boxes).rate(task, completion) if is_counting(task) else NAN


@dataclass(frozen=True)
class Contradicted(GroupReward):
    """1 where the listener decides otherwise than the answer, else 0, arXiv:2506.22832; see ``ContradictionRate``.

    Args:
        rate: who listens.
    """

    rate: ContradictionRate = ContradictionRate()

    def score(self, group: Group) -> Tensor:
        """[G]; NaN where nobody decided or listened."""
        return self.rate.of(group)


@dataclass(frozen=True)
class Strategic(CompletionReward):
    """1 where the answer is written in a strategy, else 0: Code-as-Thought's usage, arXiv:2509.09286.

    Args:
        strategy: CODE or DIRECT.
    """

    strategy: Strategy = "CODE"

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1 or 0."""
        return float(strategy_of(completion.text) == self.strategy)


@dataclass(frozen=True)
class FollowsLabel(GroupReward):
    """1 where the strategy is the one that suits the chart, else 0, arXiv:2509.09286; NaN without a label.

    Args:
        label: whether code suits the task.
        code: whether code was used.
        direct: whether it was answered directly.
    """

    label: Signal[Tensor] = Programmable()
    code: Reward = Strategic("CODE")
    direct: Reward = Strategic("DIRECT")

    def score(self, group: Group) -> Tensor:
        """[G]."""
        label_G = group[self.label].double()
        return label_G * group[self.code] + (1 - label_G) * group[self.direct]
