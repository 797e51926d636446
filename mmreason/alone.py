"""Rewards without a run: texts and a task in, numbers out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from mmreason.engine import settle
from mmreason.errors import RecipeError
from mmreason.rewards.base import Reward
from mmreason.signals import Given, Signal, needs
from mmreason.types import Batch, Completion, Group, Task


def asks(reward: Reward) -> bool:
    """Say whether some signal under a reward asks a model or is given by the rollout."""
    return any(isinstance(s, Given) or type(s).asks is not Signal.asks for s in needs(reward))


class NoModels:
    """A scene in which nobody can be asked."""

    def answer(self, requests: Sequence[Any]) -> list[Any]:
        """Nothing was asked, so there is nothing to answer."""
        if requests:
            raise RecipeError("a reward asked a model, and there is none here")
        return []


def said(text: str, tokens: Tensor | None = None) -> Completion:
    """A completion of which only the text matters, and perhaps the number of tokens."""
    ids = torch.zeros(1, dtype=torch.long) if tokens is None else tokens
    return Completion(
        text=text, tokens=ids, logprobs=torch.zeros(len(ids)), wrote=torch.ones(len(ids), dtype=torch.bool)
    )


def score(rewards: Sequence[Reward], groups: Sequence[Group]) -> list[list[Tensor]]:
    """Score completions with rewards that need no model.

    Args:
        rewards: K of them.
        groups: tasks with their completions (see ``said``).

    Returns:
        For each group K tensors [G] float64; NaN where nothing could be measured.

    Raises:
        RecipeError: a reward asks a model, or needs what only a rollout knows.
    """
    for reward in rewards:
        if asks(reward):
            raise RecipeError(f"{reward!r} asks a model or needs what only a rollout knows; it cannot be used alone")
    batch = Batch(tuple(Group(group.task, group.completions) for group in groups))
    settle(batch, NoModels(), tuple(rewards))  # type: ignore[arg-type]
    return [[group[reward].double() for reward in rewards] for group in batch.groups]


def rate(reward: Reward, task: Task, texts: Sequence[str]) -> list[float]:
    r"""Score texts as answers to one task.

    >>> from mmreason.rewards.accuracy import Accuracy
    >>> rate(Accuracy(), Task(id="a", prompt=(), answer="7"), ["\\boxed{7}", "8"])
    [1.0, 0.0]
    """
    return [float(x) for x in score((reward,), [Group(task, tuple(map(said, texts)))])[0][0]]
