"""Charts by code or directly: answers, tables, and whether code is used where it suits."""

from __future__ import annotations

from mmreason.data.chart_questions import ChartQuestions
from mmreason.data.charts import Charts
from mmreason.data.formats import FormatTasks
from mmreason.data.records import OnBadRecord
from mmreason.data.sources import TaskSpec
from mmreason.evaluation.measures import FollowsLabel, Strategic
from mmreason.evaluation.suite import By, Suite
from mmreason.metrics.code_usage import CodeUsage
from mmreason.parsing.boxed import last_boxed
from mmreason.rewards.base import Term
from mmreason.rewards.chart_accuracy import ChartAccuracy
from mmreason.rewards.table_accuracy import TableAccuracy

ACCURACY = ChartAccuracy()
PIXELS = 4096 * 28 * 28
"""Most pixels of a picture, as in training."""


def read(path: str, bad: OnBadRecord) -> TaskSpec:
    """ChartX, ChartQA or any data with charts; labels and tables where the records have them."""
    return ChartQuestions(FormatTasks(path, on_bad_record=bad), max_pixels=PIXELS)


def drawn(num: int, seed: int) -> TaskSpec:
    """Bar charts whose tables no training has seen."""
    return Charts(num, seed, "test")


SUITE = Suite(
    about="Charts: accuracy, tables, code usage and whether it follows the label, arXiv:2509.09286",
    read=read,
    drawn=drawn,
    rewards=(
        Term("accuracy", ACCURACY),
        Term("table", TableAccuracy(), 0.0),
        Term("code", Strategic("CODE"), 0.0),
        Term("follows_label", FollowsLabel(), 0.0),
    ),
    metrics=(CodeUsage(ACCURACY),),
    extract=last_boxed,
    apart=(By("type"),),
    limit=3072,
    recipes=("cat_charts",),
)
