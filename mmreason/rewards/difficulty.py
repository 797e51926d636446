"""RewardMap's difficulty weight, arXiv:2510.02240: harder maps and routes with transfers count more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mmreason.errors import DataError, RecipeError
from mmreason.rewards.reasonmap_record import PLANNING, integer_field, type_of
from mmreason.types import Task

LEVELS = {"easy": 0, "middle": 1, "medium": 1, "hard": 2}
"""Difficulty labels of the data to levels; the middle one is spelt in two ways."""


def level_of(record: Mapping[str, Any], name: str = "difficulty_city", where: str = "record") -> int:
    """Give a difficulty label as a level: 0 easy, 1 middle, 2 hard.

    Raises:
        DataError: for any other label, so that a typing error does not pass as easy.
    """
    label = record.get(name)
    if not isinstance(label, str) or label not in LEVELS:
        raise DataError(f"{where}: {name} is {label!r}, expected one of {', '.join(LEVELS)}")
    return LEVELS[label]


def difficulty_weight(
    record: Mapping[str, Any],
    maps: tuple[float, float, float] = (1.0, 1.2, 1.5),
    transfers: float = 0.5,
    where: str = "record",
) -> float:
    """Give W = W_map + W_question of a record.

    Args:
        record: Fields ``type``, ``difficulty_city`` and, for planning, ``question_transfer_count``.
        maps: W_map of easy, middle and hard maps; 1.0, 1.2, 1.5 in paper and code.
        transfers: W_question of a planning question with at least one transfer, 0.5 in paper and code. Other questions
            have none.
        where: Names the record in errors.

    Raises:
        DataError: if a field is missing, or the difficulty or type is unknown.
    """
    weight = maps[level_of(record, where=where)]
    if type_of(record, where) == PLANNING and integer_field(record, "question_transfer_count", where) > 0:
        weight += transfers
    return weight


@dataclass(frozen=True)
class MapDifficulty:
    """RewardMap's difficulty weight of a task, arXiv:2510.02240: the same for its whole group.

    Multiplied into the rewards it acts only through advantages that keep their scale (mean-centred, or divided by the
    spread of the batch): dividing by the group's own spread cancels it exactly. It acts with every normaliser when it
    multiplies the advantage afterwards.

    Raises:
        RecipeError: if a weight is not a finite number of at least 0.
        DataError: in the call, if a field is missing, or the difficulty or type is unknown.
    """

    easy: float = 1.0
    middle: float = 1.2
    hard: float = 1.5
    transfers: float = 0.5
    """Added for planning questions that need a transfer."""

    def __post_init__(self) -> None:
        weights = (self.easy, self.middle, self.hard, self.transfers)
        if not all(0.0 <= w < float("inf") for w in weights):
            raise RecipeError(f"MapDifficulty: weights are {weights}, expected finite numbers of at least 0")

    def __call__(self, task: Task) -> float:
        """Give the weight of a task."""
        return difficulty_weight(task.record, (self.easy, self.middle, self.hard), self.transfers, f"task {task.id!r}")
