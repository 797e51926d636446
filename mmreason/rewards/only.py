"""Route a reward to the tasks it is for."""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field, fields, replace
from typing import Any, ClassVar, cast

import torch
from torch import Tensor

from mmreason.errors import RecipeError
from mmreason.rewards.accuracy import Accuracy
from mmreason.rewards.base import GroupReward, Reward
from mmreason.rewards.golds import NAN
from mmreason.signals import is_value, needs
from mmreason.types import Batch, Group


@dataclass(frozen=True)
class Only(Reward):
    """Another reward, on tasks of some types alone; elsewhere not measured. Not from a paper.

    One term for each type gives each task its own verifier, as VLAA-Thinker (arXiv:2504.11468) and Guru
    (arXiv:2506.14965) have it: terms that are not measured are left out of a completion's sum.

    A reward that holds no other signals sees its own tasks only, so that records of other types need not have the
    fields it reads. One that holds signals, or looks at the batch, is measured everywhere and used on its own tasks.

    Args:
        of: The reward.
        on: Values of the record's field, such as ``("boxes", "point")``; empty for all tasks that have the field.
        by: The record's field: ``answer_type``, ``type``, ``data_source`` ...
        elsewhere: What other tasks get; None is not measured (NaN).

    Raises:
        RecipeError: ``of`` is no reward that can be a key, or ``on`` is one text where a tuple of texts should be.
    """

    whole_batch: ClassVar[bool] = False

    of: InitVar[Reward] = Accuracy()
    on: tuple[str, ...] = ()
    by: str = "type"
    elsewhere: float | None = None
    kind: type[Reward] | None = field(init=False, default=None)
    settings: tuple[tuple[str, Any], ...] = field(init=False, default=())
    everywhere: Reward | None = field(init=False, default=None)

    def __post_init__(self, of: Reward) -> None:
        if not isinstance(of, Reward) or not is_value(of):
            raise RecipeError(f"Only: of is {of!r}, expected a reward that is a frozen dataclass")
        if not isinstance(self.on, tuple) or not all(isinstance(value, str) for value in self.on):
            raise RecipeError(f"Only: on is {self.on!r}, expected a tuple of texts such as ('boxes',)")
        if self.elsewhere != self.elsewhere:
            raise RecipeError("Only: elsewhere is NaN, expected a number, or None for what is not measured")
        if needs(of) == [of] and not of.whole_batch:
            # Kept as class and settings, so that the engine does not measure it on every task.
            object.__setattr__(self, "kind", type(of))
            held = tuple((f.name, getattr(of, f.name)) for f in fields(cast(Any, of)))
            object.__setattr__(self, "settings", held)
        else:
            object.__setattr__(self, "everywhere", of)

    def __call__(self, batch: Batch) -> list[Tensor]:
        """Score the groups it is for, all at once."""
        chosen = [self.is_for(group) for group in batch.groups]
        own = tuple(group for group, yes in zip(batch.groups, chosen, strict=True) if yes)
        if self.everywhere is None:
            values = iter(self.reward()(replace(batch, groups=own)))
        else:
            values = iter([group[self.everywhere] for group in own])
        other = NAN if self.elsewhere is None else self.elsewhere
        return [
            next(values) if yes else torch.full((len(group),), other, dtype=torch.float64)
            for group, yes in zip(batch.groups, chosen, strict=True)
        ]

    def is_for(self, group: Group) -> bool:
        """Say whether a group's task is of one of the types."""
        value = group.task.record.get(self.by)
        return value is not None and (not self.on or str(value) in self.on)

    def reward(self) -> Reward:
        """Give the reward that was routed."""
        if self.kind is None:
            return cast(Reward, self.everywhere)
        out: Any = object.__new__(self.kind)
        for name, value in self.settings:
            object.__setattr__(out, name, value)
        return cast(GroupReward, out)
