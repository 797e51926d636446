"""Which lines stop where: questions with options on generated transit maps, for what needs options to choose from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from mmreason.data.records import BadRecord
from mmreason.data.scenes import rows_of
from mmreason.errors import DataError, RecipeError
from mmreason.rewards.golds import one_of
from mmreason.types import Task
from vision_data.generators.transit.line_options import KINDS, LineTeacher
from vision_data.media import Image
from vision_data.messages import user
from vision_data.prompts import MultipleChoice

if TYPE_CHECKING:
    from vision_data.generators.transit import TransitMap

SHORT = "Think in <think>, then all right letters in <answer>."
"""What is asked for, in few words for a small model; it does not tell how many options are right."""
STYLE = "{letter} {text}"
TRIES = 200
"""Maps that are drawn for one that can be asked what is wanted."""
Answers = Literal["single", "multi", "mixed"]


@dataclass(frozen=True)
class LineOptions:
    """Which of four lines stop at a station, or at one and not at another, on generated transit maps. Not from a paper.

    Train and test share no city and no layout. The record has ``question``, ``options`` and ``answer``, ``multi``
    (``single`` or ``multi``), ``kind``, ``stations`` and ``read`` (the lines at each station), ``level`` and ``domain``
    as given here, and with a ``teacher`` ``demonstrations``: texts to learn from.

    Args:
        num: questions, each on a map of its own.
        seed: of maps and questions.
        split: ``train`` or ``test``.
        kinds: of questions, in turn: ``at``, ``not_at``, ``both``, ``only``.
        answers: questions with one right option (``single``), with several (``multi``), or both (``mixed``).
        map_level: ``tiny``, or ``small`` for larger maps with more lines.
        style: manner of drawing: ``classic``, ``rounded``, ``night``, ``paper`` or ``mixed``.
        level: what the record says of its level, such as the L1 to L3 of SEED-Bench-R1 (arXiv:2503.24376).
        teacher: who writes demonstrations; None writes none.

    Raises:
        DataError: ``answers`` is none of those there are.
        RecipeError: nothing is asked for.
    """

    num: int
    seed: int = 0
    split: str = "train"
    kinds: tuple[str, ...] = KINDS
    answers: Answers = "mixed"
    map_level: str = "tiny"
    style: str = "classic"
    level: str = ""
    teacher: LineTeacher | None = None

    def __post_init__(self) -> None:
        """Refuse unknown kinds of answers, and to draw nothing."""
        one_of(self.answers, get_args(Answers), "LineOptions: answers")
        if self.num < 1 or not self.kinds:
            raise RecipeError(f"LineOptions needs num >= 1 and a kind, got {self.num} and {self.kinds}")

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Draw the maps unless they are there, and read the questions.

        Raises:
            MediaError: a setting is out of range.
            DataError: the folder is damaged.
        """
        folder = home / "data" / self.name()
        if not (folder / "records.jsonl").is_file():
            self.draw(folder)
        return [self.task(row, folder) for row in rows_of(folder / "records.jsonl")], []

    def name(self) -> str:
        """Name of the folder: the same for all that want the same questions."""
        kinds = "-".join(self.kinds)
        what = f"{self.map_level}-{self.style}-{self.split}-{kinds}-{self.answers}"
        return f"lines-{what}-{self.seed}-{self.num}"

    def draw(self, folder: Path) -> None:
        """Write ``maps/*.png`` and ``records.jsonl``; the folder appears whole."""
        from vision_data.generators.folder import whole_folder
        from vision_data.generators.transit import render
        from vision_data.generators.transit.styles import style_of

        with whole_folder(folder) as draft:
            (draft / "maps").mkdir()
            with (draft / "records.jsonl").open("w", encoding="utf-8") as file:
                for index in range(self.num):
                    drawn, row = self.asked(index)
                    path = f"maps/{index:05d}.png"
                    render(drawn, style=style_of(self.style, True, self.split, drawn.seed)).save(draft / path)
                    file.write(json.dumps(row | {"id": f"{self.split}-lines-{index:05d}", "image": path}) + "\n")

    def asked(self, index: int) -> tuple[TransitMap, dict[str, Any]]:
        """Map and question number ``index``, which depend on the settings and the index alone."""
        from vision_data.generators.seeds import derive
        from vision_data.generators.transit import make_map
        from vision_data.generators.transit.line_options import line_options

        several = {"single": False, "multi": True, "mixed": None}[self.answers]
        for attempt in range(TRIES):
            seed = derive("line options", self.seed, index, attempt)
            drawn = make_map(seed, self.map_level, self.split)
            if rows := line_options(drawn, seed, (self.kinds[index % len(self.kinds)],), 1, several):
                return drawn, rows[0]
        kind = self.kinds[index % len(self.kinds)]
        raise DataError(
            f"LineOptions: no {self.map_level} map of {TRIES} has a question {kind!r} with answers {self.answers!r}: "
            "take other kinds or mixed ones"
        )

    def task(self, row: dict[str, Any], folder: Path) -> Task:
        """One question below its map."""
        question = MultipleChoice.from_record(row)
        record: dict[str, Any] = {name: value for name, value in row.items() if name not in ("id", "image")}
        record |= {"type": row["kind"]} | ({"level": self.level} if self.level else {})
        if self.teacher is not None:
            record["demonstrations"] = self.teacher.texts(row["id"], row)
        picture = Image(str(folder / row["image"]))
        text = f"\n{question.text(STYLE)}\n{SHORT}"
        return Task(id=row["id"], prompt=(user(picture, text),), answer=question.answer, record=record)
