"""Suites: all found, made of plain values, and right on what is right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from PIL import Image as Pictures

from mmreason.asks import POLICY
from mmreason.errors import MMReasonError
from mmreason.evaluation.adapting import suite_for
from mmreason.evaluation.contract import Contract
from mmreason.evaluation.items import vote_of
from mmreason.evaluation.scoring import Job, Way
from mmreason.evaluation.suite import find, names
from mmreason.models.specs import Policy
from mmreason.rewards.base import Reward
from mmreason.signals import check, needs
from mmreason.types import Batch, Completion, Group
from vision_data.errors import MediaError
from vision_data.messages import media_of

QUICK = ("grit", "ton", "ton_geometry", "ton_gui", "listener", "charts", "short_answers", "math_answers")
"""Worlds that are drawn in a second."""


def said(text: str) -> Completion:
    none = torch.zeros(0)
    return Completion(text=text, tokens=none.long(), logprobs=none, wrote=none.bool())


def test_suites_are_found_by_their_files() -> None:
    assert {"reasonmap", "seed_bench_r1", "clevrer", "mmvu", "grit", "ton", "listener", "charts"} <= set(names())
    assert find("seed-bench-r1") is find("seed_bench_r1")
    for word in ("gone", "base", "..", "os"):
        with pytest.raises(KeyError):
            find(word)


@pytest.mark.parametrize("name", names())
def test_a_suite_is_made_of_plain_values_and_says_what_is_right_first(name: str) -> None:
    suite = find(name)
    job = Job(suite=suite, tasks=suite.drawn(6, 0), models=((POLICY, Policy(model="m")),), way=Way())
    for stage, _ in job.exams():
        check(stage, f"{name}.{stage.name}")
    assert suite.rewards[0].weight == 1.0
    assert all(term.weight == 0.0 for term in (*suite.rewards[1:], *suite.inside, *suite.judged))
    assert len({term.name for term in (*suite.rewards, *suite.inside, *suite.judged)}) == len(
        (*suite.rewards, *suite.inside, *suite.judged)
    )
    assert bool(suite.judged) == (suite.judge is not None)


@pytest.mark.parametrize("name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in names()])
def test_the_gold_answer_is_right_and_votes_in_every_world(name: str, tmp_path: Path) -> None:
    suite = find(name).world or find(name)
    tasks, bad = suite.drawn(6, 3).load_tasks(tmp_path)
    assert tasks
    assert not bad
    right = suite.rewards[0].reward
    assert isinstance(right, Reward)
    for task in tasks:
        gold = task.answer or ""
        forms = (f"<think>x</think><answer>{gold}</answer>", f"<think>x</think><action>{gold}</action>", gold)
        group = Group(task, tuple(map(said, (*forms, rf"\boxed{{{gold}}}", "<think>"))))
        batch = Batch((group,))
        for signal in needs(right):
            batch.record(signal, signal.values(batch, [[]]))
        values = group[right].tolist()
        if values[0] == values[0] and name != "reasonmap":
            assert max(values[:4]) == 1.0, (task.answer, values)
            best = group.completions[values.index(1.0)].text
            assert vote_of(suite, best) is not None
        assert values[-1] in (0.0, pytest.approx(float("nan"), nan_ok=True))


OPTIONS = {"prompt": "<image>Which?\nA. cat\nB. dog", "images": ["0.png"], "answer": "A", "options": ["cat", "dog"]}
COUNTED = {"prompt": "<image>How many?", "images": ["0.png"], "answer": "2"}
ROWS = {
    "clevrer": OPTIONS,
    "mmvu": OPTIONS,
    "seed_bench_r1": OPTIONS,
    "listener": {"prompt": "a cat", "image_1": "0.png", "image_2": "1.png", "preference": 1},
    "ton_gui": COUNTED | {"answer": '{"action": "CLICK", "value": null, "position": [0.5, 0.25]}'},
}


@pytest.mark.parametrize("name", [name for name in names() if name != "reasonmap"])
def test_data_are_read_by_path(name: str, tmp_path: Path) -> None:
    for i in range(2):
        Pictures.new("RGB", (56, 56), (90 * i, 90, 20)).save(tmp_path / f"{i}.png")
    path = tmp_path / "data.jsonl"
    path.write_text(json.dumps({"id": "k", **ROWS.get(name, COUNTED)}) + "\n")
    tasks, _ = find(name).read(str(path), "stop").load_tasks(tmp_path)
    assert [task.id for task in tasks][:1] == ["k"]
    assert all(media_of(task.prompt) for task in tasks)


@pytest.mark.parametrize("name", names())
def test_missing_and_foreign_data_are_one_line(name: str, tmp_path: Path) -> None:
    with pytest.raises((MMReasonError, MediaError)) as error:
        find(name).read(str(tmp_path / "gone.jsonl"), "stop").load_tasks(tmp_path)
    assert "gone" in str(error.value)
    path = tmp_path / "odd.jsonl"
    path.write_text('{"name": "x", "price": 3}\n')
    with pytest.raises((MMReasonError, MediaError)) as error:
        find(name).read(str(path), "stop").load_tasks(tmp_path)
    assert "odd.jsonl" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_contract_leads_to_its_suite() -> None:
    found = {name: suite_for(Contract(recipe=name)) for name in ("rewardmap", "grpo_care", "tw_grpo", "acre", "none")}
    assert found == {
        "rewardmap": "reasonmap",
        "grpo_care": "seed_bench_r1",
        "tw_grpo": "clevrer",
        "acre": "mmvu",
        "none": None,
    }
    assert suite_for(Contract(recipe="ton", accuracy="MathAccuracy(extract=math_answer)")) == "ton_geometry"
    assert suite_for(Contract(recipe="ton", accuracy="ActionExact(within=0.14)")) == "ton_gui"
