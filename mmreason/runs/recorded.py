"""Learning again from recorded buffers: the same tasks, tokens, log-probs and signals, and no rollout."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mmreason.errors import CheckpointError
from mmreason.naming import by_name
from mmreason.recipe import Stage
from mmreason.runs.plain_file import read_plain
from mmreason.runs.replay import groups_from_plain
from mmreason.signals import needs
from mmreason.slots import Opened, Scene
from mmreason.types import Across, Alone, Batch, Group, Task


def recorded(stage: Stage, path: str) -> Stage:
    """The same stage with its rollouts taken from buffers: one step per buffer, in the order of their names.

    What the stage holds and the buffers know is not measured again, so a first step from the same weights ends in the
    same weights, bit for bit. With other losses or rewards in the stage, what the buffers don't know is measured anew.
    Filters and dynamic sampling are left out: the buffers hold what they kept. Weights that move with the run follow
    the steps of the replay.

    Args:
        stage: that recorded the buffers, or one that differs in what it learns from them.
        path: a buffer, or the folder ``buffers`` of a run.

    Raises:
        CheckpointError: there is no buffer.
    """
    read = RecordedRollout(path, (stage.rewards, stage.losses, stage.metrics, stage.keep))
    steps = min(stage.steps, len(buffers(path)))
    return replace(stage, tasks=RecordedTasks(path), rollout=read, steps=steps, rounds=1, filters=())


def buffers(path: str) -> list[Path]:
    """The buffer, or those of a folder in the order in which they were recorded.

    Raises:
        CheckpointError: there is none.
    """
    place = Path(path)
    found = sorted(place.glob("step_*.pt")) if place.is_dir() else [place] if place.is_file() else []
    if not found:
        raise CheckpointError(f"{path} is no buffer and no folder with buffers (step_000001.pt, ...) of a run")
    return found


@dataclass(frozen=True)
class RecordedTasks:
    """The tasks of recorded buffers, one buffer per step, however many are asked for; after the last, the first."""

    path: str

    def open(self, run: Opened) -> LiveRecording:
        """Find the buffers."""
        return LiveRecording(buffers(self.path), run.across)


class LiveRecording:
    """Remembers how many buffers were given out."""

    def __init__(self, files: list[Path], across: Across | None = None) -> None:
        self.files, self.at, self.across = files, 0, across or Alone()
        self.read: tuple[Path, list[Task]] | None = None
        """What was read last: a buffer that was looked into is not read again when its turn comes."""

    def next(self, num: int) -> list[Task]:
        """All tasks of the next buffer, or this rank's share of them."""
        out = self.upcoming(num)
        self.at += 1
        return out

    def upcoming(self, num: int) -> list[Task]:
        """The very tasks that ``next`` will give."""
        file = self.files[self.at % len(self.files)]
        if self.read is None or self.read[0] != file:
            self.read = file, [group.task for group in groups_from_plain(read_plain(file)["batch"], {})]
        return self.read[1][self.across.rank :: self.across.num]

    def observe(self, batch: Batch) -> None:
        """What was recorded stays."""

    def state_dict(self) -> dict[str, Any]:
        """How many buffers were given out."""
        return {"at": self.at}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on with the next."""
        self.at = state["at"]


@dataclass(frozen=True)
class RecordedRollout:
    """The groups of recorded buffers, one buffer per step.

    Attributes:
        path: a buffer or a folder of them.
        reads: whatever holds the signals that are brought back with the groups (rewards, losses, metrics).
    """

    path: str
    reads: tuple[object, ...] = ()

    def __call__(self, tasks: list[Task], scene: Scene) -> list[Group]:
        """Give the recorded groups of these tasks.

        Raises:
            CheckpointError: the tasks are not those of this step's buffer.
        """
        files = buffers(self.path)
        file = files[scene.progress.step % len(files)]
        groups = groups_from_plain(read_plain(file)["batch"], by_name(needs(self.reads)))
        groups = groups[scene.across.rank :: scene.across.num]
        if [g.task.id for g in groups] != [t.id for t in tasks]:
            raise CheckpointError(
                f"{file} holds other tasks than were drawn for step {scene.progress.step}: "
                f"its rollout belongs together with RecordedTasks({self.path!r})"
            )
        return list(groups)
