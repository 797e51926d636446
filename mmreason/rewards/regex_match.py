"""Whether a text has a form that a regular expression describes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import torch
from torch import Tensor

from mmreason.errors import RecipeError
from mmreason.parsing.limited_regex import Where, check_pattern, matches
from mmreason.rewards.base import GroupReward
from mmreason.rewards.golds import NAN, Extract, one_of
from mmreason.types import Batch, Group


def regex_match(text: str, pattern: str, where: Where = "full", flags: int = 0, seconds: float = 1.0) -> float:
    """Give 1 where a pattern matches the text, else 0; NaN where it takes over ``seconds``.

    The pattern is searched in a worker process. Many texts: ``limited_regex.matches``.

    Raises:
        RecipeError: it is no regular expression.
    """
    return _worth(matches(pattern, [text], where, flags, seconds)[0])


def _worth(found: bool | None) -> float:
    return NAN if found is None else float(found)


@dataclass(frozen=True)
class RegexMatch(GroupReward):
    """1 where a regular expression matches the completion, else 0. Not from a paper.

    Searched in worker processes, all completions of a batch at once: a pattern that backtracks for ever on some text
    costs ``seconds`` and gives NaN there. The empty answer never matches.

    Args:
        pattern: In the syntax of Python's ``re``.
        where: What it must match: the ``full`` text (but for white space around it), its ``start``, or ``anywhere``.
        flags: Of ``re``, such as ``re.IGNORECASE``.
        extract: Completion text to what is searched; None searches all of it.
        seconds: Time-out of one text.

    Raises:
        RecipeError: the pattern is no regular expression, or a setting is out of range.
    """

    pattern: str = r"(?s)<think>.*?</think>\s*<answer>.*?</answer>"
    where: Where = "full"
    flags: int = 0
    extract: Extract | None = None
    seconds: float = 1.0

    def __post_init__(self) -> None:
        one_of(self.where, get_args(Where), "RegexMatch: where")
        check_pattern(self.pattern, self.flags, "RegexMatch: pattern")
        if isinstance(self.flags, re.RegexFlag):
            object.__setattr__(self, "flags", int(self.flags))
        if not 0.0 < self.seconds < float("inf"):
            raise RecipeError(f"RegexMatch: seconds is {self.seconds}, expected a positive number")

    def __call__(self, batch: Batch) -> list[Tensor]:
        """Score every group; all texts go to the workers at once."""
        rated = iter(self._rated([c.text for _, c in batch.pairs()]))
        return [torch.tensor([next(rated) for _ in g.completions], dtype=torch.float64) for g in batch.groups]

    def score(self, group: Group) -> Tensor:
        """[G]."""
        return torch.tensor(self._rated([c.text for c in group.completions]), dtype=torch.float64)

    def _rated(self, texts: Sequence[str]) -> list[float]:
        said = [((self.extract(text) or "") if self.extract else text).strip() for text in texts]
        found = matches(self.pattern, said, self.where, self.flags, self.seconds)
        return [0.0 if not text else _worth(x) for text, x in zip(said, found, strict=True)]
