"""Any data with a gold answer that is mathematics: MATH, GSM8K, geometry with numbers."""

from __future__ import annotations

from mmreason.data.formats import FormatTasks
from mmreason.data.geometry import GeometryFigures
from mmreason.data.records import OnBadRecord
from mmreason.data.sources import TaskSpec
from mmreason.evaluation.suite import By, Suite
from mmreason.parsing.math_answer import math_answer
from mmreason.rewards.base import Term
from mmreason.rewards.math_accuracy import MathAccuracy


def read(path: str, bad: OnBadRecord) -> TaskSpec:
    """Any format that mmreason reads, asked as it stands."""
    return FormatTasks(path, on_bad_record=bad)


def drawn(num: int, seed: int) -> TaskSpec:
    """Angles between parallels and in circles."""
    return GeometryFigures(num, seed, "test")


SUITE = Suite(
    about="Any data whose answers are compared as mathematics, asked as they stand",
    read=read,
    drawn=drawn,
    rewards=(Term("accuracy", MathAccuracy()),),
    extract=math_answer,
    apart=(By("type"), By("level")),
    limit=2048,
)
