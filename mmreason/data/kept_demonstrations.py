"""Texts that one stage made, from which another one learns."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from mmreason.asks import Request, Role
from mmreason.data.sources import TaskSpec, tasks_of
from mmreason.errors import DataError, RecipeError
from mmreason.seeds import seed_of
from mmreason.shares import dealt
from mmreason.slots import Opened
from mmreason.types import Across, Alone, Batch, Task

DEMONSTRATIONS = Role("demonstrations")


@dataclass(frozen=True)
class DemonstrationStore:
    """Remembers the texts of tasks, also in checkpoints. Not from a paper."""

    role: Role = DEMONSTRATIONS

    def open(self, run: Opened) -> LiveDemonstrations:
        """Begin empty."""
        return LiveDemonstrations(self.role)


class LiveDemonstrations:
    """The live part: texts by the id of their task."""

    def __init__(self, role: Role) -> None:
        self.role = role
        self.texts: dict[str, list[str]] = {}

    def answer(self, requests: Sequence[Request[Any]]) -> list[Any]:
        """Refuse: it is written to and drawn from.

        Raises:
            RecipeError: always.
        """
        raise RecipeError(f"{self.role.name} is a store and answers no {type(requests[0]).__name__}")

    def write(self, records: list[dict[str, object]]) -> None:
        """Add texts; those of a task that is there already are replaced."""
        for record in records:
            texts = record["texts"]
            assert isinstance(texts, list)
            self.texts[str(record["id"])] = [str(text) for text in texts]

    def after_step(self, batch: Batch) -> None:
        """Nothing follows a step."""

    def state_dict(self) -> dict[str, Any]:
        """All texts."""
        return {"texts": {id: list(texts) for id, texts in self.texts.items()}}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Put them back."""
        self.texts = {id: list(texts) for id, texts in state["texts"].items()}


@dataclass(frozen=True)
class KeepDemonstrations:
    """Writes the completions of a batch into a ``DemonstrationStore``, by task. Not from a paper."""

    into: Role = DEMONSTRATIONS

    def records(self, batch: Batch) -> list[dict[str, object]]:
        """One record for each group."""
        return [{"id": g.task.id, "texts": [c.text for c in g.completions]} for g in batch.groups]


@dataclass(frozen=True)
class Demonstrated:
    """Tasks that a ``DemonstrationStore`` has texts for, as ``demonstrations`` of their record. Not from a paper.

    Every one of them comes once per epoch, in an order drawn anew for each.
    """

    of: TaskSpec
    store: Role = DEMONSTRATIONS

    def open(self, run: Opened) -> LiveDemonstrated:
        """Read the tasks; their texts are looked up when they are drawn."""
        return LiveDemonstrated(tasks_of(self.of, run), run.models[self.store], run.seed, repr(self.of), run.across)


class LiveDemonstrated:
    """Walks through the tasks with texts; remembers the epoch and the place in it."""

    def __init__(
        self, tasks: Sequence[Task], store: LiveDemonstrations, seed: int, name: str, across: Across | None = None
    ) -> None:
        self.across = across or Alone()
        self.tasks, self.store, self.seed, self.name = list(tasks), store, seed, name
        self.epoch, self.at = 0, 0

    def next(self, num: int) -> list[Task]:
        """Give the next tasks, from the next epoch where this one is over.

        Raises:
            DataError: the store has no text for any of the tasks.
        """
        known = [task for task in self.tasks if self.store.texts.get(task.id)]
        if not known:
            raise DataError(
                f"{self.name}: {self.store.role.name} holds no text for any of its {len(self.tasks)} tasks; "
                "the stage that was to write them found none that can be used"
            )
        counts, out = self.across.gather([num]), list[Task]()
        while len(out) < sum(counts):
            if self.at >= len(known):
                self.epoch, self.at = self.epoch + 1, 0
            order = list(range(len(known)))
            random.Random(seed_of(self.seed, "order", self.name, self.epoch)).shuffle(order)
            chosen = order[self.at : self.at + sum(counts) - len(out)]
            out += [known[i] for i in chosen]
            self.at += len(chosen)
        mine = [out[place] for place in dealt(counts, self.across.rank)]
        return [replace(t, record={**t.record, "demonstrations": list(self.store.texts[t.id])}) for t in mine]

    def upcoming(self, num: int) -> list[Task]:
        """Give no hint: texts may still be written."""
        return []

    def observe(self, batch: Batch) -> None:
        """The order does not depend on what comes out."""

    def state_dict(self) -> dict[str, Any]:
        """Epoch and place."""
        return {"epoch": self.epoch, "at": self.at}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on there."""
        self.epoch, self.at = state["epoch"], state["at"]
