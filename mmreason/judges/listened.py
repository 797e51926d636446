"""What a listener would decide after reading a chain of thought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.asks import Role
from mmreason.errors import RecipeError
from mmreason.judges.asks import LISTENER, NAN, Judge, Template, Verdict, question, two_way
from mmreason.signals import Probe
from mmreason.types import Batch, Group
from vision_data.messages import Prompt


@dataclass(frozen=True)
class Listened(Probe[Tensor, "Verdict | None"]):
    """[G] a listener's probability of the first of two options: a softmax over these two alone, arXiv:2506.22832.

    NaN where nobody answered, where neither option is among the tokens that a server lists, and where the template has
    nothing to ask. A server that gives no log-probs stops the run.

    Args:
        template: Writes what the listener reads; a last message of the assistant is how its reply begins, up to the
            token that decides.
        options: The two ways to go on; one token each, unless the listener scores whole options.
        by: Who listens.
    """

    template: Template
    options: tuple[str, str] = ("1", "0")
    by: Role = LISTENER

    def __post_init__(self) -> None:
        found = [option.strip() for option in self.options]
        if not isinstance(self.options, tuple) or len(found) != 2 or not all(found) or found[0] == found[1]:
            raise RecipeError(f"Listened.options is {self.options!r}, expected a tuple of two different texts")

    def ask(self, group: Group, batch: Batch) -> list[Judge]:
        """One request per completion that can be listened to."""
        return [
            Judge(self.by, prompt, limit=0, options=self.options, task=group.task, completion=completion)
            for prompt, completion in zip(self.prompts(group), group.completions, strict=True)
            if prompt
        ]

    def read(self, group: Group, replies: Sequence[Verdict | None]) -> Tensor:
        """In the order of the completions."""
        found = iter(replies)
        values = [share(next(found)) if prompt else NAN for prompt in self.prompts(group)]
        return torch.tensor(values, dtype=torch.float64)

    def prompts(self, group: Group) -> list[Prompt | None]:
        """What the listener reads of each completion."""
        return [question(self.template, group.task, c) for c in group.completions]


def share(verdict: Verdict | None) -> float:
    """Softmax over the two options; NaN without log-probs of both."""
    return two_way(*verdict.logprobs) if verdict is not None and len(verdict.logprobs) == 2 else NAN
