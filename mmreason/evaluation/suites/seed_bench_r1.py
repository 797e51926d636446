"""SEED-Bench-R1: what to do next in a kitchen, on three levels of generalisation, as GRPO-CARE evaluates."""

from __future__ import annotations

from mmreason.asks import JUDGE
from mmreason.data.joined import Joined
from mmreason.data.kitchen import Kitchens, asked_briefly
from mmreason.data.line_options import LineOptions
from mmreason.data.records import OnBadRecord
from mmreason.data.seed_bench_r1 import CarePrompts, levels
from mmreason.data.sources import TaskSpec
from mmreason.evaluation.suite import By, Suite
from mmreason.judges.judge_score import JudgeScore
from mmreason.judges.judged_support import ask_support
from mmreason.judges.templates import yes_or_no
from mmreason.metrics.consistency import ConsistencyRate
from mmreason.metrics.seed_bench_r1 import LEVELS, SeedBenchR1Scores
from mmreason.metrics.thought_length import ThoughtLength
from mmreason.rewards.base import Term
from mmreason.rewards.care.conclusion import ConclusionMatches
from mmreason.rewards.care.video_r1_accuracy import VideoR1Accuracy, tagged

ACCURACY = VideoR1Accuracy()
UNSEEN = {"L1": ("classic", ("at", "only")), "L2": ("rounded", ("at", "only")), "L3": ("rounded", ("both",))}
"""Manner and questions of the drawn maps of each level."""


def read(path: str, bad: OnBadRecord) -> TaskSpec:
    """The folder with ``validation_L1.jsonl`` to ``validation_L3.jsonl``, or one file."""
    return CarePrompts(levels(path, bad))


def drawn(num: int, seed: int) -> TaskSpec:
    """Which of four lines stops where: unseen maps, also in another manner, also another question; as many of each."""
    each = max(-(-num // len(UNSEEN)), 1)
    return Joined(tuple(
        (level, LineOptions(each, seed, "test", kinds, "single", style=style, level=level))
        for level, (style, kinds) in UNSEEN.items()
    ))  # fmt: skip


def kitchens(num: int, seed: int) -> TaskSpec:
    """Kitchens of the three levels, as many of each."""
    each = max(-(-num // len(LEVELS)), 1)
    return asked_briefly(tuple((level, Kitchens(each, seed, level, foods=(1, 1))) for level in LEVELS))


SUITE = Suite(
    about="SEED-Bench-R1 by level and domain, with consistency, arXiv:2503.24376 and arXiv:2506.16141",
    read=read,
    drawn=drawn,
    others=(("kitchens", kitchens),),
    rewards=(Term("accuracy", ACCURACY), Term("consistent", ConclusionMatches(), 0.0)),
    metrics=(SeedBenchR1Scores(ACCURACY), ConsistencyRate(field="level"), ThoughtLength()),
    judged=(Term("judged_consistent", JudgeScore(ask_support, yes_or_no, unasked=0.0, limit=8), 0.0),),
    judge=JUDGE,
    extract=tagged,
    apart=(By("level"), By("domain", within="level")),
    limit=1024,
    recipes=("grpo_care",),
)
