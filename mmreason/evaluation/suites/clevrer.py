"""CLEVRER's questions with one or several right options, strict and partial, as TW-GRPO evaluates."""

from __future__ import annotations

from mmreason.data.formats import FormatTasks
from mmreason.data.line_options import LineOptions
from mmreason.data.option_questions import OptionQuestions
from mmreason.data.physics import PhysicsVideos
from mmreason.data.records import OnBadRecord
from mmreason.data.sources import TaskSpec
from mmreason.evaluation.suite import By, Suite
from mmreason.metrics.multi_answer import MultiAnswer, kind_of
from mmreason.parsing.answer_block import answer_block
from mmreason.rewards.base import Term
from mmreason.rewards.soft_multi_answer import SoftMultiAnswer, letters
from vision_data.frames import Uniform

STRICT, SOFT = SoftMultiAnswer(strict=True), SoftMultiAnswer()
FRAME_PIXELS = 128 * 28 * 28
"""Most pixels of a frame in Video-R1, from which the release was made."""


def read(path: str, bad: OnBadRecord) -> TaskSpec:
    """CLEVRER's validation file, counterfactual questions alone; of other data with options all."""
    tasks = FormatTasks(path, on_bad_record=bad)
    types = ("counterfactual",) if tasks.reader().found().name == "clevrer" else ()
    return OptionQuestions(tasks, "{letter} {text}", types=types, frames=Uniform(16), max_pixels=FRAME_PIXELS)


def drawn(num: int, seed: int) -> TaskSpec:
    """Which of four lines stop at a station of a transit map; one and several right options."""
    return LineOptions(num, seed, "test")


def collisions(num: int, seed: int) -> TaskSpec:
    """Which colours are seen in videos of collisions; one and several right options, three questions a video."""
    return PhysicsVideos(max(-(-num // 3), 1), seed, "test", ("seen",), 3, "mixed")


def letters_said(text: str) -> str | None:
    """Give the letters of an answer in order, so that "C, A" and "A,C" are one vote; None for a thought without end.

    >>> letters_said("<think>Both.</think><answer>C, A</answer>")
    'A,C'
    """
    said = answer_block(text)
    return None if said is None else ",".join(sorted(letters(said)))


SUITE = Suite(
    about="CLEVRER counterfactuals, strict and partial accuracy, arXiv:1910.01442 and arXiv:2505.24718",
    read=read,
    drawn=drawn,
    others=(("collisions", collisions),),
    rewards=(Term("strict", STRICT), Term("partial", SOFT, 0.0)),
    metrics=(MultiAnswer(STRICT, SOFT),),
    extract=letters_said,
    apart=(kind_of, By("type")),
    limit=4096,
    recipes=("tw_grpo",),
)
