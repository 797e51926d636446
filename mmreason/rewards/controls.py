"""Rewards that should teach nothing or the wrong thing: what a gain is compared with before it is believed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from mmreason.errors import RecipeError
from mmreason.parsing.answers import normalise_answer
from mmreason.parsing.math_answer import math_answer
from mmreason.rewards.accuracy import Accuracy
from mmreason.rewards.base import GroupReward, Reward
from mmreason.rewards.random_calculation import CalculationReward
from mmreason.seeds import seed_of
from mmreason.types import Batch, Group


@dataclass(frozen=True)
class RandomReward(Reward):
    """The random control of arXiv:2507.10532: 1 with a fixed probability, whatever the answer.

    The draw depends on the seed, the step, the task and the text; equal texts of a group draw one by one.

    Args:
        probability: of a 1.
        seed: of the draws.
    """

    probability: float = 0.5
    seed: int = 0
    whole_batch: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not 0.0 <= self.probability <= 1.0:
            raise RecipeError(f"RandomReward: probability is {self.probability}, expected 0 to 1")

    def __call__(self, batch: Batch) -> list[Tensor]:
        """Draw for every completion."""
        return [self.drawn(group, batch.progress.stage, batch.progress.step) for group in batch.groups]

    def drawn(self, group: Group, stage: str, step: int) -> Tensor:
        """Draw [G]."""
        seen: Counter[str] = Counter()
        out = []
        for c in group.completions:
            seen[c.text] += 1
            rng = random.Random(seed_of(self.seed, stage, step, group.task.id, c.text, seen[c.text]))
            out.append(float(rng.random() < self.probability))
        return torch.tensor(out, dtype=torch.float64)


@dataclass(frozen=True)
class Inverted(GroupReward):
    """The inverted control of arXiv:2507.10532: 1 minus another reward; what that could not measure stays missing.

    Args:
        of: a reward from 0 to 1.
    """

    of: Reward = CalculationReward()

    def score(self, group: Group) -> Tensor:
        """[G]."""
        return 1.0 - group[self.of]


@dataclass(frozen=True)
class MajorityIncorrect(GroupReward):
    """The mv-incorrect control of arXiv:2507.10532: 1 for the group's most frequent answer where that is wrong.

    All get 0 where the majority is right. Of equally frequent answers the first in alphabetical order counts;
    completions without an answer have no vote.

    Args:
        correct: says what is right (1) and wrong.
        extract: Completion text to answer, None where there is none.
        normalise: Answers that are equal after it are one.
    """

    correct: Reward = Accuracy()
    extract: Callable[[str], str | None] = math_answer
    normalise: Callable[[str], str] = normalise_answer

    def score(self, group: Group) -> Tensor:
        """[G]; NaN where nobody could say whether the majority is right."""
        said = [self.normalise(self.extract(c.text) or "") for c in group.completions]
        winner = majority(said)
        if winner is None:
            return torch.zeros(len(group), dtype=torch.float64)
        mine = torch.tensor([answer == winner for answer in said])
        right = group[self.correct][mine]
        if bool(right.isnan().all()):
            return torch.full((len(group),), float("nan"), dtype=torch.float64)
        wrong = bool(right.nan_to_num().max() < 1.0)
        return (mine & wrong).double()


def majority(answers: Sequence[str]) -> str | None:
    """Give the most frequent answer that is not empty, the alphabetically first of equals; None where there is none.

    >>> majority(["4", "3", "", "3", "4"])
    '3'
    """
    votes = Counter(answer for answer in answers if answer)
    return min(votes, key=lambda answer: (-votes[answer], answer), default=None)
