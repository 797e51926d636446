"""Decisions for one of two pictures: in the form asked for, and right."""

from __future__ import annotations

from dataclasses import dataclass

from mmreason.parsing.decision import chain_of, read_decision, verdict_in
from mmreason.rewards.base import CompletionReward
from mmreason.rewards.format import ThinkAnswerFormat
from mmreason.rewards.golds import NAN
from mmreason.types import Completion, Task


def preferred(task: Task) -> int | None:
    """Give the picture that is better, 1 or 2; None for a task whose gold answer is no decision, or that has none."""
    return None if task.answer is None else read_decision(task.answer)


@dataclass(frozen=True)
class DecisionAccuracy(CompletionReward):
    """1 where a completion decides for the picture that people prefer, else 0: r_acc of arXiv:2506.22832.

    The decision is JSON after the thought, see ``read_decision``. NaN for a task whose gold
    answer is no decision.
    """

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1, 0 or NaN."""
        better = preferred(task)
        return NAN if better is None else float(read_decision(completion.text) == better)


@dataclass(frozen=True)
class DecisionFormat(CompletionReward):
    """1 for ``<think>...</think><answer>{"image_1": 1, "image_2": 0}</answer>`` and nothing else, else 0.

    r_fmt of arXiv:2506.22832; exactly one of the two pictures has a 1. The paper's keys are not known.

    Args:
        opened: the prompt ends with the opening think tag, so the completion does not repeat it.
    """

    opened: bool = False

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1 or 0."""
        is_formed = ThinkAnswerFormat(opened=self.opened).rate(task, completion) == 1
        return float(is_formed and read_decision(completion.text) is not None)


@dataclass(frozen=True)
class DecidesForFirst(CompletionReward):
    """1 where a completion decides for the picture shown first, 0 for the second, NaN for neither. Not from a paper.

    For metrics of pairs, where nobody gives probabilities.
    """

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1, 0 or NaN."""
        said = read_decision(completion.text)
        return NAN if said is None else float(said == 1)


@dataclass(frozen=True)
class ChainForFirst(CompletionReward):
    """1 where the chain names the picture shown first last, 0 for the second, NaN for neither. Not from a paper.

    A listener by rule, exact for chains that end in their verdict ("... So image 2.").
    """

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1, 0 or NaN."""
        named = verdict_in(chain_of(completion.text))
        return NAN if named is None else float(named == 1)
