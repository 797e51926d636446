"""Several data sets as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mmreason.data.records import BadRecord
from mmreason.data.sources import TaskSpec
from mmreason.errors import RecipeError
from mmreason.types import Task


@dataclass(frozen=True)
class Mixed:
    """The tasks of several data sets, taking turns until each is used up.

    A curriculum is a stage for each level; a mixture of levels or families is this.

    Args:
        of: the data sets. Their tasks keep their ids, so no two may be the same.
    """

    of: tuple[TaskSpec, ...]

    def __post_init__(self) -> None:
        if not self.of:
            raise RecipeError("Mixed: of is empty, expected at least one data set")

    def load_tasks(self, home: Any) -> tuple[list[Task], list[BadRecord]]:
        """Read all of them."""
        read = [spec.load_tasks(home) for spec in self.of]
        longest = max(len(tasks) for tasks, _ in read)
        turns = [tasks[i] for i in range(longest) for tasks, _ in read if i < len(tasks)]
        return turns, [record for _, bad in read for record in bad]
