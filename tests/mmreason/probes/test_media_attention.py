"""GRIT's attention probe: which chains are asked about, with what text, and what the log says."""

from __future__ import annotations

import math

import pytest
import torch

from mmreason.asks import POLICY, Watch
from mmreason.metrics.media_attention import MediaAttention
from mmreason.probes.media_attention import RethinkAttention, without_boxes
from tests.mmreason.fakes import Says, comp, group, settled

CHAIN = '<think>A mug {"bbox_2d": [1, 2, 30, 40]} and [5,6,7,8].</think><rethink>Two, at [9,9,9,9].</rethink><answer>2'


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        (CHAIN, '<think>A mug {"bbox_2d": } and .</think><rethink>Two, at [9,9,9,9].</rethink><answer>2'),
        ("<think>1, 2, 3, 4</think>", "<think></think>"),
        ("<think>[1, 2, 3]</think><rethink>", "<think>[1, 2, 3]</think><rethink>"),
        ("", ""),
    ],
)
def test_boxes_before_the_second_thought_are_taken_out(text: str, bare: str) -> None:
    assert without_boxes(text) == bare


def test_chains_with_a_box_and_a_second_thought_are_asked_about_twice() -> None:
    asked: list[Watch] = []

    def said(request: Watch) -> float:
        asked.append(request)
        return request.start / 1000

    of = group(
        comp([1], text=CHAIN),
        comp([1], text="<think>no box</think><rethink>x</rethink>"),
        comp([1], text="<think>[1,2,3,4]</think><answer>1"),
        comp([1], text="<think>[1,2,3,4]</think><rethink>cut off"),
    )
    metric = MediaAttention()
    batch = settled((of,), metric, models={POLICY: Says(said)})
    assert [request.text[request.start : request.end] for request in asked] == [
        "Two, at [9,9,9,9].", "Two, at [9,9,9,9].", "cut off", "cut off",
    ]  # fmt: skip
    assert all(request.num == 50 for request in asked)
    found = batch.groups[0][RethinkAttention()]
    whole, bare = CHAIN.index("Two") / 1000, without_boxes(CHAIN).index("Two") / 1000
    assert found[0].tolist() == [whole, bare]
    assert bool(found[1:3].isnan().all())
    assert found.shape == torch.Size([4, 2])
    told, last = metric(batch), found[3].tolist()
    assert told["media_attention"] == pytest.approx((whole + last[0]) / 2)
    assert told["media_attention_bare"] == pytest.approx((bare + last[1]) / 2)


def test_without_such_chains_nothing_is_asked_and_nothing_measured() -> None:
    model = Says(lambda request: 1.0)
    batch = settled((group(comp([1], text="<answer>1")),), MediaAttention(), models={POLICY: model})
    assert model.asked == 0
    assert all(math.isnan(value) for value in MediaAttention()(batch).values())
