"""TON's geometry: a number or a formula from a figure."""

from __future__ import annotations

from mmreason.data.geometry import GeometryFigures
from mmreason.data.records import OnBadRecord
from mmreason.data.sources import TaskSpec
from mmreason.evaluation.suite import By, Suite
from mmreason.evaluation.suites.ton import asked, rewards
from mmreason.metrics.skip_ratio import SkipRatio
from mmreason.parsing.math_answer import math_answer
from mmreason.rewards.math_accuracy import MathAccuracy


def read(path: str, bad: OnBadRecord) -> TaskSpec:
    """GeoQA, its options taken out, or any data whose answers are mathematics."""
    return asked(path, "geometry", bad)


def drawn(num: int, seed: int) -> TaskSpec:
    """Angles between parallels and in circles."""
    return GeometryFigures(num, seed, "test")


SUITE = Suite(
    about="TON on geometry: accuracy, skip ratio and length of thoughts, arXiv:2505.16854",
    read=read,
    drawn=drawn,
    rewards=rewards(MathAccuracy()),
    metrics=(SkipRatio("template", MathAccuracy()),),
    extract=math_answer,
    apart=(By("template"),),
    limit=2048,
    recipes=("ton",),
)
