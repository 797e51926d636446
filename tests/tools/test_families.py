"""Lessons of all families: complete, right where the teacher makes no mistake, and the same for the same seed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mmreason.models.loading import TINY, load_processor
from mmreason.types import Task
from tools.tiny.families import Lessons, TransitLessons, lessons
from tools.tiny.teach import Phase, examine, lesson_phases, said, teach

LEAST = 0.001


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lessons")


@pytest.fixture(scope="module")
def clean(home: Path) -> list[Task]:
    tasks, bad = Lessons(lessons(share=LEAST)).load_tasks(home)
    assert not bad
    return tasks


def test_every_family_has_lessons_and_no_two_have_the_same_id(clean: list[Task]) -> None:
    assert {task.id.split("/")[0] for task in clean} == {name for name, _ in lessons()}
    assert len({task.id for task in clean}) == len(clean)
    assert all(task.record["demonstrations"] for task in clean)


def test_a_teacher_without_mistakes_says_what_is_right(clean: list[Task]) -> None:
    checked = {"kitchen", "seen", "collisions", "count", "tally", "figures"}
    for task in clean:
        if task.id.split("/")[0] in checked:
            assert {said(text) for text in task.record["demonstrations"]} == {task.answer}, task.id


def test_a_lesson_fits_what_the_model_writes(clean: list[Task]) -> None:
    tokenizer = load_processor(TINY).tokenizer
    longest = max(len(tokenizer(text).input_ids) for task in clean for text in task.record["demonstrations"])
    assert longest <= 120


def test_a_slipping_teacher_is_wrong_more_often(home: Path) -> None:
    def wrong(slip: float) -> int:
        tasks, _ = TransitLessons(4, slip=slip, num=8).load_tasks(home)
        clean, _ = TransitLessons(4, num=1).load_tasks(home)
        right = {task.id: said(task.record["demonstrations"][0]) for task in clean}
        return sum(said(text) != right[task.id] for task in tasks for text in task.record["demonstrations"])

    assert wrong(0.0) == 0 < wrong(0.3)


@pytest.mark.slow
def test_lessons_are_learned_and_a_seed_gives_one_model(home: Path) -> None:
    logs: list[list[float]] = [[], []]
    start = Path(TINY)
    phase = Phase("lessons", 8, groups=8, share=LEAST)
    models = [
        teach(start, phase, home, 0, lambda name, step, numbers, log=log: log.append(numbers["loss"]))  # type: ignore[misc]
        for log in logs
    ]
    assert logs[0] == logs[1]
    for name, value in models[0].state_dict().items():
        assert torch.equal(value, models[1].state_dict()[name]), name
    scores = examine(start, home, 2, samples=2)
    assert set(scores) == {name for name, _ in lessons("test")}
    assert all(0 <= greedy <= 1 and mean <= best for greedy, mean, best in scores.values())


def test_phases_of_no_steps_are_left_out() -> None:
    assert [phase.name for phase in lesson_phases(10, 0)] == ["lessons"]
    assert [phase.slip > 0 for phase in lesson_phases(10, 5)] == [False, True]


def test_said() -> None:
    assert said("<think>x</think><answer> B</answer>") == "B"
    assert said("A: Red.\nso \\boxed{3}") == "so \\boxed{3}"
