"""How work is shared over ranks: whatever the number of ranks, the same groups in the same order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from mmreason.seeds import seed_of
from mmreason.types import Across, Alone, Batch, Group

V = TypeVar("V")


def share(total: int, across: Across) -> int:
    """How many of ``total`` things are this rank's; the first ranks take what is left over.

    >>> share(7, Alone())
    7
    """
    return total // across.num + (across.rank < total % across.num)


def dealt(counts: Sequence[int], rank: int) -> list[int]:
    """Places of a rank's things among those of all ranks, which are dealt in turn until each rank has its number.

    >>> dealt([3, 1, 2], 0), dealt([3, 1, 2], 1), dealt([3, 1, 2], 2)
    ([0, 3, 5], [1], [2, 4])
    """
    return [sum(min(count, j + (other < rank)) for other, count in enumerate(counts)) for j in range(counts[rank])]


def places(batch: Batch) -> list[int]:
    """Where this rank's groups stand among those of all ranks, in an order drawn anew for every step.

    It depends on the tasks alone, not on the rank that has them. Every rank must call.
    """
    progress, across = batch.progress, batch.across
    drawn = [(seed_of("place", progress.stage, progress.step, group.task.id), across.rank, i)
             for i, group in enumerate(batch.groups)]  # fmt: skip
    order = {key: place for place, key in enumerate(sorted(across.gather(drawn)))}
    return [order[key] for key in drawn]


def whole(batch: Batch) -> Batch:
    """The batch of all ranks in one, in the order of ``places``; every rank must call."""
    if batch.across.num == 1:
        return batch
    every: list[tuple[int, Group]] = batch.across.gather(list(zip(places(batch), batch.groups, strict=True)))
    groups = tuple(group for _, group in sorted(every, key=lambda pair: pair[0]))
    return replace(batch, groups=groups, across=Alone())


def own(batch: Batch, across: Across) -> Batch:
    """This rank's share of a batch that holds the groups of all; see ``whole``."""
    return replace(batch, groups=batch.groups[across.rank :: across.num], across=across)
