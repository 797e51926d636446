"""Penalties for saying the same again and again."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from mmreason.errors import RecipeError
from mmreason.rewards.base import CompletionReward, TokenReward
from mmreason.rewards.golds import one_of
from mmreason.types import Completion, Group, Task


def repeated_share(items: Sequence[Hashable], size: int) -> float:
    """Give the share of n-grams that stood before, 0 to 1; 0 for a text without any.

    >>> repeated_share([1, 2, 3, 4], 2), repeated_share([5, 5, 5, 5, 5], 2)
    (0.0, 0.75)
    """
    num = len(items) - size + 1
    if num <= 0:
        return 0.0
    return 1 - len(set(zip(*(items[i:] for i in range(size)), strict=False))) / num


def repeated_places(items: Sequence[Hashable], size: int) -> list[bool]:
    """Mark every item of each n-gram that stood before; an n-gram may overlap with its first time.

    >>> repeated_places("abcab", 2)
    [False, False, False, True, True]
    """
    number: dict[Hashable, int] = {}
    # As bytes, a window of forty tokens is one slice.
    coded = array("Q", [number.setdefault(item, len(number)) for item in items])
    data, width = coded.tobytes(), coded.itemsize
    seen: set[bytes] = set()
    out, end = [False] * len(items), 0
    for start in range(len(items) - size + 1):
        gram = data[start * width : (start + size) * width]
        if gram in seen:
            out[max(start, end) : start + size] = [True] * (start + size - max(start, end))
            end = start + size
        else:
            seen.add(gram)
    return out


@dataclass(frozen=True)
class RepeatedNgrams(TokenReward):
    """A penalty on each token of an n-gram that stood before: "Demystifying long CoT", arXiv:2502.03373, C.2.

    The paper adds it to the reward with a discount of its own (0.99): put it under a credit that turns token rewards
    into returns, such as ``ToGo``. Nothing falls on tokens that the policy did not write.

    Args:
        size: Tokens of an n-gram; 40 in the paper.
        penalty: Of one token, once, however often it is repeated; -0.05 in the paper.

    Raises:
        RecipeError: ``size`` is under 1, or ``penalty`` over 0.
    """

    size: int = 40
    penalty: float = -0.05

    def __post_init__(self) -> None:
        _check("RepeatedNgrams", self.size, self.penalty)

    def place(self, group: Group) -> list[Tensor]:
        """[T] per completion."""
        return [
            torch.tensor(repeated_places(c.tokens.tolist(), self.size), dtype=torch.float64) * self.penalty * c.wrote
            for c in group.completions
        ]


@dataclass(frozen=True)
class RepetitionPenalty(CompletionReward):
    """Penalty for the share of n-grams that stood before, in one number: after arXiv:2502.03373.

    ``penalty * (1 - different / all)``. Not the paper's placement on tokens (``RepeatedNgrams``), but what TRL (over
    tokens), open-r1 and the released code (over words) have. 0 for a completion without n-grams.

    Args:
        size: Items of an n-gram.
        penalty: Of a completion that says one n-gram for ever.
        over: ``tokens``, or lower-case ``words`` between white space.

    Raises:
        RecipeError: ``size`` is under 1, ``penalty`` over 0, or ``over`` neither of the two.
    """

    size: int = 3
    penalty: float = -1.0
    over: Literal["tokens", "words"] = "tokens"

    def __post_init__(self) -> None:
        _check("RepetitionPenalty", self.size, self.penalty)
        one_of(self.over, get_args(Literal["tokens", "words"]), "RepetitionPenalty: over")

    def rate(self, task: Task, completion: Completion) -> float:
        """Give ``penalty`` to 0."""
        items = completion.tokens.tolist() if self.over == "tokens" else completion.text.lower().split()
        share = repeated_share(items, self.size)
        return self.penalty * share if share else 0.0


def _check(name: str, size: int, penalty: float) -> None:
    if size < 1 or not -float("inf") < penalty <= 0:
        raise RecipeError(f"{name}: size is {size} and penalty {penalty}; expected at least 1, and a number up to 0")
