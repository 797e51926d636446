"""Preference pairs of pictures in the form of listener-rewarded thinking (arXiv:2506.22832)."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from pathlib import Path

from mmreason.data.records import BadRecord, OnBadRecord
from mmreason.data.sources import TaskSpec
from mmreason.errors import DataError, RecipeError
from mmreason.parsing.decision import decision_text
from mmreason.rewards.golds import place
from mmreason.types import Task
from vision_data.media import Image
from vision_data.messages import Prompt, media_of, user


@dataclass(frozen=True)
class Form:
    """The words around two pictures and a description.

    Args:
        labels: before each picture.
        asks: before the description.
        wants: after it.
    """

    labels: tuple[str, str]
    asks: str
    wants: str


FULL = Form(
    ("Image 1:\n", "\nImage 2:\n"),
    "\nBoth images were made for this prompt: ",
    "\nWhich image is better? Weigh how well each fits the prompt, how it looks and whether it has errors. Write down "
    "your thinking between <think> and </think>, then the decision between <answer> and </answer> as JSON, with 1 for "
    f"the better image and 0 for the other: {decision_text(1)} or {decision_text(2)}.",
)
BRIEF = Form(("1", " 2"), "\n", " Which is better? Think in <think>, then JSON in <answer>.")
"""For a small model."""


def pair_prompt(one: Image, two: Image, description: str, form: Form = FULL) -> Prompt:
    """Ask which of two pictures is better."""
    return (user(form.labels[0], one, form.labels[1], two, f"{form.asks}{description}{form.wants}"),)


@dataclass(frozen=True)
class PairQuestions:
    """Preference pairs of another spec, such as HPD's or ImageReward's files, asked as arXiv:2506.22832 has it.

    A pair is a task with two pictures whose record has ``description`` and ``preference`` (1 or 2). Its answer becomes
    ``{"image_1": 1, "image_2": 0}`` or the other way round. The paper's keys are not known; these are this project's.

    Args:
        of: where the pairs come from.
        form: the words.
        share: so much of them, above 0 to 1, drawn by ``seed``; the paper learns from about 0.16 of HPDv2's.
        num: no more than this; None for no such limit.
        seed: of the draw.
        max_pixels: most pixels of a picture; None leaves it to the spec.
        on_bad_record: what a task that is no such pair does.

    Raises:
        RecipeError: the share is none.
    """

    of: TaskSpec
    form: Form = FULL
    share: float = 1.0
    num: int | None = None
    seed: int = 42
    max_pixels: int | None = None
    on_bad_record: OnBadRecord = "stop"

    def __post_init__(self) -> None:
        """Refuse what would leave nothing."""
        if not 0 < self.share <= 1 or (self.num is not None and self.num < 1):
            raise RecipeError(
                f"PairQuestions needs a share above 0 up to 1, and num >= 1 or None, got {self.share} and {self.num}"
            )

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Read the spec, draw, and put the pairs into this form.

        Raises:
            DataError: there is no pair, or under ``stop`` a task is none.
        """
        found, bad = self.of.load_tasks(home)
        pairs = []
        for task in found:
            try:
                pairs.append(self.asked(task))
            except DataError as error:
                if self.on_bad_record == "stop":
                    raise
                bad.append(BadRecord(task.where, str(error)))
        if not pairs:
            raise DataError(f"{self.of!r} has no preference pair among {len(found)} tasks; e.g. {reason(bad)}")
        kept = max(1, min(round(self.share * len(pairs)), self.num or len(pairs)))
        chosen = sorted(random.Random(self.seed).sample(range(len(pairs)), kept))
        return [pairs[i] for i in chosen], bad

    def asked(self, task: Task) -> Task:
        """One pair in this form.

        Raises:
            DataError: it is none.
        """
        media, about = media_of(task.prompt), task.record.get("description")
        better = task.record.get("preference")
        pictures = [m for m in media if isinstance(m, Image)]
        if len(media) != 2 or len(pictures) != 2 or not isinstance(about, str) or better not in (1, 2):
            raise DataError(
                f"{place(task)}: expected two pictures, a description and a preference of 1 or 2, got {len(media)} "
                f"media, {str(about)[:40]!r} and {better!r}; formats such as hpd and image-reward have them"
            )
        one, two = (replace(m, max_pixels=self.max_pixels or m.max_pixels) for m in pictures)
        rest = {name: value for name, value in task.record.items() if name not in ("options", "answer_type")}
        prompt = pair_prompt(one, two, about.strip(), self.form)
        return replace(task, prompt=prompt, answer=decision_text(better), record=rest)


def reason(bad: list[BadRecord]) -> str:
    """Why the first of them is bad."""
    return bad[0].reason if bad else "the file is empty"
