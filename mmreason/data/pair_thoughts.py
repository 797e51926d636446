"""Short worked comparisons of two pictures by a teacher who errs as often as asked."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mmreason.errors import RecipeError
from mmreason.parsing.decision import decision_text
from mmreason.seeds import seed_of
from vision_data.generators.pairs.prompts import NUMBERS
from vision_data.generators.scenes.outdoor import plural


def seen(record: Mapping[str, Any], number: int) -> str:
    """What is on picture 1 or 2, and what spoils it.

    >>> mug = {"colour": "red", "kind": "mug", "place": "shelf"}
    >>> seen({"objects_1": [mug, mug], "blur_1": 0.0, "noise_1": 9.5}, 1)
    'two red mugs, noisy'
    """
    counts = Counter((thing["colour"], thing["kind"]) for thing in record[f"objects_{number}"])
    things = [counted(count, *thing) for thing, count in sorted(counts.items())]
    spoiled = [word for word, name in (("blurred", "blur"), ("noisy", "noise")) if record[f"{name}_{number}"]]
    return ", ".join([*things, *spoiled] if things else ["nothing", *spoiled])


def counted(count: int, colour: str, kind: str) -> str:
    """Some equal things, in the words of the description.

    >>> counted(1, "orange", "cat"), counted(2, "red", "mug")
    ('an orange cat', 'two red mugs')
    """
    if count == 1:
        return f"{'an' if colour[0] in 'aeiou' else 'a'} {colour} {kind}"
    return f"{NUMBERS[count]} {colour} {plural(kind)}"


@dataclass(frozen=True)
class PairTeacher:
    """Writes ``num`` demonstrations for a pair of pictures: what each shows, a verdict, and a decision.

    The thought comes to the wrong picture with probability ``slip``, after a true description of both. The decision is
    that of the thought, but with probability ``stray`` it contradicts it: what a listener (arXiv:2506.22832) is to
    mend. Texts depend on the task's id, the record, the teacher and nothing else.

    Raises:
        RecipeError: a number is out of range.
    """

    num: int = 2
    slip: float = 0.0
    stray: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what is no number of texts or no probability."""
        if self.num < 1 or not (0 <= self.slip <= 1 and 0 <= self.stray <= 1):
            raise RecipeError(
                "PairTeacher needs num >= 1, and slip and stray from 0 to 1, "
                f"got {self.num}, {self.slip} and {self.stray}"
            )

    def texts(self, id: str, record: Mapping[str, Any]) -> list[str]:
        """Give the demonstrations of a task.

        Args:
            id: of the task.
            record: of ``RenderedPairs``.
        """
        return [self.text(random.Random(seed_of(self.seed, "teacher", id, i)), record) for i in range(self.num)]

    def text(self, rng: random.Random, record: Mapping[str, Any]) -> str:
        """One demonstration."""
        verdict = record["preference"]
        if rng.random() < self.slip:
            verdict = 3 - verdict
        said = 3 - verdict if rng.random() < self.stray else verdict
        told = "".join(f" image {number}: {seen(record, number)}." for number in (1, 2))
        # A space before every "image" makes it one token of the small model, wherever it stands.
        return f"<think>{told} So image {verdict}.</think><answer>{decision_text(said)}</answer>"
