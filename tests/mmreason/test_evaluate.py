"""Scores of a checkpoint: exams, rows and the numbers that sum them up."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from mmreason.data.records import BadRecord
from mmreason.errors import RecipeError
from mmreason.evaluate import Collect, First, Judged, Way, accuracy_for, exams, judge, numbers, summarise
from mmreason.rewards.accuracy import Accuracy
from mmreason.rewards.reasonmap_accuracy import ReasonMapAccuracy
from mmreason.run import Run
from mmreason.types import Batch, Completion, Group, Task
from vision_data.messages import user

NAN = float("nan")


@dataclass(frozen=True)
class Given:
    """Tasks by number."""

    num: int

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        return [Task(id=str(i), prompt=(user("?"),)) for i in range(self.num)], []


def said(text: str, num: int = 3, finish: Any = "stop") -> Completion:
    tokens = torch.arange(num)
    return Completion(text=text, tokens=tokens, logprobs=tokens.double(), wrote=tokens >= 0, finish=finish)


def answered(task: Task, *texts: str) -> Group:
    group = Group(task, tuple(map(said, texts)))
    reward = accuracy_for([task])
    Batch((group,)).record(reward, [reward.score(group)])  # type: ignore[attr-defined]
    return group


def row(mode: Any, *right: float, kind: str = "a", weight: float = 1.0, scores: Any = None, task: str = "t") -> Judged:
    return Judged(
        task=task,
        kind=kind,
        mode=mode,
        gold="g",
        weight=weight,
        answers=("x",) * len(right),
        right=right,
        map_scores=scores or (None,) * len(right),
        lengths=(1,) * len(right),
        finishes=("stop",) * len(right),
    )


@pytest.mark.parametrize("num", [1, 2, 15, 16, 17, 33, 100])
def test_the_exams_ask_every_task_with_as_little_filling_up_as_possible(num: int) -> None:
    for exam in exams(Given(num), num, Accuracy(), Way(batch=16)):
        assert exam.groups <= 16
        assert num <= exam.steps * exam.groups < num + exam.steps


def test_the_greedy_exam_is_always_there_and_the_sampled_one_above_temperature_0() -> None:
    assert [exam.name for exam in exams(Given(3), 3, Accuracy(), Way(temperature=0.7))] == ["sampled", "greedy"]
    (greedy,) = exams(Given(3), 3, Accuracy(), Way(temperature=0.0))
    assert (greedy.rollout.num, greedy.rollout.temperature) == (1, 0.0)  # type: ignore[attr-defined]


def test_only_the_first_tasks() -> None:
    assert [task.id for task in First(Given(5), 2).load_tasks(Path())[0]] == ["0", "1"]
    assert len(First(Given(1), 2).load_tasks(Path())[0]) == 1


def test_the_reward_follows_the_records() -> None:
    plain, known = Task(id="p", prompt=()), Task(id="k", prompt=(), record={"type": "TorF1"})
    assert accuracy_for([plain]) == Accuracy()
    assert accuracy_for([known, known]) == ReasonMapAccuracy()
    with pytest.raises(RecipeError, match="task 'p' is no ReasonMap record"):
        accuracy_for([known, plain])


def test_an_answered_question_becomes_a_row_and_a_line() -> None:
    task = Task(id="k", prompt=(), answer="yes", record={"type": "TorF1", "answer": 1, "difficulty_city": "hard"})
    found = judge(answered(task, r"\boxed{yes}", r"\boxed{no}"), ReasonMapAccuracy(), "sampled")
    assert (found.right, found.weight, found.kind, found.map_scores) == ((1.0, 0.0), 2.0, "TorF1", (None, None))
    line = json.loads(found.line())
    assert (line["id"], line["type"], line["mode"], line["gold"], line["weight"]) == (
        "k",
        "TorF1",
        "sampled",
        "yes",
        2.0,
    )
    assert line["samples"][1] == {
        "text": r"\boxed{no}",
        "accuracy": 0.0,
        "map_score": None,
        "tokens": 3,
        "finish": "stop",
    }


def test_a_task_of_no_benchmark_counts_once() -> None:
    task = Task(id="p", prompt=(), answer="4")
    found = judge(answered(task, r"\boxed{4}"), Accuracy(), "greedy")
    assert (found.kind, found.weight, found.mode, found.right) == ("task", 1.0, "greedy", (1.0,))
    assert json.loads(row("greedy", NAN).line())["samples"][0]["accuracy"] is None


def test_a_task_that_fills_up_the_last_step_counts_once() -> None:
    task = Task(id="p", prompt=(), answer="4")
    told: list[int] = []
    collect = Collect(Accuracy(), told.append)
    exam = exams(Given(1), 1, Accuracy(), Way(temperature=0.0))[0]
    run = Run(models={})
    for text in (r"\boxed{4}", r"\boxed{5}"):
        collect.measured(run, exam, Batch((answered(task, text),)), {})
    assert [r.right for r in collect.rows.values()] == [(1.0,)]
    assert told == [1, 1]


def test_the_numbers_of_a_slice_by_hand() -> None:
    """Two tasks of weights 1 and 3 with samples (1, 0) and (0, 0): mean 1/4, weighted (1 + 0) / 8, pass@2 1/2."""
    found = numbers([row("sampled", 1.0, 0.0), row("sampled", 0.0, 0.0, weight=3.0)])
    assert found == {"num": 2.0, "accuracy": 0.25, "weighted_accuracy": 0.125, "pass": 0.5}


def test_map_scores_are_averaged_over_what_has_one() -> None:
    found = numbers([row("greedy", 1.0, scores=(20.0,), weight=1.0), row("greedy", 0.0, scores=(4.0,), weight=3.0)])
    assert found["map_score"] == 12.0
    assert found["weighted_map_score"] == (20 + 12) / 4


def test_what_could_not_be_judged_is_left_out() -> None:
    assert numbers([row("sampled", NAN, NAN)]) == {"num": 1.0}
    found = numbers([row("sampled", NAN, 1.0), row("sampled", 0.0, 0.0)])
    assert found["accuracy"] == pytest.approx(1 / 3)
    assert found["pass"] == 0.5, "pass@1: the first task has one judged sample"


def test_the_summary_has_both_ways_of_answering_side_by_side() -> None:
    rows = [row("sampled", 1.0, 0.0, kind="a"), row("sampled", 1.0, 1.0, kind="b", task="u")]
    rows += [row("greedy", 0.0, kind="a"), row("greedy", 1.0, kind="b", task="u")]
    found = summarise(rows)
    assert list(found) == ["all", "a", "b"]
    assert found["all"] == {
        "num": 2.0,
        "accuracy": 0.75,
        "weighted_accuracy": 0.75,
        "pass": 1.0,
        "greedy": 0.5,
        "greedy_weighted": 0.5,
    }
    assert found["a"]["greedy"] == 0.0
    assert summarise([]) == {}
