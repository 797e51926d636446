"""Thoughts that a model finds for answers it is told."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

from mmreason.asks import POLICY, Generate, Role, Sampling, Tokenise
from mmreason.data.reversed import WHY, reverse_prompt
from mmreason.errors import RecipeError
from mmreason.slots import Scene
from mmreason.types import Completion, Group, Task

logger = logging.getLogger(__name__)

_TAG = re.compile(r"</?(?:think|answer|action)>")


@dataclass(frozen=True, kw_only=True)
class ReverseThinking:
    """TON's reverse thinking, arXiv:2505.16854: thoughts for tasks that have none, from image, question and answer.

    A model is told the gold answer and asked for the thought alone; thought and answer in their tags become completions
    under the task's own prompt, to learn from with ``CrossEntropy`` or to keep (``KeepDemonstrations``). They are
    nobody's sample: there are no log-probs. A thought that is empty, was cut by the limit or has tags in it is left
    out, and with it a task that has no other.

    Args:
        num: Thoughts of a task.
        limit: Longest thought in tokens.
        temperature: Of sampling.
        ask: What is added to the prompt, with ``{answer}`` in it.
        drop: Text of the prompt that asks for an answer in tags, taken out.
        tag: Name of the answer's tag.
        by: Who thinks.

    Raises:
        RecipeError: a number is out of range, or ``ask`` has no place for the answer.
    """

    num: int = 1
    limit: int = 512
    temperature: float = 1.0
    ask: str = WHY
    drop: str = ""
    tag: str = "answer"
    by: Role = POLICY

    def __post_init__(self) -> None:
        """Refuse what cannot be asked."""
        if self.num < 1 or self.limit < 1 or self.temperature < 0:
            raise RecipeError(
                "ReverseThinking needs num >= 1, limit >= 1 and temperature >= 0, "
                f"got {self.num}, {self.limit} and {self.temperature}"
            )
        if "{answer}" not in self.ask:
            raise RecipeError(f"ReverseThinking: ask has no {{answer}} in it: {self.ask[:60]!r}")

    def __call__(self, tasks: list[Task], scene: Scene) -> list[Group]:
        """Ask for all thoughts at once, then put the texts together."""
        sampling = Sampling(self.temperature)
        asks = [
            Generate(
                self.by,
                reverse_prompt(task, self.ask, self.drop),
                num=self.num,
                limit=self.limit,
                sampling=sampling,
                seed=scene.seed("reverse", task.id),
            )
            for task in tasks
        ]
        found = [[self.text(task, c) for c in cs] for task, cs in zip(tasks, scene.answer(asks), strict=True)]
        texts = [[text for text in of_task if text is not None] for of_task in found]
        made = iter(scene.answer([Tokenise(self.by, text) for of_task in texts for text in of_task]))
        if lost := sum(not of_task for of_task in texts):
            logger.warning("reverse thinking: %d of %d tasks got no usable thought and are left out", lost, len(tasks))
        groups = [Group(t, tuple(next(made) for _ in of_task)) for t, of_task in zip(tasks, texts, strict=True)]
        return [group for group in groups if len(group)]

    def text(self, task: Task, said: Completion) -> str | None:
        """The thought with the gold answer; None where the thought cannot be used."""
        thought = said.text.strip()
        if not thought or said.finish == "length" or _TAG.search(thought):
            return None
        return f"<think>{thought}</think><{self.tag}>{task.answer}</{self.tag}>"
