"""Checkpoints: everything a run needs to go on as if it had never stopped, also in the middle of a rollout buffer.

::

    checkpoints/step_000012/            12 steps done
    checkpoints/step_000012_update_003/ 12 steps done, and 3 optimiser steps on the buffer of the next
        policy/        weights of each role that learns, as ``from_pretrained`` or peft loads them, with the processor
        state.pt       optimisers, sources, history, random generators, how long the logs were
        buffer.pt      the batch that is being learned from, where there is one
        recipe.txt     what was trained
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmreason.errors import CheckpointError
from mmreason.ranks import by_first
from mmreason.recipe import Recipe
from mmreason.run import Pending, Run
from mmreason.runs.atomic import new_folder, remove_folder, sweep, write_text
from mmreason.runs.description import described, differences, pretty
from mmreason.runs.plain_file import read_plain, write_plain
from mmreason.runs.replay import batch_from_plain, batch_to_plain
from mmreason.runs.rng import rng_state, set_rng_state
from mmreason.shares import own, whole
from mmreason.types import Alone, Batch, Progress

FORMAT = 2
NAME = re.compile(r"step_(\d+)(?:_update_(\d+))?")


def steps_done(recipe: Recipe, run: Run) -> int:
    """Steps of all stages that are over."""
    return sum(stage.steps for stage in recipe.stages[: run.stage]) + run.step


def name_for(recipe: Recipe, run: Run) -> str:
    """Folder name of a checkpoint taken now; by name they sort in time."""
    name = f"step_{steps_done(recipe, run):06d}"
    return name if run.pending is None else f"{name}_update_{run.pending.at:03d}"


def save(run: Run, recipe: Recipe, home: Path, extra: Mapping[str, Any] | None = None, keep: int = 2) -> Path:
    """Write ``home/checkpoints/<name>`` whole, then remove all but the newest ``keep`` (-1 keeps all).

    Args:
        run: stands between two optimiser steps or two steps.
        recipe: of the run.
        home: the run's folder.
        extra: more plain values, given back by ``load``: how long the logs are.
        keep: at least 1, or -1.

    Raises:
        CheckpointError: the disk is full or refuses; the checkpoints before are still there.
    """
    path = home / "checkpoints" / name_for(recipe, run)
    for part in run.models.values():  # on every rank, though one writes
        if getattr(part, "owns_weights", False) and hasattr(part, "forget"):
            part.forget()
    batch = None if run.pending is None else whole(run.pending.batch)
    random = run.across.gather([rng_state()])

    def written() -> None:
        try:
            if not path.exists():
                with new_folder(path) as draft:
                    write(run, recipe, draft, extra or {}, batch, random)
            rotate(home, keep)
        except OSError as error:
            raise CheckpointError(
                f"{path} could not be written: {error.strerror or error}; make room and go on with --resume"
            ) from None

    by_first(run.across, written)
    return path


def write(
    run: Run,
    recipe: Recipe,
    folder: Path,
    extra: Mapping[str, Any],
    batch: Batch | None,
    random: Sequence[dict[str, Any]],
) -> None:
    """Fill the folder; the batch is that of all ranks, and ``random`` has the generators of each."""
    for role, part in run.models.items():
        if getattr(part, "owns_weights", False):
            part.save(folder / role.name)
    state = {
        "format": FORMAT,
        "run": run.state_dict(),
        "rng": list(random),
        "extra": dict(extra),
        "recipe": described(recipe),
        "pending": run.pending is not None,
    }
    write_plain(folder / "state.pt", state)
    if run.pending is not None and batch is not None:
        plain = batch_to_plain(batch, recipe.stages[run.stage])
        write_plain(folder / "buffer.pt", {"batch": plain, "at": run.pending.at, "logged": run.pending.logged})
    write_text(folder / "recipe.txt", pretty(recipe) + "\n")


def found(home: Path) -> list[Path]:
    """Complete checkpoints of a run, oldest first."""
    folders = [p for p in (home / "checkpoints").glob("step_*") if NAME.fullmatch(p.name) and p.is_dir()]
    return sorted(folders, key=order)


def order(path: Path) -> tuple[int, int]:
    """Steps and updates that a checkpoint's name tells."""
    match = NAME.fullmatch(path.name)
    assert match
    return int(match[1]), int(match[2] or 0)


def latest(home: Path) -> Path | None:
    """The newest checkpoint; None where there is none. Folders that were being written do not count."""
    return next(reversed(found(home)), None)


def rotate(home: Path, keep: int) -> None:
    """Remove all but the newest ``keep``, and what killed writers left."""
    sweep(home / "checkpoints")
    if keep >= 0:
        for old in found(home)[: -max(keep, 1)]:
            remove_folder(old)


def load(run: Run, recipe: Recipe, folder: Path) -> dict[str, Any]:
    """Bring an opened run to where the checkpoint was taken; gives back ``extra``.

    Raises:
        CheckpointError: it is incomplete, damaged, or of another recipe or seed.
    """
    state = read_plain(folder / "state.pt")
    if state.get("format") != FORMAT:
        raise CheckpointError(
            f"{folder} is of format {state.get('format')!r}, expected {FORMAT}: it was written by another version"
        )
    same_recipe(state["recipe"], recipe, folder)
    if state["run"]["seed"] != run.seed:
        raise CheckpointError(
            f"{folder} belongs to a run with seed {state['run']['seed']}, this one has seed {run.seed}: "
            "resume with the same seed, or start a new run"
        )
    for role, part in run.models.items():
        if getattr(part, "owns_weights", False):
            if not (folder / role.name).is_dir():
                raise CheckpointError(f"{folder} has no weights of {role.name!r}; it is incomplete, use an older one")
            part.load(folder / role.name)
    run.load_state_dict(state["run"], recipe)
    run.pending = pending(run, recipe, folder) if state["pending"] else None
    random = state["rng"]
    set_rng_state(random[run.across.rank % len(random)])
    extra: dict[str, Any] = state["extra"]
    return extra


def pending(run: Run, recipe: Recipe, folder: Path) -> Pending:
    """The batch that was being learned from."""
    data, stage = read_plain(folder / "buffer.pt"), recipe.stages[run.stage]
    progress = Progress(run.step, stage.steps, stage.name, run.history)
    batch = batch_from_plain(data["batch"], stage, progress, Alone())
    return Pending(own(batch, run.across), data["at"], data["logged"])


def same_recipe(saved: Any, recipe: Recipe, where: Path) -> None:
    """Refuse to go on with other settings than the run was started with.

    Raises:
        CheckpointError: naming the first settings that differ.
    """
    changed = list(differences(saved, described(recipe)))
    if changed:
        more = f" (and {len(changed) - 3} more)" if len(changed) > 3 else ""
        raise CheckpointError(
            f"{where} was made with another recipe: {'; '.join(changed[:3])}{more}; "
            "resume with the settings it was started with, or start a new run under another name"
        )
