"""Pairs that nobody sampled: a chosen and a rejected completion of each task."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from mmreason.asks import POLICY, Role, Tokenise
from mmreason.errors import DataError, RecipeError
from mmreason.probes.pairs import CHOSEN, REJECTED
from mmreason.slots import Scene
from mmreason.types import Completion, Group, Task

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class GivenPairs:
    """Preference data as groups of two, for DPO (arXiv:2305.18290) and its kin: a record's chosen and rejected text.

    Both become completions of their own arm, under one prompt. ``limit`` cuts them to so many tokens (TRL's
    ``keep_start``); a pair that is empty or equal up to there teaches nothing and is left out, with a warning.
    """

    limit: int | None = None
    by: Role = POLICY

    def __post_init__(self) -> None:
        """Refuse a limit that leaves nothing."""
        if self.limit is not None and self.limit < 1:
            raise RecipeError(f"GivenPairs.limit must be at least 1 token or None, got {self.limit}")

    def __call__(self, tasks: list[Task], scene: Scene) -> list[Group]:
        """Tokenise both texts of every task, closing the turn."""
        names = (CHOSEN, REJECTED)
        made = iter(scene.answer([Tokenise(self.by, text_of(task, name)) for task in tasks for name in names]))
        groups = [Group(t, tuple(replace(self.cut(next(made)), arm=name) for name in names)) for t in tasks]
        return [group for group in groups if self.differs(group)]

    def cut(self, c: Completion) -> Completion:
        """The first ``limit`` tokens."""
        if self.limit is None or len(c.tokens) <= self.limit:
            return c
        offsets = c.offsets[: self.limit + 1]
        return replace(
            c,
            text=c.text[: offsets[-1]] if offsets else c.text,
            tokens=c.tokens[: self.limit],
            logprobs=c.logprobs[: self.limit],
            wrote=c.wrote[: self.limit],
            offsets=offsets,
            finish="length",
        )

    def differs(self, group: Group) -> bool:
        """Say whether there is something to prefer."""
        chosen, rejected = group.completions
        if chosen.tokens.tolist() != rejected.tokens.tolist():
            return True
        up_to = "" if self.limit is None else f" in their first {self.limit} tokens; a larger limit would keep the pair"
        logger.warning("%s is left out: chosen and rejected are equal%s", place_of(group.task), up_to)
        return False


def text_of(task: Task, name: str) -> str:
    """The chosen or rejected text of a task.

    Raises:
        DataError: the record has none.
    """
    found = task.record.get(name)
    if not isinstance(found, str) or not found.strip():
        raise DataError(f"{place_of(task)}: a preference pair needs a text under {name!r}, got {found!r}")
    return found


def place_of(task: Task) -> str:
    """Where a task comes from, for messages."""
    return task.where or f"task {task.id!r}"
