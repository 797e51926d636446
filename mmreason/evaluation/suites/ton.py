"""TON: questions that some models answer without a thought, and how often they do; counting."""

from __future__ import annotations

from pathlib import Path

from mmreason.data.aitz import AitzEpisodes
from mmreason.data.formats import FormatTasks
from mmreason.data.geometry import SHORT
from mmreason.data.records import OnBadRecord
from mmreason.data.scenes import Scenes
from mmreason.data.sources import TaskSpec
from mmreason.data.think_or_not import Kind, ThinkOrNot
from mmreason.evaluation.measures import Skipped, ThoughtTokens
from mmreason.evaluation.suite import By, Suite
from mmreason.metrics.skip_ratio import SkipRatio
from mmreason.parsing.math_answer import math_answer
from mmreason.rewards.base import Reward, Term
from mmreason.rewards.numeric_match import NumericMatch


def asked(path: str, kind: Kind, bad: OnBadRecord) -> TaskSpec:
    """Records of any format in TON's form; a folder of AITZ as it is unpacked has episodes."""
    known = any((Path(path) / name).exists() for name in ("records.jsonl", "dataset_info.json"))
    episodes = kind == "gui" and Path(path).is_dir() and not known
    return ThinkOrNot(AitzEpisodes(path, bad) if episodes else FormatTasks(path, on_bad_record=bad), kind)


def rewards(right: Reward) -> tuple[Term, ...]:
    """What is right, whether it was thought, and how long."""
    return Term("accuracy", right), Term("skipped", Skipped(), 0.0), Term("thought_tokens", ThoughtTokens(), 0.0)


def read(path: str, bad: OnBadRecord) -> TaskSpec:
    """CLEVR counting of the R1-V kind, or any data whose answers are numbers."""
    return asked(path, "counting", bad)


def drawn(num: int, seed: int) -> TaskSpec:
    """One to five things among up to nine."""
    return Scenes(num, seed, "test", things=(3, 9), counts=(1, 5), suffix=SHORT)


SUITE = Suite(
    about="TON on counting: accuracy, skip ratio and length of thoughts, arXiv:2505.16854",
    read=read,
    drawn=drawn,
    rewards=rewards(NumericMatch()),
    metrics=(SkipRatio("count", NumericMatch()),),
    extract=math_answer,
    apart=(By("count"),),
    limit=2048,
    recipes=("ton",),
)
