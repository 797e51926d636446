"""Generated transit maps as a data set: rendered into the run's folder, then read like any other records."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mmreason.data.reasonmap import ReasonMapRecords
from mmreason.data.records import BadRecord
from mmreason.rewards.reasonmap_record import TYPES
from mmreason.types import Task


@dataclass(frozen=True)
class TransitMaps:
    """ReasonMap-like questions (arXiv:2505.18675) on generated maps; train and test share no city.

    Args:
        num_maps: maps to draw.
        seed: of the maps and questions.
        level: ``tiny``, ``easy``, ``middle`` or ``hard``.
        split: ``train`` or ``test``.
        types: question types to keep.
        per_type: questions of each type on a map.
    """

    num_maps: int
    seed: int = 0
    level: str = "tiny"
    split: str = "train"
    types: tuple[str, ...] = TYPES
    per_type: int = 1

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Draw the maps unless they are there, and read the records.

        All types are written, so that stages that ask different types share the maps.
        """
        from vision_data.generators.transit import write_dataset

        name = f"transit-{self.level}-{self.split}-{self.seed}-{self.num_maps}x{self.per_type}"
        folder = home / "data" / name
        if not (folder / "records.jsonl").is_file():
            write_dataset(folder, self.num_maps, self.seed, self.level, self.split, per_type=self.per_type)
        return ReasonMapRecords(folder / "records.jsonl", types=self.types).load()
