"""Whether an answer is right, and still given once the options are shuffled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from mmreason.errors import RecipeError
from mmreason.parsing.answer_block import answer_block
from mmreason.probes.implied_option import ImpliedOption
from mmreason.probes.shuffled_pass import OptionShuffle, ShuffledPass, marks, options_named, question_of
from mmreason.rewards.answer_set import SetMatch
from mmreason.rewards.base import GroupReward, Reward
from mmreason.rewards.golds import one_of
from mmreason.signals import Signal
from mmreason.types import Group

NAN = float("nan")
Elsewhere = Literal["zero", "accuracy"]


def four_way(first_G: Tensor, second_G: Tensor, both: float = 1.0, first: float = 0.5, second: float = 0.25) -> Tensor:
    """Give [G] ``both``, ``first`` or ``second`` for who is right, and 0 where nobody is.

    Args:
        first_G: bool, the first answer is right.
        second_G: bool, the answer after the shuffle is right.
        both: where both are.
        first: where only the first is.
        second: where only the second is.

    >>> right = torch.tensor([True, True, False, False]), torch.tensor([True, False, True, False])
    >>> four_way(*right).tolist()
    [1.0, 0.5, 0.25, 0.0]
    """
    only = first * (first_G & ~second_G).double() + second * (second_G & ~first_G).double()
    return both * (first_G & second_G).double() + only


@dataclass(frozen=True)
class AnswerConsistency(GroupReward):
    """ACRE, arXiv:2510.10104: full reward only if the answer is right and right again after the options are shuffled.

    An agreement on a wrong option earns nothing. Without a think block there is no second pass, and the second answer
    counts as wrong. NaN where the first could not be judged. The paper has three coefficients for the four outcomes;
    their values are this project's.

    Args:
        both: both answers right.
        first: only the first.
        second: only the second.
        accuracy: whether the first answer is right.
        again: the second answers.
        elsewhere: for a question whose options cannot be shuffled: ``zero``, or ``both`` times the ``accuracy``.

    Raises:
        RecipeError: the order of the coefficients is not both > first >= second >= 0.
    """

    both: float = 1.0
    first: float = 0.5
    second: float = 0.25
    accuracy: Reward = SetMatch(extract=answer_block)
    again: ShuffledPass = ShuffledPass()
    elsewhere: Elsewhere = "zero"

    def __post_init__(self) -> None:
        """Refuse what would pay inconsistency."""
        one_of(self.elsewhere, get_args(Elsewhere), "AnswerConsistency: elsewhere")
        if not self.both > self.first >= self.second >= 0:
            raise RecipeError(
                f"AnswerConsistency needs both > first >= second >= 0, got {self.both}, {self.first} and {self.second}"
            )

    def score(self, group: Group) -> Tensor:
        """[G]."""
        accuracy_G, view = group[self.accuracy].double(), self.again.shuffle.view(group)
        if view is None:
            return accuracy_G * (self.both if self.elsewhere == "accuracy" else 0.0)
        gold = view.change.original.gold
        right_G = (group[self.again] == marks(gold, len(view.change.original.options))).all(-1)
        worth_G = four_way(accuracy_G > 0.5, right_G, self.both, self.first, self.second)
        return worth_G.masked_fill(accuracy_G.isnan(), NAN)


@dataclass(frozen=True)
class CanShuffle(GroupReward):
    """1 for a question whose options can be shuffled, else 0: how much of the data ACRE (arXiv:2510.10104) acts on."""

    shuffle: OptionShuffle = OptionShuffle()

    def score(self, group: Group) -> Tensor:
        """[G]."""
        return torch.full((len(group),), float(group[self.shuffle] is not None), dtype=torch.float64)


@dataclass(frozen=True)
class SameAfterShuffle(GroupReward):
    """1 where the content of the answer is the same after the shuffle, right or wrong, else 0: ACRE's OSCR.

    Option-shuffle consistency rate, arXiv:2510.10104. No answer, or no second one, is not the same; NaN for questions
    whose options cannot be shuffled.
    """

    again: ShuffledPass = ShuffledPass()

    def score(self, group: Group) -> Tensor:
        """[G]."""
        view = self.again.shuffle.view(group)
        if view is None:
            return torch.full((len(group),), NAN, dtype=torch.float64)
        options = view.change.original.options
        first = torch.stack([marks(options_named(c.text, options), len(options)) for c in group.completions])
        return ((first == group[self.again]).all(-1) & first.any(-1)).double()


@dataclass(frozen=True)
class ImpliedAnswer(GroupReward):
    """1 where the option that the reasoning alone comes to is the one answered, or the right one, else 0: ACRE's CACR.

    Chain-answer consistency rate, arXiv:2510.10104. Reasoning that comes to no option is neither; NaN where who reads
    it could not tell, and for questions without options.

    Args:
        same_as: ``answer`` or ``gold``.
        implied: who reads the reasoning: a rule (``ImpliedOption``) or a judge (``JudgedOption``).
    """

    same_as: Literal["answer", "gold"] = "answer"
    implied: Signal[Tensor] = ImpliedOption()

    def __post_init__(self) -> None:
        """Refuse a third thing."""
        one_of(self.same_as, ("answer", "gold"), "ImpliedAnswer: same_as")

    def score(self, group: Group) -> Tensor:
        """[G]."""
        question = question_of(group.task)
        if question is None:
            return torch.full((len(group),), NAN, dtype=torch.float64)
        said = [
            question.gold if self.same_as == "gold" else options_named(c.text, question.options)
            for c in group.completions
        ]
        found_G = group[self.implied].double()
        same = [float(named == (place,)) for named, place in zip(said, found_G.tolist(), strict=True)]
        return torch.tensor(same, dtype=torch.float64).masked_fill(found_G.isnan(), NAN)
