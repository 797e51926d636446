"""What the parts that read media are told comes next is what comes next, at every border of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import pytest

from mmreason.asks import POLICY
from mmreason.data.sources import InOrder, Shuffled
from mmreason.engine import Silent, collect, train
from mmreason.errors import DataError
from mmreason.filters.keep_varied import KeepVaried
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.recipe import Recipe, Stage, Survey
from mmreason.run import Run
from mmreason.types import Progress, Task
from tests.mmreason.engine.methods import RIGHT, SAMPLE, TERMS
from tests.mmreason.fakes import LiveTasks, run_of, task
from tests.mmreason.tiny_lm import TinyLM
from vision_data.messages import Prompt, text_of


class Reader(TinyLM):
    """Notes what it is told to prepare."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[list[str]] = []

    def prepare(self, prompts: Sequence[Prompt]) -> None:
        self.told.append([text_of(prompt) for prompt in prompts])


@dataclass(frozen=True)
class Letters:
    """Tasks whose prompts say where they come from; ``bad`` cannot be read."""

    name: str
    num: int = 5
    bad: bool = False

    def load_tasks(self, home: Any) -> tuple[list[Task], list[Any]]:
        if self.bad:
            raise DataError(f"{self.name} cannot be read")
        return [task(f"{self.name}{i}", f"{self.name}{i}") for i in range(self.num)], []


def stage(name: str, steps: int, **fields: Any) -> Stage:
    return Stage(name=name, tasks=Shuffled(Letters(name)), rollout=SAMPLE, steps=steps, groups=2, **fields)


def told(recipe: Recipe, **fields: Any) -> list[list[str]]:
    """Train; give what the reader was told."""
    reader = Reader()
    train(recipe, run_of({POLICY: reader}, seed=3), **fields)
    return reader.told


LEARNS: dict[str, Any] = {"rewards": TERMS, "losses": (ClippedSurrogate(),)}
WHOLE = Recipe(
    name="whole",
    stages=(
        stage("a", 5, surveys=(Survey(every=2, stage=stage("monitor", 2)),), **LEARNS),
        stage("never", 0, **LEARNS),
        stage("b", 2, **LEARNS),
    ),
    exams=(stage("exam", 2), replace(stage("other", 1), tasks=InOrder(Letters("other")))),
)


def test_every_draw_was_told_before_it_came_across_all_borders() -> None:
    found = told(WHOLE)
    assert found.pop() == []  # the run is over: nobody expects anything
    assert len(found) == 3 + 5 + 3 * 2 + 2 + 3
    assert len(found[-1]) == 2
    for now, then in pairwise(found):
        assert len(now) == 4
        assert now[2:] == then[:2]
    heads = ["".join(c for c in draw[0] if c.isalpha()) for draw in found]
    assert heads == (
        ["exam"] * 2 + ["other"] + (["monitor"] * 2 + ["a"] * 2) * 2 + ["monitor"] * 2 + ["a", "b", "b"]
        + ["exam"] * 2 + ["other"]
    )  # fmt: skip


def test_looking_ahead_changes_nothing() -> None:
    class Histories(Silent):
        def __init__(self) -> None:
            self.seen: list[dict[str, float]] = []

        def stepped(self, run: Run, stage: Stage, batch: Any, metrics: dict[str, float]) -> None:
            self.seen.append(metrics)

    with_reader, without = Histories(), Histories()
    told(WHOLE, observer=with_reader)
    train(WHOLE, run_of({POLICY: TinyLM()}, seed=3), without)
    assert with_reader.seen == without.seen


def test_dynamic_sampling_tells_the_refill_and_then_the_next_step() -> None:
    reader = Reader()
    a = stage("a", 2, rounds=4, filters=(KeepVaried(RIGHT),), **LEARNS)
    run = run_of({POLICY: reader}, seed=3)
    collect(a, run, Progress(0, 2, "a", run.history), a)
    source = run.source(a.tasks)
    assert reader.told[-1][-2:] == [text_of(t.prompt) for t in source.next(2)]
    for now, then in zip(reader.told[:-2], reader.told[1:-1], strict=True):
        assert now[-2:][: len(then) - 2] == then[:-2]


def test_an_unfinished_step_is_told_again_after_a_resume() -> None:
    class Stop(Exception):
        pass

    class AtUpdate(Silent):
        def updated(self, run: Run, stage: Stage) -> None:
            raise Stop

    reader = Reader()
    run = run_of({POLICY: reader}, seed=3)
    recipe = Recipe(name="r", stages=(stage("a", 2, minibatch=1, **LEARNS),))
    with pytest.raises(Stop):
        train(recipe, run, AtUpdate())
    first, last = reader.told
    assert last == []  # a run that stops lets go of what it hoped for
    assert run.pending is not None
    train(recipe, run)
    assert reader.told[2] == first
    assert reader.told[3] == first[2:]


def test_what_is_wrong_with_a_later_stage_is_said_when_it_begins() -> None:
    bad = replace(stage("bad", 1, **LEARNS), tasks=Shuffled(Letters("bad", bad=True)))
    reader, steps = Reader(), []

    class Steps(Silent):
        def stepped(self, run: Run, stage: Stage, batch: Any, metrics: dict[str, float]) -> None:
            steps.append(stage.name)

    with pytest.raises(DataError, match="bad cannot be read"):
        train(Recipe(name="r", stages=(stage("a", 2, **LEARNS), bad)), run_of({POLICY: reader}), Steps())
    assert steps == ["a", "a"]


def test_a_source_that_depends_on_the_run_is_not_opened_before_its_time() -> None:
    opened: list[int] = []

    @dataclass(frozen=True)
    class Late:
        def open(self, run: Run) -> LiveTasks:
            opened.append(run.updates)
            return LiveTasks([task("late", "late")])

    late = replace(stage("late", 2, **LEARNS), tasks=Late())
    found = told(Recipe(name="r", stages=(stage("a", 2, **LEARNS), late)))
    assert opened == [2]
    assert [len(draw) for draw in found] == [4, 2, 4, 2, 0]
