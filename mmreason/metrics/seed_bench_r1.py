"""SEED-Bench-R1: accuracy on its three levels, and of the third by domain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from mmreason.metrics.batch import mean
from mmreason.rewards.base import Reward
from mmreason.rewards.care.video_r1_accuracy import VideoR1Accuracy, tagged
from mmreason.types import Batch, Group

LEVELS = ("L1", "L2", "L3")


def first_letter(text: str) -> str | None:
    """Give the first character in the last answer tag, as SEED-Bench-R1's first scorer reads it; None without one.

    For ``Accuracy(extract=first_letter)``; an empty tag is wrong.

    >>> first_letter("<answer>B. wash</answer>"), first_letter("<answer></answer>"), first_letter("B")
    ('B', None, None)
    """
    return (tagged(text) or "")[:1] or None


@dataclass(frozen=True)
class SeedBenchR1Scores:
    """Accuracy overall, by level, and by domain within a level, SEED-Bench-R1 (arXiv:2503.24376).

    Every score is a mean over answers, not over domains: with domains of unequal size the level's score is not the mean
    of theirs. A record's level is its ``level``, its domain its ``domain``; those without one have no score of that
    kind. With several samples a task the scores are means over samples.

    Args:
        accuracy: Says what is right: the very letter in the answer tag (the later scorer), or with
            ``Accuracy(extract=first_letter)`` the first character there.
    """

    accuracy: Reward = field(default_factory=VideoR1Accuracy)

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Give ``accuracy``, ``L1``, ``L3``, ``L3/daily life`` and so on."""
        out = {"accuracy": mean(batch, [g[self.accuracy] for g in batch.groups])}
        for name_of in (level_of, domain_of):
            out |= self.apart(batch, name_of)
        return out

    def apart(self, batch: Batch, name_of: Callable[[Group], str]) -> dict[str, float]:
        """Means by name; groups with an empty name are left out. Names of all ranks."""
        names = [name_of(g) for g in batch.groups]
        every = sorted(set(batch.across.gather(names)) - {""})
        return {name: mean(batch, self.those(batch.groups, names, name)) for name in every}

    def those(self, groups: Sequence[Group], names: Sequence[str], name: str) -> list[Tensor]:
        """Accuracies of the groups of a name."""
        return [g[self.accuracy] for g, own in zip(groups, names, strict=True) if own == name]


def level_of(group: Group) -> str:
    """The record's level, or nothing."""
    return str(group.task.record.get("level") or "")


def domain_of(group: Group) -> str:
    """``L3/daily life``: the domain of a record of the third level, or of one that has no level; or nothing."""
    level, domain = level_of(group), str(group.task.record.get("domain") or "")
    return "/".join(filter(None, (level, domain))) if domain and level in ("", LEVELS[-1]) else ""
