"""TON's phone screens: the next action, its type, and how near a click is."""

from __future__ import annotations

from mmreason.data.gui import PhoneScreens
from mmreason.data.records import OnBadRecord
from mmreason.data.sources import TaskSpec
from mmreason.evaluation.suite import By, Suite
from mmreason.evaluation.suites.ton import asked, rewards
from mmreason.metrics.skip_ratio import SkipRatio
from mmreason.parsing.spans import find_spans
from mmreason.rewards.action_exact import ActionExact
from mmreason.rewards.action_type import ActionType
from mmreason.rewards.base import Term

RIGHT = ActionExact(0.14)


def read(path: str, bad: OnBadRecord) -> TaskSpec:
    """AITZ as it is unpacked, or records of it."""
    return asked(path, "gui", bad)


def drawn(num: int, seed: int) -> TaskSpec:
    """Episodes on drawn phones, about three steps of each."""
    return PhoneScreens(max(-(-num // 3), 1), seed, "test")


def action_said(text: str) -> str | None:
    """Give what stands in the last action tag; None without one."""
    spans = find_spans(text, "action")
    return text[slice(*spans[-1])].strip() if spans else None


SUITE = Suite(
    about="TON on phone screens: exact actions, types, skip ratio, arXiv:2505.16854 and arXiv:2403.02713",
    read=read,
    drawn=drawn,
    rewards=(*rewards(RIGHT), Term("type", ActionType(coarse=True), 0.0)),
    metrics=(SkipRatio("type", RIGHT, "episode_id"),),
    extract=action_said,
    apart=(By("type"),),
    cluster="episode_id",
    limit=2048,
    recipes=("ton",),
)
