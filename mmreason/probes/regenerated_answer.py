"""Whether another model comes to the right answer from the same thought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from mmreason.asks import EMA, Generate, Role, Sampling
from mmreason.probes.answer_likelihood import answer_tokens
from mmreason.rewards.base import CompletionReward
from mmreason.rewards.care.video_r1_accuracy import VideoR1Accuracy
from mmreason.signals import Probe
from mmreason.types import Batch, Completion, Group


def until(c: Completion, num: int) -> Completion:
    """Give the first ``num`` tokens of a completion, to go on from."""
    return replace(
        c,
        text=c.text[: c.offsets[num]] if c.offsets else "",
        tokens=c.tokens[:num],
        logprobs=c.logprobs[:num],
        wrote=c.wrote[:num],
        offsets=c.offsets[: num + 1],
        spans=(),
        finish="length",
    )


@dataclass(frozen=True)
class RegeneratedAnswer(Probe[Tensor, "list[Completion]"]):
    """[G] accuracy of the answer that another role writes, greedily, after each thought: RefGen, arXiv:2506.16141.

    The role goes on after the opening of the last answer tag. 0 for a completion without one, and nothing is written.

    Args:
        by: Who answers.
        limit: New tokens at most.
        tag: Name of the answer's tag.
        accuracy: Judges the new answer.
    """

    by: Role = EMA
    limit: int = 16
    tag: str = "answer"
    accuracy: CompletionReward = field(default_factory=VideoR1Accuracy)

    def ask(self, group: Group, batch: Batch) -> list[Generate]:
        """One short generation per completion with an answer tag."""
        how = Sampling(temperature=0.0, stop=(f"</{self.tag}>",))
        starts = [until(c, where[0]) for c in group.completions if (where := answer_tokens(c, self.tag))]
        return [Generate(self.by, group.task.prompt, after=start, limit=self.limit, sampling=how) for start in starts]

    def read(self, group: Group, replies: Sequence[list[Completion]]) -> Tensor:
        """In the order of the completions."""
        found = iter(replies)
        again = [next(found)[0] if answer_tokens(c, self.tag) else None for c in group.completions]
        values = [0.0 if c is None else self.accuracy.rate(group.task, c) for c in again]
        return torch.tensor(values, dtype=torch.float64)
