"""Several sources of tasks as one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from mmreason.data.records import BadRecord
from mmreason.data.sources import TaskSpec
from mmreason.types import Task


@dataclass(frozen=True)
class Joined:
    """Tasks of several specs, one after the other; ids are told apart by names. Not from a paper.

    Args:
        of: name and tasks; an empty name leaves the ids alone.
    """

    of: tuple[tuple[str, TaskSpec], ...]

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Read all of them."""
        tasks: list[Task] = []
        bad: list[BadRecord] = []
        for name, spec in self.of:
            found, skipped = spec.load_tasks(home)
            tasks += [replace(task, id=f"{name}/{task.id}") if name else task for task in found]
            bad += skipped
        return tasks, bad
