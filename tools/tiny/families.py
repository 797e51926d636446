"""Lessons of all families of tasks that the recipes draw: what is asked, and worked answers of a teacher."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from mmreason.data.chart_thoughts import ChartTeacher
from mmreason.data.charts import Charts
from mmreason.data.count_thoughts import CountTeacher
from mmreason.data.geometry import SHORT as NUMBER
from mmreason.data.geometry import GeometryFigures
from mmreason.data.geometry_thoughts import StepsTeacher
from mmreason.data.gui import SHORT as ACT
from mmreason.data.gui import PhoneScreens
from mmreason.data.gui_thoughts import ActionTeacher
from mmreason.data.kitchen import Kitchens, asked_briefly
from mmreason.data.kitchen_thoughts import Teacher
from mmreason.data.pair_thoughts import PairTeacher
from mmreason.data.pairs import RenderedPairs
from mmreason.data.physics import PhysicsVideos
from mmreason.data.physics_thoughts import OptionTeacher
from mmreason.data.records import BadRecord
from mmreason.data.reversed import SHORT_WHY, Reversed
from mmreason.data.scene_chains import ChainTeacher
from mmreason.data.scenes import Scenes
from mmreason.data.sources import TaskSpec
from mmreason.data.transit import TransitMaps
from mmreason.types import Task
from vision_data.generators.transit import TransitMap, explain, make_map

SEED = 1000
"""Of the lessons; recipes draw theirs from small seeds, and exams from other splits."""


@dataclass(frozen=True)
class TransitLessons:
    """Transit maps with worked answers. Not from a paper.

    Args:
        num_maps: maps, six questions each.
        seed: of the maps.
        slip: probability per step that the teacher errs.
        num: worked answers to a question.
        split: ``train`` or ``test``.
    """

    num_maps: int
    seed: int = SEED
    slip: float = 0.0
    num: int = 1
    split: str = "train"

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Draw the maps unless they are there, and let the teacher answer."""
        tasks, bad = TransitMaps(self.num_maps, self.seed, split=self.split).load_tasks(home)
        return [self.taught(task) for task in tasks], bad

    def taught(self, task: Task) -> Task:
        """A task with demonstrations."""
        drawn = map_of(int(task.record["map_seed"]), self.split)
        texts = [explain(dict(task.record), drawn, i, self.slip) for i in range(self.num)]
        return replace(task, record={**task.record, "demonstrations": texts})


@cache
def map_of(seed: int, split: str = "train") -> TransitMap:
    """The map of a record."""
    return make_map(seed, split=split)


@dataclass(frozen=True)
class Lessons:
    """Tasks of several families, their ids told apart by the family's name. Not from a paper.

    Args:
        of: name and tasks of every family.
    """

    of: tuple[tuple[str, TaskSpec], ...]

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Read all of them, one family after the other."""
        tasks: list[Task] = []
        bad: list[BadRecord] = []
        for name, spec in self.of:
            found, skipped = spec.load_tasks(home)
            tasks += [replace(task, id=f"{name}/{task.id}") for task in found]
            bad += skipped
        return tasks, bad


def lessons(split: str = "train", slip: float = 0.0, share: float = 1.0) -> tuple[tuple[str, TaskSpec], ...]:
    """Name and tasks of every family.

    Args:
        split: ``train``, or ``test`` for exams.
        slip: 0 for a teacher who makes no mistake; above 0 each teacher errs as the recipe's own would.
        share: of the number of tasks that the whole training sees.
    """

    def num(most: int) -> int:
        return max(4, round(most * share))

    errs, seed, copies = slip > 0, SEED + (1 if slip else 0), 2 if slip else 1
    level = "train" if split == "train" else "L1"
    options = OptionTeacher(num=copies, slip=0.3 if errs else 0.0, lettered=0.5, stray=0.1 if errs else 0.0)
    cook = Teacher(num=copies, slip=0.15 if errs else 0.0, stray=0.25 if errs else 0.0)
    chains = ChainTeacher(num=1, **({"miss": 0.25, "stray": 0.3, "slip": 0.3} if errs else {}))
    tally = Scenes(num(3000), seed + 11, split, things=(3, 9), counts=(1, 5), suffix=NUMBER,
                   teacher=CountTeacher(num=copies, slip=0.15 if errs else 0.0))  # fmt: skip
    acts = PhoneScreens(num(400), seed + 12, split, teacher=ActionTeacher(num=copies, slip=0.3 if errs else 0.0))
    figures = GeometryFigures(num(600), seed, split, teacher=StepsTeacher(num=copies, slip=0.3 if errs else 0.0))
    forward: tuple[tuple[str, TaskSpec], ...] = (
        ("transit", TransitLessons(num(600), seed, 0.35 if errs else 0.2, copies, split)),
        ("kitchen", asked_briefly((("", Kitchens(num(4000), seed, level, foods=(1, 1), teacher=cook)),))),
        ("seen", PhysicsVideos(num(1000), seed, split, ("seen",), 4, "mixed", teacher=options)),
        ("collisions", PhysicsVideos(num(2400), seed, split, ("descriptive",), 12, "single", colours=4,
                                     teacher=options)),
        ("count", Scenes(num(3000), seed, split, types=("counting",), teacher=chains)),
        ("relation", Scenes(num(2000), seed + 2, split, types=("relation",), teacher=chains)),
        ("tally", tally),
        ("screens", acts),
        ("figures", figures),
        ("pairs", RenderedPairs(num(3000), seed=seed, split=split,
                                teacher=PairTeacher(num=copies, slip=0.15 if errs else 0.0,
                                                    stray=0.25 if errs else 0.0))),
        ("charts", Charts(num(1000), seed=seed, split=split,
                          teacher=ChartTeacher(num=2, slip=0.2 if errs else 0.0, blind=0.1 if errs else 0.0))),
    )  # fmt: skip
    if errs or split != "train":
        return forward
    small = num(250)
    return (
        *forward,
        ("why-tally", Reversed(replace(tally, num=small, seed=seed + 14), SHORT_WHY, NUMBER)),
        ("why-screens", Reversed(replace(acts, num=num(80), seed=seed + 15), SHORT_WHY, ACT)),
        ("why-figures", Reversed(replace(figures, num=small, seed=seed + 16), SHORT_WHY, NUMBER)),
    )
