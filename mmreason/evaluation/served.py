"""How questions are put to a server: what it does not answer is missing, never wrong."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from mmreason.asks import POLICY, Role, Sampling
from mmreason.judges.asks import Judge, Verdict
from mmreason.slots import Scene
from mmreason.types import Completion, Group, Task


@dataclass(frozen=True, kw_only=True)
class AskServer:
    """``Sample`` for a policy that an OpenAI-compatible server plays. Not from a paper.

    A task of which any sample is missing is left out, to be asked again.

    Args:
        num: answers to each task.
        limit: new tokens at most.
        temperature: 0 is greedy.
        top_p: nucleus.
        by: who is asked.
    """

    num: int = 1
    limit: int = 512
    temperature: float = 1.0
    top_p: float = 1.0
    by: Role = POLICY

    def __call__(self, tasks: list[Task], scene: Scene) -> list[Group]:
        """Ask for all answers at once."""
        how = Sampling(self.temperature, self.top_p)
        asked = [
            Judge(self.by, task.prompt, limit=self.limit, sampling=how, seed=scene.seed(task.id) + i)
            for task in tasks
            for i in range(self.num)
        ]
        replies = iter(scene.answer(asked))
        found = [(task, [next(replies) for _ in range(self.num)]) for task in tasks]
        return [
            Group(task, tuple(written(v) for v in verdicts if v is not None))
            for task, verdicts in found
            if all(verdict is not None for verdict in verdicts)
        ]


def written(verdict: Verdict) -> Completion:
    """A text whose tokens nobody knows."""
    nothing = torch.zeros(0)
    return Completion(text=verdict.text, tokens=nothing.long(), logprobs=nothing, wrote=nothing.bool())
