"""Given pairs as groups of two."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from mmreason.asks import POLICY
from mmreason.errors import DataError, RecipeError
from mmreason.rollouts.pairs import GivenPairs
from tests.mmreason.fakes import run_of, scene, task
from tests.mmreason.tiny_lm import TinyLM


def pair(id: str, chosen: Any, rejected: Any, **fields: Any) -> Any:
    return task(id, record={"chosen": chosen, "rejected": rejected}, **fields)


def test_both_texts_become_completions_in_one_call() -> None:
    policy = TinyLM()
    groups = GivenPairs()([pair("a", "3 4", "5"), pair("b", "6", "7")], scene(run_of({POLICY: policy})))
    assert [[(c.arm, c.tokens.tolist()) for c in g.completions] for g in groups] == [
        [("chosen", [3, 4, 0]), ("rejected", [5, 0])],
        [("chosen", [6, 0]), ("rejected", [7, 0])],
    ]
    assert policy.calls == 1


def test_a_pair_that_is_equal_up_to_the_limit_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    tasks = [pair("a", "3 4 5", "3 4 6", where="pairs.jsonl:7"), pair("b", "1 2 3", "2 2")]
    with caplog.at_level(logging.WARNING):
        (kept,) = GivenPairs(limit=2)(tasks, scene(run_of({POLICY: TinyLM()})))
    assert [c.tokens.tolist() for c in kept.completions] == [[1, 2], [2, 2]]
    assert [(len(c.logprobs), len(c.wrote), c.finish) for c in kept.completions] == [(2, 2, "length")] * 2
    assert caplog.messages == [
        "pairs.jsonl:7 is left out: chosen and rejected are equal in their first 2 tokens; "
        "a larger limit would keep the pair"
    ]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"chosen": "1"}, "x.jsonl:3: a preference pair needs a text under 'rejected', got None"),
        ({"rejected": "1"}, "x.jsonl:3: a preference pair needs a text under 'chosen', got None"),
        ({"chosen": " ", "rejected": "1"}, "x.jsonl:3: a preference pair needs a text under 'chosen', got ' '"),
    ],
)
def test_a_task_without_a_pair_is_refused(record: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as error:
        GivenPairs()([task("a", record=record, where="x.jsonl:3")], scene(run_of({POLICY: TinyLM()})))
    assert str(error.value) == message


def test_a_limit_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(RecipeError, match="limit must be at least 1 token or None"):
        GivenPairs(limit=0)
