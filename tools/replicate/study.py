"""What a replication is, as a value: arms that differ in keywords, what is drawn, what is claimed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mmreason.models.loading import TINY


@dataclass(frozen=True)
class Arm:
    """One way of training: a recipe with keywords; every arm of a study sees the same data with the same seed."""

    name: str
    recipe: str
    keywords: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Curve:
    """A metric by step, as it is called in metrics.jsonl without its stage."""

    title: str
    metric: str


@dataclass(frozen=True)
class Claim:
    """A direction that the paper reports: one arm's final number beside another's.

    Attributes:
        text: what the paper says, in our words.
        metric: name in summary.json without ``_after``.
        arm: the method.
        than: what it is compared with.
        direction: of the metric.
    """

    text: str
    metric: str
    arm: str
    than: str
    direction: Literal["higher", "lower"] = "higher"


@dataclass(frozen=True)
class Study:
    """A page of ``docs/replication``."""

    name: str
    title: str
    about: str
    arms: tuple[Arm, ...]
    curves: tuple[Curve, ...]
    finals: tuple[tuple[str, str], ...]
    """Metric of summary.json without ``_before`` and ``_after``, and what the table calls it."""
    claims: tuple[Claim, ...] = ()
    found: str = ""
    """What was looked into where a direction does not show, and what came out."""
    policy: str = TINY
    """The embedded model that every arm starts from."""
