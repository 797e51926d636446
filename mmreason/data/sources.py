"""Live task sources: in what order the tasks of a data set are asked."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from mmreason.data.records import BadRecord
from mmreason.errors import DataError
from mmreason.seeds import seed_of
from mmreason.shares import dealt
from mmreason.slots import Opened
from mmreason.types import Across, Alone, Batch, Task


class TaskSpec(Protocol):
    """Frozen dataclass that can read its tasks; ``home`` is where generated data may be written."""

    def load_tasks(self, home: Any) -> tuple[list[Task], list[BadRecord]]:
        """Read all tasks, and what was skipped."""
        ...


@dataclass(frozen=True)
class Shuffled:
    """Every task once per epoch, in an order drawn anew for each. Not from a paper.

    The order depends on the run's seed and the epoch alone. ``drop_last`` starts the next epoch rather than mixing two
    in one step (RewardMap drops incomplete batches).
    """

    of: TaskSpec
    drop_last: bool = True
    steady: ClassVar[bool] = True

    def open(self, run: Opened) -> LiveOrder:
        """Read the tasks."""
        return LiveOrder(tasks_of(self.of, run), run.seed, True, self.drop_last, repr(self.of), run.across)


@dataclass(frozen=True)
class InOrder:
    """Every task in the order of the data, again and again: for evaluation. Not from a paper."""

    of: TaskSpec
    steady: ClassVar[bool] = True

    def open(self, run: Opened) -> LiveOrder:
        """Read the tasks."""
        return LiveOrder(tasks_of(self.of, run), run.seed, False, False, repr(self.of), run.across)


def tasks_of(spec: TaskSpec, run: Opened) -> list[Task]:
    """Read the tasks; an empty data set is refused.

    Raises:
        DataError: there is no task, or two have the same id.
    """
    tasks, bad = spec.load_tasks(run.home)
    run.ledger.add("bad_records", len(bad))
    if not tasks:
        raise DataError(
            f"{spec!r} has no tasks" + (f"; all {len(bad)} records are bad, e.g. {bad[0].reason}" if bad else "")
        )
    seen: set[str] = set()
    for task in tasks:
        if task.id in seen:
            raise DataError(f"{spec!r}: two tasks have the id {task.id!r}; ids must be unique")
        seen.add(task.id)
    return tasks


class LiveOrder:
    """Walks through the tasks; remembers the epoch and the place in it."""

    def __init__(
        self,
        tasks: Sequence[Task],
        seed: int,
        shuffle: bool,
        drop_last: bool,
        name: str,
        across: Across | None = None,
    ) -> None:
        self.across = across or Alone()
        self.tasks, self.seed, self.shuffle, self.drop_last, self.name = tasks, seed, shuffle, drop_last, name
        self.epoch, self.at = 0, 0
        self.orders: dict[int, list[int]] = {}
        """Of the epochs last asked for."""

    def order(self, epoch: int) -> list[int]:
        """Indices of an epoch."""
        if epoch not in self.orders:
            self.orders = {at: order for at, order in self.orders.items() if at == epoch - 1}
            self.orders[epoch] = self.drawn(epoch)
        return self.orders[epoch]

    def drawn(self, epoch: int) -> list[int]:
        """Draw the order of an epoch."""
        out = list(range(len(self.tasks)))
        if self.shuffle:
            random.Random(seed_of(self.seed, "order", self.name, epoch)).shuffle(out)
        return out

    def next(self, num: int) -> list[Task]:
        """Give this rank's share of the next tasks of all ranks, from the next epoch where this one is over.

        Every rank must call; each says how many it wants.
        """
        counts = self.across.gather([num])
        out, self.epoch, self.at = self.walk(sum(counts))
        return [out[place] for place in dealt(counts, self.across.rank)]

    def upcoming(self, num: int) -> list[Task]:
        """Give the very tasks that ``next`` will give, where all ranks want ``num`` together."""
        return self.walk(num)[0][self.across.rank :: self.across.num]

    def walk(self, num: int) -> tuple[list[Task], int, int]:
        """The next ``num`` tasks, and the epoch and the place in it that follow them."""
        out: list[Task] = []
        epoch, at = self.epoch, self.at
        if self.drop_last and num <= len(self.tasks) < at + num:
            epoch, at = epoch + 1, 0
        while len(out) < num:
            chosen = self.order(epoch)[at : at + num - len(out)]
            out += [self.tasks[i] for i in chosen]
            at += len(chosen)
            if at == len(self.tasks):
                epoch, at = epoch + 1, 0
        return out, epoch, at

    def observe(self, batch: Batch) -> None:
        """The order does not depend on what comes out."""

    def state_dict(self) -> dict[str, Any]:
        """Epoch, place and size."""
        return {"epoch": self.epoch, "at": self.at, "num": len(self.tasks)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on there; refuses a data set that has changed its size."""
        if state["num"] != len(self.tasks):
            raise DataError(
                f"{self.name} had {state['num']} tasks when the run was saved and has {len(self.tasks)} now"
            )
        self.epoch, self.at = state["epoch"], state["at"]
