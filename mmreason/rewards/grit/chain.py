"""A grounded chain: boxes in the thought, a second thought after it, the answer last."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mmreason.rewards.places import space_of
from mmreason.types import Completion, Task
from vision_data.coordinates import Box
from vision_data.errors import MediaError
from vision_data.spaces import Space, System

RETHINK, ANSWER = "<rethink>", "<answer>"
FOUR = re.compile(r"\b(\d{1,9}),\s{0,9}(\d{1,9}),\s{0,9}(\d{1,9}),\s{0,9}(\d{1,9})\b")
"""Four whole numbers with commas between; brackets and JSON around them are of no account."""
COUNTED = ("tallyqa", "counting")
"""What a record's ``dataset`` or ``type`` says of questions that ask for a number of things."""

Row = tuple[int, int, int, int]


def chain_rows(text: str) -> list[Row]:
    """List every four whole numbers before the first ``<rethink>``, as they are written; without the tag, in all.

    Numbers with a point are cut at it, and four numbers of prose count too, as in GRIT's own pattern.

    >>> chain_rows("<think>[1, 2,3,4] and [5,6,7,8]</think><rethink>[9,9,9,9]")
    [(1, 2, 3, 4), (5, 6, 7, 8)]
    """
    return [row for row, _, _ in chain_places(text)]


def chain_places(text: str) -> list[tuple[Row, int, int]]:
    """``chain_rows``, each with its first character and the one after its last."""
    found = FOUR.finditer(text.partition(RETHINK)[0])
    return [((int(m[1]), int(m[2]), int(m[3]), int(m[4])), m.start(), m.end()) for m in found]


def chain_answer(text: str) -> str | None:
    """Give what follows the first ``<answer>``, without a closing tag; None without one.

    >>> chain_answer("<rethink>So 2.</rethink><answer> 2 </answer>"), chain_answer("2")
    ('2', None)
    """
    said = released_answer(text)
    return None if said is None else said.partition("</answer>")[0].strip()


def released_answer(text: str) -> str | None:
    """Give all that follows the first ``<answer>``, the closing tag too, as the released code does."""
    _, tag, said = text.partition(ANSWER)
    return said if tag else None


def is_counting(task: Task) -> bool:
    """Say whether a task asks for a number of things: by its own record, never by that of another one."""
    return any(task.record.get(name) in COUNTED for name in ("dataset", "type"))


def box_of(row: tuple[float, ...], space: Space) -> Box | None:
    """Make a box of four numbers: corners put in order, cut to the picture; None where nothing is left of it."""
    across, down = sorted(row[0::2]), sorted(row[1::2])
    try:
        return Box.clipped([across[0], down[0], across[1], down[1]], space)
    except MediaError:
        return None


@dataclass(frozen=True)
class ChainBoxes:
    """Which of a chain's four numbers are boxes, GRIT (arXiv:2505.15879).

    Args:
        inside: False counts any four whole numbers, as the paper does. True asks for left < right, top < bottom, and a
            place inside the picture where its size is known: numbers of prose ("1, 2, 3, 4") seldom pass.
        said: what the numbers are counted in: pixels of the picture (``original``), of what the model is shown
            (``resized``, Qwen2.5-VL), or thousandths (``thousand``, InternVL).
    """

    inside: bool = False
    said: System = "original"

    def rows(self, task: Task, text: str) -> list[Row]:
        """List those that count."""
        return [row for row, _, _ in self.counted(task, text)]

    def boxes(self, task: Task, completion: Completion) -> list[Box]:
        """Give them as boxes of the picture; those of no area or wholly outside are left out."""
        return [box for box, _, _ in self.places(task, completion.text)]

    def places(self, task: Task, text: str) -> list[tuple[Box, int, int]]:
        """Give the boxes of a text, each with its first character and the one after its last."""
        rows = self.counted(task, text)
        space = self.space(task) if rows else None
        found = ((box_of(row, space) if space is not None else None, start, end) for row, start, end in rows)
        return [(box, start, end) for box, start, end in found if box is not None]

    def counted(self, task: Task, text: str) -> list[tuple[Row, int, int]]:
        """List those that count, with their places in the text."""
        found = chain_places(text)
        if not self.inside or not found:
            return found
        size = self.space(task)
        return [(r, a, b) for r, a, b in found if r[0] < r[2] <= size.width and r[1] < r[3] <= size.height]

    def space(self, task: Task) -> Space:
        """What the numbers of a task's chains are counted in.

        Raises:
            DataError: the record's size is no size.
        """
        return space_of(task, self.said, self.said)
