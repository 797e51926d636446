"""What changed most for the same prompt between two steps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mmreason.inspector.model import Change

if TYPE_CHECKING:
    from mmreason.inspector.index import Index


def changed(index: Index, stage: str | None, earlier: int, later: int, num: int = 50) -> list[Change]:
    """Compare the first and the last time that each prompt was answered between two steps, both included.

    An exam before and after training is such a pair; a training prompt is one when it came up twice. What was not
    measured comes last.

    Args:
        index: of the run.
        stage: of the samples; None compares within each stage.
        earlier: first step that counts.
        later: last step that counts.
        num: changes at most, the largest first.
    """
    where, values = ("AND stage = ?", [stage]) if stage is not None else ("", [])
    with index.lock:
        rows = index.base.execute(
            "SELECT min(id), max(id) FROM samples "
            f"WHERE step BETWEEN ? AND ? {where} GROUP BY stage, task HAVING count(*) > 1",
            [min(earlier, later), max(earlier, later), *values],
        ).fetchall()
        by_id = dict(zip(ids := [i for pair in rows for i in pair], index.rows(ids), strict=True))
    out = []
    for first, last in rows:
        before, after = sorted((by_id[first], by_id[last]), key=lambda row: row.key.step)
        out.append(Change(before.key.task, before, after, after.mean_total - before.mean_total))
    out.sort(key=lambda change: (math.isnan(change.gain), -abs(change.gain) if change.gain == change.gain else 0.0))
    return out[: max(num, 0)]
