"""Whether a click lands near enough."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mmreason.errors import RecipeError
from mmreason.parsing.action import CLICK, Action, action_block, read_action
from mmreason.rewards.action_type import action_said
from mmreason.rewards.golds import NAN, AgainstGold, Extract
from mmreason.rewards.places import gold_boxes
from mmreason.types import Task
from vision_data.coordinates import Point
from vision_data.errors import MediaError
from vision_data.spaces import UNIT

THETA = 0.14
"""TON's tolerance, as AITW's (arXiv:2307.10088): shares of the screen's width and height."""


def near(said: Action, gold: Action, within: float = THETA) -> bool:
    """Say whether two clicks are at most so far apart.

    >>> near(Action("CLICK", None, (0.55, 0.78)), Action("CLICK", None, (0.5, 0.7)))
    True
    """
    return None not in (said.position, gold.position) and math.dist(said.position or (), gold.position or ()) <= within


@dataclass(frozen=True)
class ClickNear(AgainstGold):
    """1 where gold and answer are both clicks at most ``within`` apart, else 0: TON's r_c, arXiv:2505.16854.

    Other actions earn nothing here, right or wrong, and neither does a click without a position. NaN where the gold
    answer is no action.

    Args:
        within: Largest distance, in shares of the screen's width and height.
        inside: A click anywhere in a gold box of the record's ``boxes`` is right too.
        extract: Completion text to the dict.

    Raises:
        RecipeError: the distance is no positive number.
        DataError: when scoring, if the record's boxes cannot be used.
    """

    within: float = THETA
    inside: bool = False
    extract: Extract = action_block

    def __post_init__(self) -> None:
        """Refuse what is no distance."""
        if not 0 < self.within < math.inf:
            raise RecipeError(f"ClickNear: within is {self.within}, expected a positive number")

    def compare(self, text: str, gold: str, task: Task) -> float:
        """Give 1, 0 or NaN."""
        wanted = read_action(gold)
        if wanted is None:
            return NAN
        said = action_said(text, self.extract)
        if said is None or said.name != CLICK or wanted.name != CLICK:
            return 0.0
        return float(near(said, wanted, self.within) or (self.inside and self.hits(said, task)))

    def hits(self, said: Action, task: Task) -> bool:
        """Say whether a click lies in one of the task's boxes."""
        boxes = gold_boxes(task, said="unit")
        try:
            point = Point.of(list(said.position or ()), UNIT)
        except MediaError:  # nowhere, or outside the screen
            return False
        return any(box.holds(point) for box in boxes)
