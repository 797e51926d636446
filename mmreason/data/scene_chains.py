"""Grounded chains for generated scenes, by a teacher who errs as often as asked."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmreason.errors import RecipeError
from mmreason.seeds import seed_of


@dataclass(frozen=True)
class ChainTeacher:
    """Writes ``num`` demonstrations for a scene: boxes in a thought, a second thought, an answer, as in GRIT.

    The chain (arXiv:2505.15879) lists the boxes that the question is about, row by row where they are counted, else in
    the order in which they are named. With probability ``miss``
    each of them is left out, and with probability ``stray`` a thing that was not asked for is boxed too. The second
    thought and the answer are the right ones, but with probability ``slip`` another answer is given in both. So boxes
    and answers can be wrong apart: what the counting reward is to mend. Texts depend on the task's id, the teacher and
    nothing else.

    Raises:
        RecipeError: a number is out of range.
    """

    num: int = 2
    miss: float = 0.0
    stray: float = 0.0
    slip: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what is no number of texts or no probability."""
        if self.num < 1 or not all(0 <= chance <= 1 for chance in (self.miss, self.stray, self.slip)):
            raise RecipeError(
                "ChainTeacher needs num >= 1, and miss, stray and slip from 0 to 1, "
                f"got {self.num}, {self.miss}, {self.stray} and {self.slip}"
            )

    def texts(self, id: str, record: Mapping[str, Any], answer: str) -> list[str]:
        """Give the demonstrations of a task.

        Args:
            id: of the task.
            record: with ``boxes`` and ``objects``.
            answer: the right one.
        """
        return [self.text(random.Random(seed_of(self.seed, "chain", id, i)), record, answer) for i in range(self.num)]

    def text(self, rng: random.Random, record: Mapping[str, Any], answer: str) -> str:
        """One demonstration."""
        boxes = [box for box in record["boxes"] if rng.random() >= self.miss]
        others = [thing["box"] for thing in record["objects"] if thing["box"] not in record["boxes"]]
        if others and rng.random() < self.stray:
            boxes.append(rng.choice(others))
        said = another(rng, record, answer) if rng.random() < self.slip else answer
        if record.get("type") == "counting":
            boxes.sort(key=lambda box: (box[1], box[0]))
        listed = " ".join(map(written, boxes))
        return f"<think>I see {listed or 'none'}</think><rethink>So {said}.</rethink><answer>{said}"


def written(box: Sequence[float]) -> str:
    """A box in whole pixels.

    >>> written([2, 30, 26.4, 54])
    '[2,30,26,54]'
    """
    return f"[{','.join(str(round(edge)) for edge in box)}]"


def another(rng: random.Random, record: Mapping[str, Any], answer: str) -> str:
    """A wrong answer of the same form."""
    if answer in ("yes", "no"):
        return "no" if answer == "yes" else "yes"
    if answer.isdigit():
        return str(rng.choice([n for n in (int(answer) - 1, int(answer) + 1) if n >= 0]))
    return str(rng.choice([option for option in record.get("options", ()) if option != answer] or ["unknown"]))
