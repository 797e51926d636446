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

Look = tuple[int, str, str]
"""How many of which colour and kind."""


def seen(record: Mapping[str, Any], number: int) -> str:
    """What is on picture 1 or 2 in place of each group of the description, and what spoils it.

    >>> mug = {"colour": "red", "kind": "mug", "place": "shelf"}
    >>> seen({"objects_1": [mug, mug], "blur_1": 0.0, "noise_1": 9.5}, 1)
    'two red mugs, noisy'
    """
    things = [counted(*shown) if shown else "nothing" for _, shown in in_place(record, number)]
    spoiled = [word for word, name in (("blurred", "blur"), ("noisy", "noise")) if record[f"{name}_{number}"]]
    return ", ".join([*things, *spoiled] if things else ["nothing", *spoiled])


def in_place(record: Mapping[str, Any], number: int) -> list[tuple[Look | None, Look | None]]:
    """Each group of the description with what picture 1 or 2 shows there; None for nothing.

    Equal looks go together first, then those that share most. What nobody asked for comes last, by colour and kind.
    """
    shown = Counter((thing["colour"], thing["kind"]) for thing in record[f"objects_{number}"])
    left = [(count, *look) for look, count in sorted(shown.items())]
    meant = [(group["count"], group["colour"], group["kind"]) for group in record.get("groups", ())]
    found: dict[int, Look] = {}
    for least in (3, 2, 1, 0):
        for at, group in enumerate(meant):
            alike = [look for look in left if sum(a == b for a, b in zip(group, look, strict=True)) >= least]
            if at not in found and alike:
                found[at] = alike[0]
                left.remove(alike[0])
    return [*((group, found.get(at)) for at, group in enumerate(meant)), *((None, look) for look in left)]


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
    """Writes ``num`` demonstrations for a pair of pictures: what each shows and whether it fits, a verdict, a decision.

    The thought finds that the wrong picture fits with probability ``slip``, after a true description. The decision is
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
        fits = {verdict: "yes", 3 - verdict: "no"}
        told = "".join(f" image {number}: {seen(record, number)}: {fits[number]}." for number in (1, 2))
        # A space before every "image" makes it one token of the small model, wherever it stands.
        return f"<think>{told} So image {verdict}.</think><answer>{decision_text(said)}</answer>"
