"""The optimiser's schedule and its two groups."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from mmreason.errors import RecipeError
from mmreason.models.optim import AdamW


def test_schedules_of_worked_examples() -> None:
    constant = AdamW(lr=4.0, warmup=4)
    assert [constant.rate(s) for s in range(6)] == [1.0, 2.0, 3.0, 4.0, 4.0, 4.0]
    linear = AdamW(lr=2.0, schedule="linear", total=5, warmup=1, floor=0.5)
    assert [linear.rate(s) for s in range(7)] == pytest.approx([2.0, 2.0, 1.75, 1.5, 1.25, 1.0, 1.0])
    cosine = AdamW(lr=1.0, schedule="cosine", total=4)
    assert [cosine.rate(s) for s in range(6)] == pytest.approx([1.0, 0.5 + 0.5**1.5, 0.5, 0.5 - 0.5**1.5, 0.0, 0.0])


@pytest.mark.parametrize(
    "wrong",
    [
        {"lr": -1.0}, {"lr": float("nan")}, {"warmup": -1}, {"floor": 1.5}, {"schedule": "cosine"},
        {"schedule": "step"},
    ],
)  # fmt: skip
def test_what_is_no_schedule_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(RecipeError, match="AdamW"):
        AdamW(**wrong)  # type: ignore[arg-type]


def test_vectors_have_no_decay_and_frozen_weights_no_state() -> None:
    layer = nn.Sequential(nn.Linear(3, 2), nn.LayerNorm(2), nn.Linear(2, 2))
    layer[2].requires_grad_(False)
    built = AdamW(lr=0.1, weight_decay=0.5).build(layer.parameters())
    assert [(g["weight_decay"], [p.ndim for p in g["params"]]) for g in built.param_groups] == [
        (0.5, [2]),
        (0.0, [1, 1, 1]),
    ]


def test_one_step_of_the_formula() -> None:
    p = nn.Parameter(torch.tensor([[1.0]]))
    built = AdamW(lr=0.1, weight_decay=0.5, betas=(0.9, 0.999), eps=0.0).build([p])
    p.grad = torch.tensor([[4.0]])
    built.step()
    assert float(p.detach()) == pytest.approx(
        1.0 * (1 - 0.1 * 0.5) - 0.1 * 1.0
    )  # decay first, then the sign of the first gradient


def test_shares_of_the_rate_make_groups_of_their_own() -> None:
    layer = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2))
    built = AdamW(lr=0.1).build(layer.parameters(), {id(p): 0.5 for p in layer[1].parameters()})
    assert [(g["share"], len(g["params"])) for g in built.param_groups] == [(1.0, 1), (1.0, 1), (0.5, 1), (0.5, 1)]
