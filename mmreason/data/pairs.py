"""Preference pairs of drawn pictures as a data set: two renderings of one description, one of which has faults."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmreason.data.pair_questions import BRIEF, pair_prompt
from mmreason.data.pair_thoughts import PairTeacher
from mmreason.data.records import BadRecord
from mmreason.errors import DataError, RecipeError
from mmreason.parsing.decision import decision_text
from mmreason.types import Task
from vision_data.media import Image

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

THINGS = ("apple", "ball", "balloon", "book", "car", "cat", "mug", "tree")
"""What a small model is shown: about as big as one of the cells that it sees."""
FAULTS = ("missing", "object", "colour", "count", "noise")
"""What may be wrong: all that can be told without naming a place."""


@dataclass(frozen=True)
class RenderedPairs:
    """Which of two pictures fits a description better: preference pairs as in arXiv:2506.22832, with known faults.

    Train and test share no description. In every two pairs one has the better picture first. The record has
    ``preference`` (1 or 2), ``description``, ``level``, ``faults``, and for each picture ``objects_1``, ``blur_1``,
    ``noise_1``; with a ``teacher`` also ``demonstrations``: texts to learn from.

    Args:
        num: pairs.
        seed: of the pictures.
        split: ``train`` or ``test``.
        levels: taken in turn: ``easy`` (three strong faults), ``medium`` (two), ``hard`` (a single weak one).
        groups: fewest and most groups of equal things that a description names.
        things: kinds of things that may be shown; empty for all.
        kinds: faults that may occur, of ``vision_data.generators.pairs.ALL_FAULTS``.
        size: side of a picture in pixels, at least 168.
        teacher: who writes demonstrations; None writes none.

    Raises:
        RecipeError: no pair or no level is asked for.
    """

    num: int
    seed: int = 0
    split: str = "train"
    levels: tuple[str, ...] = ("medium", "hard")
    groups: tuple[int, int] = (1, 1)
    things: tuple[str, ...] = THINGS
    kinds: tuple[str, ...] = FAULTS
    size: int = 168
    teacher: PairTeacher | None = None

    def __post_init__(self) -> None:
        """Refuse what would draw nothing."""
        if self.num < 1 or not self.levels:
            raise RecipeError(f"RenderedPairs needs num >= 1 and at least one level, got {self.num} and {self.levels}")

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Draw the pairs unless they are there, and read them.

        Raises:
            MediaError: a setting is out of range.
            DataError: the folder is damaged, or pairs such as these do not come up.
        """
        folder = home / "data" / self.name()
        if not (folder / "records.jsonl").is_file():
            self.draw(folder)
        return [self.task(row, folder) for row in rows_of(folder / "records.jsonl")], []

    def name(self) -> str:
        """Name of the folder: the same for all that want the same pictures."""
        low, high = self.groups
        what = "-".join(name[:4] for name in (*self.levels, *self.kinds))
        told = f"{what}-{len(self.things)}x{low}{high}-{self.size}"
        return f"compared-{self.split}-{told}-{self.seed}-{self.num}"

    def draw(self, folder: Path) -> None:
        """Write ``images/*-1.png``, ``images/*-2.png`` and ``records.jsonl``; the folder appears whole."""
        from vision_data.generators.folder import whole_folder

        with whole_folder(folder, overwrite=True) as draft:
            (draft / "images").mkdir()
            with (draft / "records.jsonl").open("w", encoding="utf-8") as file:
                for index, pair in enumerate(self.pairs()):
                    row, rungs = self.row(pair, index), self.rungs(pair)
                    paths = [f"images/{index:05d}-{number}.png" for number in (1, 2)]
                    for path, at in zip(paths, (0, -1) if row["preference"] == 1 else (-1, 0), strict=True):
                        rungs[at].save(draft / path)
                    file.write(json.dumps(row | {"images": paths}) + "\n")

    def rungs(self, pair: Any) -> list[Picture]:
        """Pictures from the one that fits, with one fault after the other put in, to the one with all."""
        from vision_data.generators.pairs import render
        from vision_data.generators.pairs.faults import with_faults

        return [render(with_faults(pair.good, pair.faults[:num])) for num in range(len(pair.faults) + 1)]

    def pairs(self) -> Iterator[Any]:
        """The first ``num`` pairs of the seed that show these things alone; see ``vision_data.generators.pairs``.

        Raises:
            DataError: none among many.
        """
        from vision_data.generators.pairs import make_pair
        from vision_data.generators.pairs.dataset import balanced
        from vision_data.generators.seeds import derive

        for index in range(self.num):
            level = self.levels[index % len(self.levels)]
            tries = (derive("compared", self.seed, index, k) for k in range(TRIES))
            order = balanced(self.seed, index)
            drawn = (make_pair(s, self.size, level, self.split, self.groups, self.kinds, order) for s in tries)
            found = next((pair for pair in drawn if self.shows(pair)), None)
            if found is None:
                raise DataError(f"{self!r}: no such pair among {TRIES}; allow more things")
            yield found

    def shows(self, pair: Any) -> bool:
        """Say whether a pair shows nothing else."""
        shown = {thing.kind for picture in pair.pictures for thing in picture.scene.things}
        return not self.things or shown <= set(self.things)

    def row(self, pair: Any, index: int) -> dict[str, Any]:
        """What is known of a pair."""
        from vision_data.generators.pairs import questions

        (record,) = questions(pair)
        kept = ("preference", "groups", "faults", "setting", *(f"{x}_{n}" for x in SHOWN for n in (1, 2)))
        about = {"id": f"{self.split}-compared-{index:05d}", "description": pair.prompt, "level": pair.difficulty}
        return about | {name: record[name] for name in kept}

    def task(self, row: dict[str, Any], folder: Path) -> Task:
        """One comparison."""
        one, two = (Image(str(folder / path)) for path in row["images"])
        record = {**row, "type": "preference"}
        if self.teacher is not None:
            record["demonstrations"] = self.teacher.texts(row["id"], row)
        return Task(
            id=row["id"],
            prompt=pair_prompt(one, two, row["description"], BRIEF),
            answer=decision_text(row["preference"]),
            record=record,
        )


TRIES = 2_000
"""Pairs that are looked at for one that shows only the things asked for."""
SHOWN = ("objects", "blur", "noise")


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Read the records of pairs.

    Raises:
        DataError: the file is damaged.
    """
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return [row for row in rows if row["preference"] in (1, 2) and len(row["images"]) == 2]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: cannot be read ({error}); remove its folder and it is drawn again") from None
