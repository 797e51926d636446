"""Texts to learn from as groups."""

from __future__ import annotations

from typing import Any

import pytest

from mmreason.asks import POLICY
from mmreason.errors import DataError
from mmreason.rollouts.demonstrations import Demonstrations
from tests.mmreason.fakes import run_of, scene, task
from tests.mmreason.tiny_lm import TinyLM


def test_texts_become_completions_in_one_call() -> None:
    policy = TinyLM()
    tasks = [task("a", answer="3 4"), task("b", answer="5")]
    groups = Demonstrations()(tasks, scene(run_of({POLICY: policy})))
    assert [[c.tokens.tolist() for c in g.completions] for g in groups] == [[[3, 4, 0]], [[5, 0]]]
    assert all(bool(c.wrote.all()) and not c.logprobs.any() for g in groups for c in g.completions)
    assert policy.calls == 1


def test_a_field_may_hold_one_text_or_several() -> None:
    tasks = [task("a", record={"cot": "1"}), task("b", record={"cot": ["2", "3"]})]
    groups = Demonstrations(field="cot")(tasks, scene(run_of({POLICY: TinyLM()})))
    assert [[c.text for c in g.completions] for g in groups] == [["1"], ["2", "3"]]


@pytest.mark.parametrize(
    ("rollout", "record", "message"),
    [
        (Demonstrations(), {}, "task 'a': answer holds no text to learn from, got NoneType"),
        (Demonstrations(field="cot"), {}, "task 'a': record field 'cot' holds no text to learn from, got NoneType"),
        (Demonstrations(field="cot"), {"cot": []}, "record field 'cot' holds no text"),
        (Demonstrations(field="cot"), {"cot": [1]}, "record field 'cot' holds no text to learn from, got list"),
    ],
)
def test_a_task_without_a_text_is_refused(rollout: Demonstrations, record: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        rollout([task("a", record=record)], scene(run_of({POLICY: TinyLM()})))
