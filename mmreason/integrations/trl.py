"""mmreason's rewards as TRL reward functions, and TRL reward functions as rewards here. TRL itself is not needed."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mmreason.alone import asks, said, score
from mmreason.errors import RecipeError
from mmreason.rewards.base import CompletionReward, GroupReward, Reward, Term
from mmreason.types import Group, Task
from vision_data.messages import Prompt, assistant, system, text_of, user

Messages = str | Sequence[dict[str, Any]]
"""A prompt or completion as TRL hands it over: text, or messages of a conversation."""
SPEAKERS: dict[str, Callable[..., Any]] = {"system": system, "assistant": assistant, "user": user}


def reward_func(
    reward: Reward | Term, answer: str = "answer", num_generations: int = 1, name: str | None = None
) -> Callable[..., list[float | None]]:
    """Make a function for ``GRPOTrainer(reward_funcs=...)`` of a reward that needs no model.

    The data set's columns are the task's record; TRL passes them to reward functions when they are kept
    (``remove_unused_columns=False``). What was not measured is None, which TRL leaves out.

    Args:
        reward: the reward. Of a term the reward alone is taken: weights go into ``GRPOConfig.reward_weights``.
        answer: column with the gold answer.
        num_generations: completions of a prompt, for rewards that compare the completions of a group; each process
            must hold whole groups then.
        name: name in TRL's logs; None is that of the term or of the reward's class.

    Raises:
        RecipeError: the reward asks a model, or compares a group and ``num_generations`` is 1.
    """
    title = name or (reward.name if isinstance(reward, Term) else type(reward).__name__)
    bare = reward.reward if isinstance(reward, Term) else reward
    if not isinstance(bare, Reward) or asks(bare):
        raise RecipeError(f"{bare!r} asks a model, needs what only a rollout knows, or sits on tokens; TRL has neither")
    if not isinstance(bare, CompletionReward) and num_generations < 2:
        raise RecipeError(f"{title} compares the completions of a group: give num_generations as in GRPOConfig")

    def call(prompts: Sequence[Messages], completions: Sequence[Messages], **columns: Any) -> list[float | None]:
        ids = columns.pop("completion_ids", None)
        rows = {key: list(value) for key, value in columns.items() if is_column(value, len(prompts))}
        groups = []
        for start in range(0, len(prompts), num_generations):
            end = min(start + num_generations, len(prompts))
            together(prompts[start:end], title, num_generations)
            said_here = tuple(
                said(plain(completions[i]), None if ids is None else torch.as_tensor(ids[i])) for i in range(start, end)
            )
            record = {key: value[start] for key, value in rows.items()}
            groups.append(Group(task_of(prompts[start], record, answer, start), said_here))
        found = [float(x) for (column,) in score((bare,), groups) for x in column]
        return [None if math.isnan(x) else x for x in found]

    call.__name__ = title
    return call


def is_column(value: Any, num: int) -> bool:
    """Tell a data set's column from what else TRL hands over (its state, functions to log with)."""
    return isinstance(value, Sequence) and not isinstance(value, str) and len(value) == num


def together(prompts: Sequence[Messages], title: str, num: int) -> None:
    """Refuse a group whose prompts differ, or that was cut.

    Raises:
        RecipeError: naming the remedy.
    """
    if len(prompts) < num or any(prompt != prompts[0] for prompt in prompts[1:]):
        raise RecipeError(
            f"{title}: expected {num} completions of one prompt side by side, got {len(prompts)} with "
            f"{len({str(prompt) for prompt in prompts})} prompts; choose per_device_train_batch_size as a multiple of "
            "num_generations, so that each process holds whole groups"
        )


def task_of(prompt: Messages, record: dict[str, Any], answer: str, number: int) -> Task:
    """Make the task of a row: the text of its prompt, its columns, its gold answer."""
    gold = record.get(answer)
    first = gold[0] if isinstance(gold, list | tuple) and gold else gold
    text = None if first is None or first == "" or isinstance(first, list | tuple | dict) else str(first)
    return Task(id=str(record.get("id", number)), prompt=prompt_of(prompt), answer=text, record=record)


def prompt_of(prompt: Messages) -> Prompt:
    """Messages with their text; pictures are TRL's business."""
    if isinstance(prompt, str):
        return (user(prompt),)
    return tuple(SPEAKERS.get(str(message.get("role")), user)(plain([message])) for message in prompt)


def plain(messages: Messages) -> str:
    """The text of a completion or prompt."""
    if isinstance(messages, str):
        return messages
    parts = [message.get("content") or "" for message in messages]
    return "".join(
        part if isinstance(part, str) else "".join(str(piece.get("text") or "") for piece in part) for part in parts
    )


@dataclass(frozen=True)
class FromTRL(GroupReward):
    """A reward function written for TRL, as a reward here. Not from a paper.

    It is called once for a group with ``prompts``, ``completions``, ``completion_ids`` and the fields of the task's
    record, each repeated for every completion; ``answer`` is there too. None and NaN are missing.

    Args:
        func: a module-level function, as keys are compared and pickled.
        conversational: prompts and completions are lists of messages, as for conversational data sets; else text.
    """

    func: Callable[..., Sequence[float | None]]
    conversational: bool = False

    def __post_init__(self) -> None:
        """Refuse what would only fail when it is called."""
        if inspect.iscoroutinefunction(self.func):
            raise RecipeError(f"FromTRL: {self.func.__name__} is async; wrap it in a function that runs it")

    def score(self, group: Group) -> Tensor:
        """Give [G], in one call.

        Raises:
            RecipeError: it gave another number of rewards.
        """
        num, task = len(group), group.task
        texts: list[Any] = [completion.text for completion in group.completions]
        asked: Any = text_of(task.prompt)
        if self.conversational:
            texts = [[{"role": "assistant", "content": text}] for text in texts]
            asked = [{"role": message.role, "content": text_of((message,))} for message in task.prompt]
        columns = {"answer": task.answer, **task.record}
        found = self.func(
            prompts=[asked] * num,
            completions=texts,
            completion_ids=[completion.tokens.tolist() for completion in group.completions],
            **{name: [value] * num for name, value in columns.items()},
        )
        if len(found) != num:
            raise RecipeError(f"FromTRL: {self.func.__name__} gave {len(found)} rewards for {num} completions")
        return torch.tensor([math.nan if x is None else float(x) for x in found], dtype=torch.float64)
