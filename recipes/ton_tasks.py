"""The three tasks of TON: where their questions come from, what is right, what is told apart."""

from __future__ import annotations

from pathlib import Path

from mmreason.data.aitz import AitzEpisodes
from mmreason.data.count_thoughts import CountTeacher
from mmreason.data.formats import FormatTasks
from mmreason.data.geometry import SHORT as NUMBER
from mmreason.data.geometry import GeometryFigures
from mmreason.data.geometry_thoughts import StepsTeacher
from mmreason.data.gui import SHORT as ACT
from mmreason.data.gui import PhoneScreens
from mmreason.data.gui_thoughts import ActionTeacher
from mmreason.data.records import OnBadRecord
from mmreason.data.scenes import Scenes
from mmreason.data.sources import TaskSpec
from mmreason.data.think_or_not import Kind, ThinkOrNot
from mmreason.metrics.skip_ratio import SkipRatio
from mmreason.rewards.action_exact import ActionExact
from mmreason.rewards.action_type import ActionType
from mmreason.rewards.base import Reward, Term
from mmreason.rewards.click_near import ClickNear
from mmreason.rewards.math_accuracy import MathAccuracy
from mmreason.rewards.numeric_match import NumericMatch
from mmreason.rewards.regex_match import RegexMatch

TINY_TRAIN: dict[Kind, int] = {"counting": 600, "geometry": 2400, "gui": 200}
"""Pictures to learn from; of gui, episodes."""
TINY_EXAM, TINY_EPISODES = 60, 40
BRIEF_HYBRID = " Easy ones need no thought."
FIELDS: dict[Kind, str] = {"counting": "count", "geometry": "template", "gui": "type"}
"""By which fields of generated records the skip ratio is told apart; the last is in AITZ too."""


def source(
    task: Kind,
    data: str | None,
    split: str,
    hybrid: bool,
    num: int | None,
    screens: int,
    seed: int,
    bad: OnBadRecord,
) -> TaskSpec:
    """Records from a file in the paper's form, or pictures drawn for the run in a short one, with their teacher."""
    if data is not None:
        episodes = task == "gui" and is_episodes(Path(data))
        records = AitzEpisodes(data, bad) if episodes else FormatTasks(data, on_bad_record=bad)
        return ThinkOrNot(records, task, hybrid, num, screens=screens)
    teach, more = split == "train", BRIEF_HYBRID if hybrid else ""
    many = TINY_TRAIN[task] if teach else TINY_EPISODES if task == "gui" else TINY_EXAM
    if task == "gui":
        return PhoneScreens(many, seed, split, suffix=ACT + more, teacher=ActionTeacher(4, 0.25) if teach else None)
    if task == "geometry":
        return GeometryFigures(
            many, seed, split, suffix=NUMBER + more, teacher=StepsTeacher(4, 0.25) if teach else None
        )
    return Scenes(
        many,
        seed,
        split,
        things=(3, 9),
        counts=(1, 5),
        suffix=NUMBER + more,
        teacher=CountTeacher(4, 0.1) if teach else None,
    )


def is_episodes(path: Path) -> bool:
    """Say whether this is AITZ as it is unpacked: a folder, and no saved data set."""
    return path.is_dir() and not any((path / name).exists() for name in ("records.jsonl", "dataset_info.json"))


def test_source(
    task: Kind, data: str | None, path: str | None, hybrid: bool, screens: int, seed: int, bad: OnBadRecord
) -> TaskSpec | None:
    """Held-out tasks: from a file, or drawn for the run."""
    if path is None and data is not None:
        return None
    return source(task, path, "test", hybrid, None, screens, seed, bad)


def outcome(task: Kind, within: float) -> Reward:
    """What counts as right in the exams."""
    return {"counting": NumericMatch(), "geometry": MathAccuracy(), "gui": ActionExact(within)}[task]


def terms(task: Kind, within: float) -> tuple[Term, ...]:
    """Format and outcome; nothing is earned by being short."""
    tag = "action" if task == "gui" else "answer"
    form = Term("format", RegexMatch(rf"(?s)<think>.*?</think>\s*<{tag}>.*?</{tag}>"))
    if task == "gui":
        return form, Term("type", ActionType()), Term("click", ClickNear(within))
    return form, Term("accuracy", outcome(task, within))


def skipping(task: Kind, generated: bool, within: float = 0.14) -> SkipRatio:
    """Skip ratio apart by what makes a task easy, where the record tells."""
    field = FIELDS[task] if generated or task == "gui" else None
    return SkipRatio(field, outcome(task, within), "episode_id" if task == "gui" else None)
