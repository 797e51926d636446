"""MMVU and its like: videos with options or open questions, and ACRE's question whether the answer follows."""

from __future__ import annotations

from mmreason.asks import JUDGE
from mmreason.data.formats import FormatTasks
from mmreason.data.line_options import LineOptions
from mmreason.data.option_questions import OptionQuestions
from mmreason.data.physics import PhysicsVideos
from mmreason.data.records import OnBadRecord
from mmreason.data.sources import TaskSpec
from mmreason.evaluation.suite import By, Suite
from mmreason.judges.judge_score import JudgeScore
from mmreason.metrics.option_consistency import OptionConsistency
from mmreason.rewards.answer_consistency import ImpliedAnswer, SameAfterShuffle
from mmreason.rewards.base import Term
from mmreason.rewards.care.video_r1_accuracy import VideoR1Accuracy, kind_of, tagged
from mmreason.types import Task
from vision_data.frames import Uniform

ACCURACY = VideoR1Accuracy()
FRAME_PIXELS = 128 * 28 * 28
"""Most pixels of a frame in Video-R1."""


def read(path: str, bad: OnBadRecord) -> TaskSpec:
    """MMVU, Video-MME, TempCompass, Video-R1 or any data with options; open questions are asked as they stand."""
    return OptionQuestions(FormatTasks(path, on_bad_record=bad), open=True, frames=Uniform(16), max_pixels=FRAME_PIXELS)


def drawn(num: int, seed: int) -> TaskSpec:
    """Which of four lines stops at a station of a transit map; one right option."""
    return LineOptions(num, seed, "test", ("at", "both", "only"), "single")


def collisions(num: int, seed: int) -> TaskSpec:
    """Which of four colours a thing in a video of collisions has."""
    return PhysicsVideos(max(-(-num * 2 // 3), 1), seed, "test", ("descriptive",), 12, "single", colours=4)


def form_of(task: Task) -> str:
    """Multiple choice, free-form, numerical and so on."""
    return kind_of(task.record)


SUITE = Suite(
    about="MMVU-style videos, multiple choice and open, with ACRE's CACR and OSCR, arXiv:2501.12380, arXiv:2510.10104",
    read=read,
    drawn=drawn,
    others=(("collisions", collisions),),
    rewards=(Term("accuracy", ACCURACY), Term("cacr", ImpliedAnswer("answer"), 0.0)),
    inside=(Term("oscr", SameAfterShuffle(), 0.0),),
    inside_metrics=(OptionConsistency(accuracy=ACCURACY),),
    judged=(Term("judged", JudgeScore(threshold=0.5), 0.0),),
    judge=JUDGE,
    extract=tagged,
    apart=(form_of, By("type")),
    limit=1024,
    recipes=("acre",),
)
