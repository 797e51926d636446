"""Plain grouped sampling."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mmreason.asks import POLICY
from mmreason.errors import RecipeError
from mmreason.rollouts.sample import Sample
from mmreason.schedules import Linear
from mmreason.types import Group, Progress, Task
from tests.mmreason.fakes import Says, Tasks, run_of, scene
from tests.mmreason.tiny_lm import TinyLM

SAMPLE = Sample(num=3, limit=6)


def drawn(tasks: list[Task], seed: int = 0, sample: Sample = SAMPLE) -> list[list[list[int]]]:
    groups = sample(tasks, scene(run_of({POLICY: TinyLM()}, seed=seed)))
    return [[c.tokens.tolist() for c in g.completions] for g in groups]


def test_a_completion_depends_on_seed_task_and_number_alone() -> None:
    tasks = Tasks().open().next(4)
    whole = drawn(tasks)
    assert [drawn([t])[0] for t in tasks] == whole
    assert drawn(tasks[::-1]) == whole[::-1]
    assert drawn(tasks, sample=replace(SAMPLE, num=5))[0][:3] == whole[0]
    assert drawn(tasks, seed=1) != whole
    assert len({str(c) for g in whole for c in g}) > 6


def test_steps_and_rounds_draw_anew() -> None:
    run = run_of({POLICY: TinyLM()})
    task = Tasks().open().next(1)
    seen = set()
    for where in (("a", 0, 0), ("a", 1, 0), ("a", 0, 1), ("b", 0, 0)):
        groups = SAMPLE(task, replace(scene(run), where=where))
        seen.add(str([c.tokens.tolist() for c in groups[0].completions]))
    assert len(seen) == 4


def test_all_groups_are_asked_for_at_once_with_all_settings() -> None:
    requests: list[Any] = []

    def reply(request: Any) -> list[Any]:
        requests.append(request)
        return []

    model = Says(reply)
    sample = Sample(num=2, limit=9, temperature=Linear(1.0, 0.0), top_p=0.9, top_k=5, stop=("</answer>",))
    groups = sample(Tasks().open().next(3), scene(run_of({POLICY: model}), Progress(1, 4)))
    assert model.calls == 1
    assert [type(g) for g in groups] == [Group] * 3
    assert {(r.num, r.limit, r.sampling.temperature, r.sampling.top_p, r.sampling.top_k) for r in requests} == {
        (2, 9, 0.75, 0.9, 5)
    }
    assert requests[0].sampling.stop == ("</answer>",)
    assert len({r.seed for r in requests}) == 3


def test_greedy_completions_are_equal() -> None:
    (group,) = drawn(Tasks().open().next(1), sample=replace(SAMPLE, temperature=0.0))
    assert group[0] == group[1] == group[2]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"num": 0}, "num >= 1"),
        ({"limit": 0}, "limit >= 1"),
        ({"temperature": -0.1}, "must not be negative"),
        ({"top_p": 0.0}, "0 < top_p <= 1"),
        ({"top_p": 1.5}, "0 < top_p <= 1"),
        ({"top_k": -1}, "top_k >= 0"),
    ],
)
def test_what_cannot_be_sampled_is_refused(bad: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        Sample(**bad)
