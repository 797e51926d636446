"""Whether code can stand for a chart and a question: as the data say, or as samples of both strategies show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, get_args

import torch
from torch import Tensor

from mmreason.asks import REFERENCE, Generate, Role, Sampling, Tokenise
from mmreason.errors import DataError, RecipeError
from mmreason.parsing.strategy import Strategy
from mmreason.rewards.base import CompletionReward
from mmreason.rewards.chart_accuracy import ChartAccuracy
from mmreason.rewards.golds import place
from mmreason.seeds import seed_of
from mmreason.signals import Probe, Signal
from mmreason.types import Batch, Completion, Group, Task
from vision_data.messages import media_of

FIELD = "programmable"


def label_of(task: Task, field: str = FIELD) -> bool | None:
    """Read a programmability label; None where the record has none.

    Raises:
        DataError: it is something else than true, false, 1 or 0.
    """
    value = task.record.get(field)
    if value is not None and value not in (0, 1):
        raise DataError(f"{place(task)}: {field} is {value!r}, expected true or false")
    return None if value is None else bool(value)


@dataclass(frozen=True)
class Programmable(Signal[Tensor]):
    """[G] the label of Code-as-Thought, arXiv:2509.09286: 1 where code is enough to answer, NaN for no label.

    It is the same for all completions of a task. In the paper people give it to each chart and question: can one redraw
    the chart with a plotting library, and does the code hold the answer? In doubt, no.

    Args:
        field: The record's field: true, false, 1 or 0.
    """

    field: str = FIELD

    def values(self, batch: Batch, replies: Sequence[Sequence[Any]]) -> list[Tensor]:
        """Read every group's record."""
        return [spread(label_of(group.task, self.field), group) for group in batch.groups]


def spread(label: bool | None, group: Group) -> Tensor:
    """[G] a label as a number, NaN for none."""
    return torch.full((len(group),), math.nan if label is None else float(label), dtype=torch.float64)


@dataclass(frozen=True)
class StrategyStarts(Probe["list[Tensor]", Completion]):
    """[T] tokens of ``<CODE>`` and of ``<DIRECT>``, for trials of Code-as-Thought's strategies (arXiv:2509.09286).

    Args:
        by: Whose tokens.
    """

    by: Role = REFERENCE
    per_completion: ClassVar[bool] = False

    def ask(self, group: Group, batch: Batch) -> list[Tokenise]:
        """Two texts, for a group with a picture."""
        words = get_args(Strategy) if len(group) and media_of(group.task.prompt) else ()
        return [Tokenise(self.by, f"<{word}>", end=False, wrote=False) for word in words]

    def read(self, group: Group, replies: Sequence[Completion]) -> list[Tensor]:
        """Code first; nothing where nothing was asked."""
        return [reply.tokens for reply in replies]


@dataclass(frozen=True)
class TriedProgrammability(Probe[Tensor, "list[Completion]"]):
    """[G] a label for tasks without one: 1 where a model's answers by code are more often right than its direct ones.

    Stands in for the people who label the data of Code-as-Thought (arXiv:2509.09286); the rule is this project's. The
    model answers ``num`` times in either strategy, whose token it is given. As there, in doubt it is no: answers that
    are as often right either way, or never, make the label 0. NaN for a task without a picture. A record's own label
    goes before, and nothing is sampled then. A frozen model gives a task the same label whenever it comes.

    Args:
        num: Answers in each strategy.
        limit: New tokens at most.
        starts: What answers begin with, and who gives them.
        accuracy: Judges the answers.
        field: The record's own label.
        temperature: Of the answers.
        seed: Of the answers, together with the task.

    Raises:
        RecipeError: ``num`` or ``limit`` is below 1.
    """

    num: int = 4
    limit: int = 512
    starts: StrategyStarts = StrategyStarts()
    accuracy: CompletionReward = ChartAccuracy()
    field: str = FIELD
    temperature: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be sampled."""
        if self.num < 1 or self.limit < 1:
            raise RecipeError(f"TriedProgrammability needs num >= 1 and limit >= 1, got {self.num} and {self.limit}")

    def ask(self, group: Group, batch: Batch) -> list[Generate]:
        """Both strategies, for a task without a label."""
        if not len(group) or label_of(group.task, self.field) is not None:
            return []
        how = Sampling(temperature=self.temperature)
        return [
            Generate(
                self.starts.by,
                group.task.prompt,
                after=forced(tokens, word),
                num=self.num,
                limit=self.limit,
                sampling=how,
                seed=seed_of(self.seed, "strategy", word, group.task.id),
            )
            for tokens, word in zip(group[self.starts], get_args(Strategy), strict=False)
        ]

    def read(self, group: Group, replies: Sequence[list[Completion]]) -> Tensor:
        """Compare how often either is right; what cannot be judged is wrong."""
        if not replies:
            return spread(label_of(group.task, self.field), group)
        code, direct = (sum(self.accuracy.rate(group.task, c) == 1 for c in tried) for tried in replies)
        return spread(code > direct, group)


def forced(tokens: Tensor, word: str) -> Completion:
    """A strategy token as the beginning of a completion that the model did not write."""
    none = torch.zeros(len(tokens), dtype=torch.bool)
    return Completion(text=f"<{word}>", tokens=tokens, logprobs=torch.zeros(len(tokens)), wrote=none)
