"""A judge's number for each completion."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import isfinite

import torch
from torch import Tensor

from mmreason.asks import JUDGE, Role, Sampling
from mmreason.errors import RecipeError
from mmreason.judges.asks import NAN, Judge, Parser, Template, Verdict, called, question
from mmreason.judges.templates import grade_answer, score_in
from mmreason.signals import Probe
from mmreason.types import Batch, Group
from vision_data.messages import Prompt

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Judged(Probe[Tensor, "Verdict | None"]):
    """[G] what a judge's reply says of each completion. Not from a paper.

    NaN where nobody answered, where the reply cannot be read as a finite number, and where the template has nothing to
    ask.

    Args:
        template: Writes what is asked; None asks nothing.
        parser: Reads the reply.
        by: Who judges.
        limit: New tokens of the reply at most.
        sampling: How the reply is drawn.
        tries: Times that a completion without a number is asked about; each has a seed of its own, which matters at a
            temperature above 0.
    """

    template: Template = grade_answer
    parser: Parser = score_in
    by: Role = JUDGE
    limit: int = 64
    sampling: Sampling = Sampling(temperature=0.0)
    tries: int = 1
    before: Judged | None = field(init=False, default=None, repr=False)
    """The tries before this one."""

    def __post_init__(self) -> None:
        if self.tries < 1 or self.limit < 1:
            raise RecipeError(f"Judged needs tries >= 1 and limit >= 1, got {self.tries} and {self.limit}")
        if self.tries > 1:
            object.__setattr__(self, "before", replace(self, tries=self.tries - 1))

    def ask(self, group: Group, batch: Batch) -> list[Judge]:
        """One request per completion that has no number yet."""
        return [
            Judge(self.by, prompt, self.limit, self.sampling, self.tries - 1, (), group.task, completion)
            for prompt, completion in zip(self.prompts(group), group.completions, strict=True)
            if prompt
        ]

    def values(self, batch: Batch, replies: Sequence[Sequence[Verdict | None]]) -> Sequence[Tensor]:
        """Read every group's replies; the log tells where there are replies and none can be read."""
        texts = [verdict.text for of_group in replies for verdict in of_group if verdict is not None]
        if texts and all(self.parser(text) is None for text in texts):
            told = self.by.name, len(texts), called(self.parser), texts[0][:80]
            logger.warning("%s: none of %d replies could be read by %s and all are missing; the first: %r", *told)
        return super().values(batch, replies)

    def read(self, group: Group, replies: Sequence[Verdict | None]) -> Tensor:
        """In the order of the completions."""
        known = [NAN] * len(group) if self.before is None else group[self.before].tolist()
        found = iter(replies)
        values = [
            self.value(next(found)) if prompt else x for prompt, x in zip(self.prompts(group), known, strict=True)
        ]
        return torch.tensor(values, dtype=torch.float64)

    def prompts(self, group: Group) -> list[Prompt | None]:
        """What is asked of each completion in this try."""
        known = [True] * len(group) if self.before is None else group[self.before].isnan().tolist()
        pairs = zip(group.completions, known, strict=True)
        return [question(self.template, group.task, c) if ask else None for c, ask in pairs]

    def value(self, verdict: Verdict | None) -> float:
        """Give the number; NaN without one."""
        found = None if verdict is None else self.parser(verdict.text)
        return NAN if found is None or not isfinite(found) else float(found)
