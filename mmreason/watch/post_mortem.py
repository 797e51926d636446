"""What a failed run leaves behind: the batch that it failed on, and whose records are to blame."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

from mmreason.errors import CheckError, MMReasonError
from mmreason.recipe import Recipe, Stage
from mmreason.run import Run
from mmreason.types import Batch
from mmreason.watch.dump import at_work, dump, name_of_step
from mmreason.watch.suspects import suspects


def left_behind(run: Run, recipe: Recipe, home: Path, error: Exception) -> str:
    """Leave the batch on the disk and name suspects; gives a clause for the message, empty where there was no batch.

    Every rank writes its own share, for the others may be gone. What the recipe or the data are to blame for, and says
    so, leaves nothing.
    """
    if isinstance(error, MMReasonError) and not isinstance(error, CheckError):
        return ""
    found = at_work(run, recipe)
    if found is None:
        return ""
    stage, batch = found
    blamed = blame(run, stage, batch) if isinstance(error, CheckError) and run.pending is not None else []
    why: dict[str, Any] = {"error": f"{type(error).__name__}: {error}", "suspects": blamed}
    if not isinstance(error, MMReasonError):
        why["traceback"] = "".join(traceback.format_exception(error)).splitlines()
    rank = f"_rank_{run.across.rank}" if run.across.num > 1 else ""
    try:
        path = dump(home, name_of_step(recipe, run, f"error{rank}"), run, stage, batch, why)
    except (OSError, MMReasonError) as failed:
        return f"; the batch could not be written ({failed})"
    named = f"; it comes from the record(s) {', '.join(blamed[:4])}{' ...' * (len(blamed) > 4)}" if blamed else ""
    return f"{named}; the batch and its records are in {path}"


def blame(run: Run, stage: Stage, batch: Batch) -> list[str]:
    """Ids of the records to blame; none where trying them fails too."""
    try:
        return suspects(run, stage, batch)
    except (RuntimeError, MMReasonError):
        return []
