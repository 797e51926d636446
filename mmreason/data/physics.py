"""Generated videos of colliding objects as a data set: drawn into the run's folder, asked as CLEVRER does."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from mmreason.data.option_questions import OptionQuestions
from mmreason.data.physics_colours import among_colours, colours_seen, seed_for, shown_in
from mmreason.data.physics_thoughts import OptionTeacher
from mmreason.data.records import BadRecord
from mmreason.errors import DataError
from mmreason.rewards.golds import one_of
from mmreason.types import Task
from vision_data.frames import Uniform
from vision_data.generators.physics.spec import COLOURS
from vision_data.media import Video
from vision_data.messages import user
from vision_data.prompts import Invert, MultipleChoice

SINGLE = "Think in <think>, then one letter in <answer>."
SEVERAL = "Think in <think>, then all right letters in <answer>."
SEEN = "seen"
Answers = Literal["single", "multi", "mixed", "inverted", "inverted-released"]

_WITHOUT = re.compile(r"If (.+) were taken away, which of these would (not )?happen before the video ends\?")
_NEXT = re.compile(r"Which of these will (not )?happen (within .+)\?")


def what(question: str) -> str:
    """Ask with "what", as data sets of real videos do, so that the rules of inversion know what to negate.

    >>> what("If the red circle were taken away, which of these would happen before the video ends?")
    'What would happen before the video ends if the red circle were taken away?'
    >>> what("Which of these will not happen within 1 seconds after the video ends?")
    "What won't happen within 1 seconds after the video ends?"
    """
    if found := _WITHOUT.fullmatch(question):
        verb = "wouldn't" if found[2] else "would"
        return f"What {verb} happen before the video ends if {found[1]} were taken away?"
    if found := _NEXT.fullmatch(question):
        verb = "won't" if found[1] else "will"
        return f"What {verb} happen {found[2]}?"
    return question


@dataclass(frozen=True)
class PhysicsVideos:
    """Questions with options on generated videos, as CLEVRER's (arXiv:1910.01442) in TW-GRPO (arXiv:2505.24718).

    Answers follow from the simulation. With ``answers`` the questions have one right option (``single``), one or
    several (``multi``: drawn so; ``mixed``: both), or one that inversion turns into several for half of them
    (``inverted``; ``inverted-released`` by the rule of the released code, which mislabels what it cannot negate).

    Args:
        num_videos: videos to draw.
        seed: of the videos and questions.
        split: ``train`` or ``test``; they share no world.
        types: ``explanatory``, ``predictive``, ``counterfactual``, ``descriptive`` (who collides with whom), or
            ``seen``: which colours are seen in the video, for models that know little else.
        per_type: questions of each type on a video, as far as it has so many.
        answers: how many options are right.
        frames: frames shown of each video.
        objects: fewest and most objects.
        colours: descriptive questions about a colour offer so many of them, and no others are asked; 0
            leaves these questions out.
        teacher: who writes demonstrations into the record; None writes none.

    Raises:
        RecipeError: a setting is none of those there are.
    """

    num_videos: int
    seed: int = 0
    split: str = "train"
    types: tuple[str, ...] = ("counterfactual",)
    per_type: int = 2
    answers: Answers = "mixed"
    frames: int = 4
    objects: tuple[int, int] = (3, 4)
    colours: int = 0
    teacher: OptionTeacher | None = None

    def __post_init__(self) -> None:
        """Refuse unknown kinds of answers, and colours that there are not."""
        one_of(self.answers, get_args(Answers), "PhysicsVideos: answers")
        one_of(self.colours, (0, 2, 3, 4, 5, 6, 7), "PhysicsVideos: colours")

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Draw the videos unless they are there, and read the questions that have options.

        Raises:
            MediaError: a setting is out of range.
            DataError: nothing is left to ask, or the folder is damaged.
        """
        drawn = _Drawn(self, self.folder(home))
        tasks, bad = self.form(drawn).load_tasks(home)
        return [self.taught(task) for task in tasks], bad

    def form(self, drawn: _Drawn) -> OptionQuestions:
        """Options as CLEVRER's in the paper, few words."""
        return OptionQuestions(drawn, "{letter} {text}", SINGLE, SEVERAL, invert=self.inversion())

    def folder(self, home: Path) -> Path:
        """Where the videos are; they are drawn once for all that ask the same of the same worlds."""
        kinds = "-".join(kind[:4] for kind in self.types)
        form = {"single": "single", "multi": "multi", "mixed": "mixed"}.get(self.answers, "single")
        low, high = self.objects
        size = f"{low}{high}-{self.seed}-{self.num_videos}x{self.per_type}"
        return home / "data" / f"physics-{kinds}-{form}-{self.split}-{size}"

    def inversion(self) -> Invert | None:
        """The rule by which questions are turned into their opposite."""
        if not self.answers.startswith("inverted"):
            return None
        return Invert("released" if self.answers == "inverted-released" else "corrected", rules="star", seed=self.seed)

    def taught(self, task: Task) -> Task:
        """A task with demonstrations."""
        if self.teacher is None:
            return task
        texts = self.teacher.texts(task.id, MultipleChoice.from_record(task.record))
        return replace(task, record={**task.record, "demonstrations": texts})


@dataclass(frozen=True)
class _Drawn:
    """The videos of ``PhysicsVideos`` as plain questions with options. Not from a paper."""

    of: PhysicsVideos
    folder: Path

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Draw what is not there, and read it."""
        from vision_data.generators.physics import Level, write_dataset

        of, path = self.of, self.folder / "records.jsonl"
        if not path.is_file():
            multiple = {"multi": True, "mixed": None}.get(of.answers, False)
            negated = None if of.answers in ("multi", "mixed") else False
            level = Level(objects=of.objects, radius=0.1, collisions=(1, 2))
            types = [kind for kind in of.types if kind != SEEN]
            write_dataset(self.folder, of.num_videos, of.seed, level, of.split, types, of.per_type, multiple, negated)
        seen = self.seen() if SEEN in of.types else []
        return [self.task(row) for row in (*map(self.offered, rows_of(path)), *seen) if row["options"]], []

    def offered(self, row: dict[str, Any]) -> dict[str, Any]:
        """A question about a colour with colours to choose from, where that is wanted."""
        num = self.of.colours
        if not num or row["type"] != "descriptive":
            return row
        if row["options"] or row["answer"] not in COLOURS:
            return row | {"options": []}
        made = among_colours(row["question"], row["answer"], tuple(COLOURS), num, seed_for(self.of.seed, row["id"]))
        return row | made.as_record()

    def seen(self) -> list[dict[str, Any]]:
        """Which colours are seen, ``per_type`` questions for each video."""
        of, rows = self.of, []
        several = {"multi": True, "mixed": None}.get(of.answers, False)
        for path in sorted((self.folder / "annotations").glob("*.json")):
            shown = shown_in(path)
            for number in range(of.per_type):
                id = f"{of.split}-physics-{SEEN}-{path.stem}-{number}"
                made = colours_seen(shown, tuple(COLOURS), seed_for(of.seed, id), several)
                if made is not None:
                    about = {"id": id, "video": f"videos/{path.stem}.mp4", "type": SEEN, "subtype": SEEN}
                    rows.append(made.as_record() | about | {"objects": shown, "events": []})
        return rows

    def task(self, row: dict[str, Any]) -> Task:
        """One question below its video."""
        question = MultipleChoice.of(what(row["question"]), row["options"], row["answer"])
        video = Video(str(self.folder / row["video"]), frames=Uniform(self.of.frames))
        kept = {name: row[name] for name in ("type", "subtype", "objects", "events")}
        return Task(
            id=row["id"],
            prompt=(user(video, f"\n{question.text()}"),),
            answer=question.answer,
            record={**question.as_record(), **kept},
        )


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Read the generator's records.

    Raises:
        DataError: the file is damaged.
    """
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return [row for row in rows if isinstance(row["options"], list)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: cannot be read ({error}); remove its folder and it is drawn again") from None
