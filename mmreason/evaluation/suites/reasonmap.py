"""ReasonMap and ReasonMap-Plus: transit maps, from yes/no questions to route planning."""

from __future__ import annotations

from pathlib import Path

from mmreason.data.reasonmap import ReasonMapRecords
from mmreason.data.records import OnBadRecord
from mmreason.data.sources import TaskSpec
from mmreason.data.transit import TransitMaps
from mmreason.evaluation.measures import MapScore
from mmreason.evaluation.suite import By, Suite
from mmreason.metrics.reasonmap import SampleWeight
from mmreason.metrics.reasonmap_report import ReasonMapReport
from mmreason.parsing.answers import final_answer
from mmreason.rewards.base import Term
from mmreason.rewards.reasonmap_accuracy import ReasonMapAccuracy

ACCURACY = ReasonMapAccuracy()


def read(path: str, bad: OnBadRecord) -> TaskSpec:
    """Records of either benchmark; a folder holds ``records.jsonl``."""
    inside = Path(path) / "records.jsonl" if Path(path).is_dir() else path
    return ReasonMapRecords(inside, on_bad_record=bad)


def drawn(num: int, seed: int) -> TaskSpec:
    """Maps of cities that no training has seen, six questions each."""
    return TransitMaps(num, seed, "tiny", "test")


SUITE = Suite(
    about="ReasonMap(-Plus): questions on transit maps, arXiv:2505.18675 and arXiv:2510.02240",
    read=read,
    drawn=drawn,
    num=20,
    rewards=(Term("accuracy", ACCURACY), Term("map_score", MapScore(ACCURACY), 0.0)),
    metrics=(ReasonMapReport(ACCURACY),),
    extract=final_answer,
    apart=(By("type"),),
    weight=SampleWeight(),
    limit=2048,
    recipes=("rewardmap",),
)
