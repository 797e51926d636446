"""How the base algorithms judge answers, and the small tasks that they learn from where no data are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from mmreason.data.reasonmap import ReasonMapRecords
from mmreason.data.text.mixed import Mixed
from mmreason.data.text.random_calculation import RandomCalculation
from mmreason.data.text_formats import IfevalRecords
from mmreason.rewards.accuracy import Accuracy
from mmreason.rewards.base import Reward
from mmreason.rewards.instruction_following import InstructionFollowing
from mmreason.rewards.logic import LogicAccuracy
from mmreason.rewards.math_accuracy import MathAccuracy
from mmreason.rewards.multiple_choice import MultipleChoiceMatch
from mmreason.rewards.random_calculation import CalculationReward
from mmreason.rewards.reasonmap_accuracy import ReasonMapAccuracy
from mmreason.rewards.unit_tests import UnitTests
from mmreason.validate import FileSpec

Verifier = Literal["auto", "math", "exact", "near", "choice", "logic", "instructions", "code"]

NAMED: Mapping[str, Callable[[], Reward]] = {
    "math": MathAccuracy,
    "exact": Accuracy,
    "near": CalculationReward,
    "choice": MultipleChoiceMatch,
    "logic": LogicAccuracy,
    "instructions": InstructionFollowing,
}


def verifier(name: Verifier, allow_weak_sandbox: bool = False) -> Reward:
    """Give the verifier of a name other than auto."""
    return UnitTests(allow_weak=allow_weak_sandbox) if name == "code" else NAMED[name]()


def natural(reader: FileSpec) -> Reward:
    """Give the verifier that a kind of file asks for."""
    if isinstance(reader, IfevalRecords):
        return InstructionFollowing()
    return ReasonMapAccuracy() if isinstance(reader, ReasonMapRecords) else MathAccuracy()


def sums(num: int, seed: int, split: Literal["train", "test"]) -> Mixed:
    """What mmreason-tiny-text knows: one to three operations on whole numbers up to 12, ``num`` expressions of each."""
    kind = RandomCalculation(num=num, seed=seed, split=split, largest=12, derived=0.0, operators=("+", "-", "*"))
    return Mixed(tuple(replace(kind, level=level) for level in (1, 2, 3)))
