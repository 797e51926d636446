"""Pictures of one description, each against a few of them instead of all."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from pathlib import Path

from mmreason.data.records import BadRecord
from mmreason.data.sources import TaskSpec
from mmreason.errors import DataError, RecipeError
from mmreason.seeds import seed_of
from mmreason.types import Task
from vision_data.media import Media
from vision_data.messages import media_of


@dataclass(frozen=True)
class AnchorDuels:
    """The pairs in which one picture is an anchor: for ranking with few comparisons (arXiv:2506.22832).

    ``of`` gives all pairs of several pictures, as the files of ImageReward and HPDv2's test do. For each set of
    pictures some are drawn as anchors, by ``seed`` and the set alone. The record gets ``set``, ``pictures`` (numbers
    of both in the set) and ``anchors`` (whether each is one). Sets of two pictures are left out. How the paper draws
    its anchors is not known.

    Args:
        of: pairs whose record has ``ranks``.
        anchors: of each set, at most all of it.
        seed: of the draw.

    Raises:
        RecipeError: no anchor.
    """

    of: TaskSpec
    anchors: int = 2
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse a ranking against nothing."""
        if self.anchors < 1:
            raise RecipeError(f"AnchorDuels needs at least one anchor, got {self.anchors}")

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Read the pairs and keep those with an anchor.

        Raises:
            DataError: no set has more than two pictures.
        """
        found, bad = self.of.load_tasks(home)
        sets: dict[str, list[Task]] = {}
        for task in found:
            sets.setdefault(set_of(task), []).append(task)
        kept = [duel for name, tasks in sets.items() for duel in self.duels(name, tasks)]
        if not kept:
            raise DataError(
                f"{self.of!r} has no set of three or more pictures among {len(found)} pairs; ranking needs several "
                "pictures of one description, each pair with 'ranks'"
            )
        return kept, bad

    def duels(self, name: str, tasks: list[Task]) -> list[Task]:
        """Those of one set."""
        numbers: dict[Media, int] = {}
        for task in tasks:
            for medium in media_of(task.prompt):
                numbers.setdefault(medium, len(numbers))
        if len(numbers) < 3:
            return []
        rng = random.Random(seed_of(self.seed, "anchors", name))
        chosen = set(rng.sample(range(len(numbers)), min(self.anchors, len(numbers))))
        out = []
        for task in tasks:
            pictures = [numbers[medium] for medium in media_of(task.prompt)]
            is_anchor = [number in chosen for number in pictures]
            if any(is_anchor) and isinstance(task.record.get("ranks"), list):
                about = {"set": name, "pictures": pictures, "anchors": is_anchor}
                out.append(replace(task, record={**task.record, **about}))
        return out


def set_of(task: Task) -> str:
    """Name the set: the row of the file that listed its pictures, or else the description."""
    source = task.record.get("source")
    if isinstance(source, dict) and {"file", "number"} <= source.keys():
        return f"{source['file']}-{source['number']}"
    return str(task.record.get("set", task.record.get("description")))
