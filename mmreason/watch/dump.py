"""Leaving a batch on the disk: a buffer to learn from again, and its records as JSON.

::

    alarms/step_000012_kl.pt      the batch, as ``recorded`` reads it
    alarms/step_000012_kl.json    why, and the records with the sizes of their media
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmreason.recipe import Recipe, Stage
from mmreason.run import Run
from mmreason.runs.checkpoint import steps_done
from mmreason.runs.folder import write_json
from mmreason.runs.log_file import finite
from mmreason.runs.plain_file import write_plain
from mmreason.runs.replay import batch_to_plain
from mmreason.types import Batch, Group, Progress
from mmreason.watch.records import records_of

FOLDER = "alarms"


def dump(home: Path, name: str, run: Run, stage: Stage, batch: Batch, why: Mapping[str, Any]) -> Path:
    """Write what is known about a batch, then the batch; gives the path of the JSON file.

    Args:
        home: the run's folder.
        name: of the files, without their endings.
        run: gives seed and models.
        stage: whose step it is.
        batch: what is written; that of this rank.
        why: more fields of the JSON file.
    """
    folder, at = home / FOLDER, batch.progress
    told = {"stage": stage.name, "stage_step": at.step + 1, "updates": run.updates, **why}
    records = records_of([group.task for group in batch.groups], run.models)
    write_json(folder / f"{name}.json", finite(told | {"records": records}))
    plain = {"step": at.step, "steps": at.steps, "seed": run.seed}
    write_plain(folder / f"{name}.pt", {"batch": batch_to_plain(batch, stage), "progress": plain})
    return folder / f"{name}.json"


def at_work(run: Run, recipe: Recipe) -> tuple[Stage, Batch] | None:
    """What a run is working on: the batch that is being learned from, or tasks that have no answers yet."""
    pending, number, drawn = (
        run.pending,
        run.stage,
        run.at_work,
    )  # once each: the run may go on while another thread looks
    if pending is not None and number < len(recipe.stages):
        return recipe.stages[number], pending.batch
    if drawn is None:
        return None
    stage, tasks = drawn
    progress = Progress(run.step, stage.steps, stage.name, run.history)
    return stage, Batch(tuple(Group(task, ()) for task in tasks), progress, run.across, stage.rewards)


def name_of_step(recipe: Recipe, run: Run, suffix: str) -> str:
    """How files of the step that is under way begin, the suffix behind it."""
    return f"step_{steps_done(recipe, run) + 1:06d}_{suffix}"
