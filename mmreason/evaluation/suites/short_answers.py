"""Any data with a gold answer that is compared as text: for questions that no other suite is made for."""

from __future__ import annotations

from mmreason.data.formats import FormatTasks
from mmreason.data.records import OnBadRecord
from mmreason.data.scenes import Scenes
from mmreason.data.sources import TaskSpec
from mmreason.evaluation.suite import By, Suite
from mmreason.parsing.answers import final_answer
from mmreason.rewards.accuracy import Accuracy
from mmreason.rewards.base import Term


def read(path: str, bad: OnBadRecord) -> TaskSpec:
    """Any format that mmreason reads, asked as it stands."""
    return FormatTasks(path, on_bad_record=bad)


def drawn(num: int, seed: int) -> TaskSpec:
    """How many there are, in drawn pictures."""
    return Scenes(num, seed, "test")


SUITE = Suite(
    about="Any data whose answers are compared as text, asked as they stand",
    read=read,
    drawn=drawn,
    rewards=(Term("accuracy", Accuracy()),),
    extract=final_answer,
    apart=(By("type"),),
    limit=2048,
)
