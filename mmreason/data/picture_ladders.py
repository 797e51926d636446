"""Several drawn pictures of one description, from the one that fits to the one with the most faults."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from mmreason.data.pair_questions import BRIEF, pair_prompt
from mmreason.data.pairs import RenderedPairs, rows_of
from mmreason.data.records import BadRecord
from mmreason.parsing.decision import decision_text
from mmreason.seeds import seed_of
from mmreason.types import Task
from vision_data.media import Image


@dataclass(frozen=True)
class PictureLadders:
    """All pairs of the pictures of a set whose ranking is known: a picture ranks lower with every fault.

    The faults of a pair of ``of`` are put in one after the other, which gives one picture more than there are faults.
    Record: ``description``, ``set``, ``ranks`` (1 is the best) and ``preference``. For ``AnchorDuels``
    (arXiv:2506.22832).

    Args:
        of: pairs to begin with; of its levels ``hard`` gives two pictures, ``medium`` three, ``easy`` four.
    """

    of: RenderedPairs

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Draw the pictures unless they are there, and read all pairs.

        Raises:
            MediaError: a setting is out of range.
            DataError: the folder is damaged.
        """
        folder = home / "data" / f"ladders-{self.of.name()}"
        if not (folder / "records.jsonl").is_file():
            self.draw(folder)
        return [self.task(row, folder) for row in rows_of(folder / "records.jsonl")], []

    def draw(self, folder: Path) -> None:
        """Write the pictures and ``records.jsonl``; the folder appears whole."""
        from vision_data.generators.folder import whole_folder

        with whole_folder(folder, overwrite=True) as draft:
            (draft / "images").mkdir()
            with (draft / "records.jsonl").open("w", encoding="utf-8") as file:
                for index, pair in enumerate(self.of.pairs()):
                    rungs, description = self.of.rungs(pair), self.of.row(pair, index)["description"]
                    ranks = list(range(1, len(rungs) + 1))
                    random.Random(seed_of(self.of.seed, "ladder", index)).shuffle(ranks)
                    paths = [f"images/{index:05d}-{number}.png" for number in range(len(ranks))]
                    for rank, path in zip(ranks, paths, strict=True):
                        rungs[rank - 1].save(draft / path)
                    for row in rows(f"{self.of.split}-ladder-{index:05d}", description, ranks, paths):
                        file.write(json.dumps(row) + "\n")

    def task(self, row: dict[str, Any], folder: Path) -> Task:
        """One comparison."""
        one, two = (Image(str(folder / path)) for path in row["images"])
        prompt = pair_prompt(one, two, row["description"], BRIEF)
        return Task(id=row["id"], prompt=prompt, answer=decision_text(row["preference"]), record=row)


def rows(name: str, description: str, ranks: list[int], paths: list[str]) -> list[dict[str, Any]]:
    """All pairs of one set."""
    return [
        {
            "id": f"{name}-{i}-{j}",
            "set": name,
            "type": "preference",
            "description": description,
            "preference": 1 if ranks[i] < ranks[j] else 2,
            "ranks": [ranks[i], ranks[j]],
            "images": [paths[i], paths[j]],
        }
        for i, j in combinations(range(len(ranks)), 2)
    ]
