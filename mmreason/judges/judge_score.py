"""A judge's score as a reward."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from mmreason.asks import JUDGE, Role, Sampling
from mmreason.errors import RecipeError
from mmreason.judges.asks import Parser, Template
from mmreason.judges.judged import Judged
from mmreason.judges.templates import grade_answer, score_in
from mmreason.rewards.base import GroupReward
from mmreason.types import Group


@dataclass(frozen=True)
class JudgeScore(GroupReward):
    """What a judge says of a completion, for instance how well its answer agrees with the gold one. Not from a paper.

    GRIT (arXiv:2505.15879) and HumanOmniV2 (arXiv:2506.21277) reward with such scores. Not measured (NaN) where nobody
    answered or the reply cannot be read. Whoever plays ``by`` decides where the question goes: ``OpenAIServer``,
    ``LocalJudge`` or ``RuleJudge``.

    Args:
        template: Writes the question from task and completion; None asks nothing. A module-level function.
        parser: Reads the reply; None where it cannot. A module-level function.
        by: Who judges.
        threshold: 1 from this number on and 0 below; None keeps the number.
        strict: With a threshold: 1 only above it, as GRIT's code has it with 0.
        unasked: What a completion gets about which nothing is asked; None is not measured.
        limit: New tokens of the reply at most.
        sampling: How the reply is drawn.
        tries: Times that a completion without a number is asked about.
    """

    template: Template = grade_answer
    parser: Parser = score_in
    by: Role = JUDGE
    threshold: float | None = None
    strict: bool = False
    unasked: float | None = None
    limit: int = 64
    sampling: Sampling = Sampling(temperature=0.0)
    tries: int = 1
    judged: Judged = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.threshold != self.threshold or self.unasked != self.unasked:
            raise RecipeError("JudgeScore: threshold or unasked is NaN, expected a number or None")
        asked = Judged(self.template, self.parser, self.by, self.limit, self.sampling, self.tries)
        object.__setattr__(self, "judged", asked)

    def score(self, group: Group) -> Tensor:
        """Give [G]."""
        found = group[self.judged].double()
        if self.threshold is not None:
            passed = found > self.threshold if self.strict else found >= self.threshold
            found = passed.double().masked_fill(found.isnan(), float("nan"))
        if self.unasked is not None:
            silent = torch.tensor([self.template(group.task, c) is None for c in group.completions], dtype=torch.bool)
            found = found.masked_fill(silent, self.unasked)
        return found
