"""Preference pairs about pictures that are drawn for the run: no file is needed."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from mmreason.data.preference_pairs import PreferencePairs
from mmreason.data.records import BadRecord
from mmreason.data.transit import TransitMaps
from mmreason.types import Task

MAP_TYPES = ("TorF1", "TorF2", "Counting1", "Counting2", "Counting3")
GROUPS = (1, 2)
"""Groups of equal things in a description."""


@dataclass(frozen=True)
class MapPairs:
    """Questions about transit maps (arXiv:2505.18675), a right worked answer and one that slips and ends wrong.

    Train and test share no city.

    Args:
        num_maps: maps to draw; each is asked a question of every type.
        seed: of maps, questions and slips.
        level: ``tiny``, ``easy``, ``middle`` or ``hard``.
        split: ``train`` or ``test``.
        types: question types to keep, planning excepted.
        slip: how often the teacher of the rejected answer slips, 0 to 1.
    """

    num_maps: int
    seed: int = 0
    level: str = "tiny"
    split: str = "train"
    types: tuple[str, ...] = MAP_TYPES
    slip: float = 0.35

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Draw the maps unless they are there, and have every question answered twice."""
        tasks, bad = TransitMaps(self.num_maps, self.seed, self.level, self.split, self.types).load_tasks(home)
        return [self.answered(task) for task in tasks], bad

    def answered(self, task: Task) -> Task:
        """Add both answers to the record."""
        from vision_data.generators.transit import explain

        record: dict[str, Any] = dict(task.record)
        drawn = map_of(record["map_seed"], self.level, self.split)
        chosen = explain(record, drawn, self.seed)
        tries = (explain(record, drawn, self.seed + k, self.slip) for k in range(TRIES))
        wrong = (text for text in tries if boxed(text) != boxed(chosen))
        rejected = next(wrong, None) or explain(record, drawn, self.seed, 1.0)
        return replace(task, record=record | {"chosen": chosen, "rejected": rejected})


TRIES = 64
"""Slipping answers that are looked at for one that ends wrong."""


def boxed(text: str) -> str:
    """The final answer of a worked one."""
    return text.rpartition("\\boxed")[2]


@cache
def map_of(seed: int, level: str, split: str) -> Any:
    """The map of a seed, drawn once for all of its questions."""
    from vision_data.generators.transit import make_map

    return make_map(seed, level, split)


@dataclass(frozen=True)
class PicturePairs:
    """Two renderings of one description, and two explanations of which is better. Not from a paper.

    Both explanations tell the same faults; the chosen one decides by them, the rejected one against them. Train and
    test share no description.

    Args:
        num: pairs.
        seed: of the pictures and the explanations.
        size: side of a picture in pixels, at least 168.
        difficulty: easy, medium, hard or mixed.
        split: train or test.
    """

    num: int
    seed: int = 0
    size: int = 168
    difficulty: str = "easy"
    split: str = "train"

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Draw the pairs unless they are there, and read them."""
        folder = home / "data" / f"pairs-{self.difficulty}-{self.size}-{self.split}-{self.seed}-{self.num}"
        if not (folder / "pairs.jsonl").is_file():
            self.draw(folder)
        return PreferencePairs(folder / "pairs.jsonl").load()

    def draw(self, folder: Path) -> None:
        """Write the pictures, and ``pairs.jsonl`` last: the questions with both explanations."""
        from vision_data.generators.pairs import explain, make_pair, write_dataset

        dials = (self.difficulty, self.split, GROUPS)
        records = write_dataset(folder, self.num, self.seed, self.size, *dials, overwrite=True)
        lines = []
        for line in records.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            level, preferred = record["difficulty"], record["preference"]
            pair = make_pair(record["pair_seed"], self.size, level, self.split, GROUPS, preferred=preferred)
            told = {"id": record["id"], "images": record["images"], "prompt": "<image><image>\n" + record["question"]}
            sides = {"chosen": explain(pair, self.seed), "rejected": explain(pair, self.seed, slip=1.0)}
            lines.append(json.dumps(told | sides | {"faults": len(record["faults"])}) + "\n")
        draft = folder / "pairs.jsonl.part"
        draft.write_text("".join(lines), encoding="utf-8")
        draft.replace(folder / "pairs.jsonl")
