"""Rewards that hang, die or fail on some completions, for tests of the worker pool."""

from __future__ import annotations

import os
from dataclasses import dataclass

from mmreason.errors import DataError
from mmreason.rewards.base import CompletionReward
from mmreason.types import Completion, Task


@dataclass(frozen=True)
class Fragile(CompletionReward):
    """Length of the text times a factor; some words are fatal."""

    factor: float = 1.0

    def rate(self, task: Task, completion: Completion) -> float:
        match completion.text:
            case "loop":
                while True:
                    pass
            case "die":
                os._exit(1)
            case "raise":
                raise ValueError("no")
            case "bad":
                raise DataError("line 7: no metro")
        return self.factor * len(completion.text)
