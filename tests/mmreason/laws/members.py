"""Every member of every room, found by walking the packages; and examples of those that need arguments.

A new method is under the laws as soon as its file exists. One that cannot be made without arguments needs an example
here; a test says so.
"""

from __future__ import annotations

import importlib
from typing import Any, TypeVar

from mmreason import catalogue
from mmreason.credit.base import Credit
from mmreason.credit.branches import Added, PerTerm, Scaled, ToGo, WithoutTruncated
from mmreason.credit.group_norm import GroupNorm
from mmreason.credit.plain import Raw
from mmreason.data.sources import InOrder, Shuffled
from mmreason.filters.keep_varied import KeepVaried
from mmreason.losses.base import Constant, Sequences
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.metrics.batch import AnyOf, Mean
from mmreason.metrics.pass_at_k import PassAtK
from mmreason.metrics.reasonmap_report import ReasonMapReport
from mmreason.rewards.difficulty import MapDifficulty
from mmreason.rewards.in_workers import InWorkers
from mmreason.rewards.kl_penalty import TokenKLReward
from mmreason.rewards.reasonmap_accuracy import ReasonMapAccuracy
from mmreason.rewards.times import Times
from mmreason.schedules import Cosine, From, Linear
from tests.mmreason.fakes import Fixed, Tasks

T = TypeVar("T")

TABLE = Fixed(())
"""A reward whose values the laws put in by hand."""

EXAMPLES: dict[type, tuple[object, ...]] = {
    Added: (Added((GroupNorm(), GroupNorm(scale=False))),),
    AnyOf: (AnyOf("any", TABLE),),
    ClippedSurrogate: (ClippedSurrogate(), ClippedSurrogate(by=Raw(), dual=3.0, over=Sequences())),
    Constant: (Constant(7),),
    Cosine: (Cosine(1.0, 0.0),),
    From: (From(2),),
    GroupNorm: (GroupNorm(), GroupNorm(scale=False), GroupNorm(ddof=0, eps=0.0)),
    InOrder: (InOrder(Tasks()),),  # type: ignore[arg-type]
    InWorkers: (InWorkers(ReasonMapAccuracy()),),
    KeepVaried: (KeepVaried(TABLE),),
    Linear: (Linear(1.0, 0.0),),
    Mean: (Mean("mean", TABLE, field="type", weight=MapDifficulty()),),
    PassAtK: (PassAtK("pass", TABLE),),
    PerTerm: (PerTerm(GroupNorm()), PerTerm(GroupNorm(scale=False), scale=False)),
    ReasonMapReport: (ReasonMapReport(TABLE),),
    Scaled: (Scaled(GroupNorm(), MapDifficulty()),),
    Shuffled: (Shuffled(Tasks()),),  # type: ignore[arg-type]
    Times: (Times(ReasonMapAccuracy(), MapDifficulty()),),
    ToGo: (ToGo(GroupNorm(), (TokenKLReward(),)),),
    WithoutTruncated: (WithoutTruncated(GroupNorm()),),
}


def classes(room: str = "") -> list[type]:
    """Methods of one room of mmreason, or of all."""
    found = [m for m in catalogue.methods() if m.room.startswith(f"mmreason.{room}")]
    return [getattr(importlib.import_module(m.module), m.name) for m in found]


def examples(cls: type) -> tuple[Any, ...]:
    """Those given here, or the one without arguments."""
    if cls in EXAMPLES:
        return EXAMPLES[cls]
    try:
        return (cls(),)
    except TypeError as error:
        raise AssertionError(f"{cls.__name__} needs an example in tests/mmreason/laws/members.py: {error}") from None


def members(room: str, kind: type[T] | None = None) -> list[T]:
    """Examples of every method of a room that is of a kind."""
    every = [example for cls in classes(room) for example in examples(cls)]
    return [example for example in every if kind is None or isinstance(example, kind)]


def named(member: object) -> str:
    """A short name for the report of a failure."""
    return repr(member)[:60]


CREDITS: list[Credit] = members("credit", Credit)  # type: ignore[type-abstract]
