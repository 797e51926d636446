"""Checkpoints: everything a run needs to go on as if it had never stopped, also in the middle of a rollout buffer.

::

    checkpoints/step_000012/            12 steps done
    checkpoints/step_000012_update_003/ 12 steps done, and 3 optimiser steps on the buffer of the next
        policy/        weights of each role that learns, as ``from_pretrained`` or peft loads them, with the processor
        state.pt       optimisers, sources, history, random generators, how long the logs were
        buffer.pt      the batch that is being learned from, where there is one
        recipe.txt     what was trained
        checksums.json size and hash of every file, and of every tensor of the weights
    checkpoints/best.json               which of them is the best, where the run looks for it (`best`)
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from mmreason.asks import POLICY
from mmreason.errors import CheckpointError
from mmreason.evaluation import contract
from mmreason.models.host_copy import on_host
from mmreason.ranks import by_first
from mmreason.recipe import Recipe
from mmreason.run import Pending, Run
from mmreason.run import steps_done as steps_done
from mmreason.runs.atomic import new_folder, refusal, remove_folder, sweep, write_text
from mmreason.runs.description import described, differences, pretty
from mmreason.runs.integrity import damage, write_checksums
from mmreason.runs.plain_file import read_plain, write_plain
from mmreason.runs.replay import batch_from_plain, batch_to_plain
from mmreason.runs.rng import rng_state, set_rng_state
from mmreason.shares import own, whole
from mmreason.types import Alone, Progress

FORMAT = 3
NAME = re.compile(r"step_(\d+)(?:_update_(\d+))?")


def name_for(recipe: Recipe, run: Run) -> str:
    """Folder name of a checkpoint taken now; by name they sort in time."""
    name = f"step_{steps_done(recipe, run):06d}"
    return name if run.pending is None else f"{name}_update_{run.pending.at:03d}"


@dataclass(frozen=True)
class Snapshot:
    """All that a checkpoint holds, apart from the run: the run may go on while it is written."""

    recipe: Recipe
    weights: Mapping[str, Callable[[Path], None]]
    """What writes a role's folder, by its name."""
    state: dict[str, Any]
    buffer: dict[str, Any] | None

    def write(self, path: Path) -> None:
        """Put the checkpoint into its place, whole; one that is there stays.

        Raises:
            CheckpointError: the disk is full or refuses; nothing has changed.
        """
        if path.exists():
            return
        try:
            with new_folder(path) as draft:
                self.fill(draft)
        except (OSError, RuntimeError, SafetensorError) as error:
            if (refused := refusal(error)) is None:
                raise
            raise CheckpointError(
                f"{path} could not be written: {refused.strerror or refused}; make room and go on with --resume"
            ) from None

    def fill(self, folder: Path) -> None:
        """Write every file, the checksums last."""
        for role, write in self.weights.items():
            write(folder / role)
            if role == POLICY.name:
                contract.write(folder / role, contract.of(self.recipe))
        write_plain(folder / "state.pt", self.state | {"recipe": described(self.recipe)})
        if self.buffer is not None:
            write_plain(folder / "buffer.pt", self.buffer)
        write_text(folder / "recipe.txt", pretty(self.recipe) + "\n")
        write_checksums(folder)


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
    path, taken = home / "checkpoints" / name_for(recipe, run), snapshot(run, recipe, extra or {})

    def written() -> None:
        taken.write(path)
        rotate(home, keep)

    by_first(run.across, written)
    return path


def snapshot(run: Run, recipe: Recipe, extra: Mapping[str, Any], apart: bool = False) -> Snapshot:
    """Gather what a checkpoint holds. Every rank must call, for parts may be spread over ranks; the first one writes.

    Args:
        run: stands between two optimiser steps or two steps.
        recipe: of the run.
        extra: more plain values, given back by ``load``.
        apart: copy everything to the host, so that the run may go on before the snapshot is written.
    """
    own = {role.name: part for role, part in run.models.items() if getattr(part, "owns_weights", False)}
    for part in own.values():
        if hasattr(part, "forget"):
            part.forget()
    weights = {name: part.snapshot() if hasattr(part, "snapshot") else part.save for name, part in own.items()}
    batch = None if run.pending is None else whole(run.pending.batch)
    state = {
        "format": FORMAT,
        "run": run.state_dict(),
        "rng": run.across.gather([rng_state()]),
        "extra": dict(extra),
        "pending": run.pending is not None,
    }
    buffer = None
    if run.pending is not None and batch is not None and run.across.rank == 0:
        plain = batch_to_plain(batch, recipe.stages[run.stage])
        logged = {name: list(values) for name, values in run.pending.logged.items()}
        buffer = {"batch": plain, "at": run.pending.at, "logged": logged}
    return Snapshot(recipe, weights, on_host(state) if apart and run.across.rank == 0 else state, buffer)


def can_wait(run: Run) -> bool:
    """Say whether every part that owns weights can hand out a copy of them, so that a thread may write it."""
    return all(hasattr(part, "snapshot") for part in run.models.values() if getattr(part, "owns_weights", False))


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


def rotate(home: Path, keep: int, spare: Collection[str] = ()) -> None:
    """Remove all but the newest ``keep`` and those of the names in ``spare``, and what killed writers left.

    Raises:
        CheckpointError: the disk refuses.
    """
    try:
        sweep(home / "checkpoints")
        if keep >= 0:
            for old in found(home)[: -max(keep, 1)]:
                if old.name not in spare:
                    remove_folder(old)
    except OSError as error:
        raise CheckpointError(f"old checkpoints in {home} could not be removed: {error.strerror or error}") from None


def newest_intact(home: Path, say: Callable[[str], None]) -> Path | None:
    """The newest checkpoint that is as it was written; later ones are put aside, and ``say`` hears which and why.

    Raises:
        CheckpointError: there are checkpoints, and all are damaged.
    """
    wrong: dict[Path, str] = {}
    for path in reversed(found(home)):
        if (why := damage(path)) is None:
            break
        wrong[path] = why
    else:
        if wrong:
            told = "; ".join(f"{path.name}: {why}" for path, why in list(wrong.items())[:3])
            raise CheckpointError(
                f"no checkpoint in {home / 'checkpoints'} is intact: {told}; put a copy back, or start a new run"
            )
        return None
    for later, why in wrong.items():
        aside = later.with_name(f"damaged-{later.name}")
        remove_folder(aside, missing_ok=True)
        os.rename(later, aside)
        say(f"{later}: {why}; it is put aside as {aside.name}")
    if wrong:
        say(f"going back to {path.name}, the newest that is intact; what followed it is made again")
    return path


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
