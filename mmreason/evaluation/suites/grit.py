"""GRIT: answers with boxes in the thought, and how well the boxes cover what is asked about."""

from __future__ import annotations

from mmreason.asks import JUDGE
from mmreason.data.formats import FormatTasks
from mmreason.data.grounded_prompts import GroundedPrompts
from mmreason.data.records import OnBadRecord
from mmreason.data.scenes import Scenes
from mmreason.data.sources import TaskSpec
from mmreason.evaluation.measures import CountMatch
from mmreason.evaluation.suite import By, Suite
from mmreason.judges.judge_score import JudgeScore
from mmreason.metrics.grounding import Grounding
from mmreason.metrics.media_attention import MediaAttention
from mmreason.rewards.base import Term
from mmreason.rewards.grit.chain import ChainBoxes, chain_answer
from mmreason.rewards.grit.grounding_iou import GroundingIoU
from mmreason.rewards.text_match import TextMatch


def read(path: str, bad: OnBadRecord) -> TaskSpec:
    """VSR, TallyQA, GQA or GRIT's own records, all of them; those with boxes also give the IoU."""
    return GroundedPrompts((FormatTasks(path, on_bad_record=bad),))


def drawn(num: int, seed: int) -> TaskSpec:
    """How many there are and what stands where, in pictures of layouts that no training has seen."""
    return Scenes(num, seed, "test", types=("counting", "relation"))


def made(boxes: ChainBoxes, world: Suite | None = None) -> Suite:
    """The suite for models that count boxes so."""
    iou = GroundingIoU(boxes)
    return Suite(
        about="GRIT: accuracy by rule or judge, grounding IoU, boxes as many as things, arXiv:2505.15879",
        read=read,
        drawn=drawn,
        rewards=(
            Term("accuracy", TextMatch(extract=chain_answer)),
            Term("grounding_iou", iou, 0.0),
            Term("count_match", CountMatch(boxes), 0.0),
        ),
        metrics=(Grounding(iou),),
        inside_metrics=(MediaAttention(),),
        judged=(Term("judged", JudgeScore(threshold=0.5, tries=3), 0.0),),
        judge=JUDGE,
        extract=chain_answer,
        apart=(By("dataset"), By("type")),
        limit=1024,
        world=world,
        recipes=("grit",),
    )


SUITE = made(ChainBoxes(said="resized"), world=made(ChainBoxes(said="original")))
"""Qwen2.5-VL counts in pixels of what it is shown; drawn pictures are shown as they are."""
