"""Batch metrics by hand: three completions, numbers to be redone on paper."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from mmreason.metrics.batch import AnyOf, Lengths, Mean, RewardTable, SamplerGap, missing
from mmreason.rewards.base import GroupReward, Term
from mmreason.rewards.times import Times
from mmreason.types import Batch, Completion, Group, Task
from tests.mmreason.fakes import comp, constant, group, settled
from vision_data.messages import user

NAN = float("nan")


@dataclass(frozen=True)
class Table(GroupReward):
    rows: tuple[tuple[str, tuple[float, ...]], ...]

    def score(self, group: Group) -> Tensor:
        return torch.tensor(dict(self.rows)[group.task.id], dtype=torch.float64)


def weight(task: Task) -> float:
    return float(task.record["w"])


def completion(tokens: int, cut: bool = False) -> Completion:
    return Completion(
        text="", tokens=torch.arange(tokens), logprobs=torch.zeros(tokens), wrote=torch.ones(tokens).bool(),
        finish="length" if cut else "stop",
    )  # fmt: skip


def batch(reward: Table, lengths: tuple[tuple[int, ...], ...] = ((1, 2, 3), (4, 5, 6))) -> Batch:
    groups = tuple(
        Group(Task(id=f"q{i}", prompt=(user("?"),), record={"type": "ab"[i], "w": i + 1}), tuple(map(completion, ls)))
        for i, ls in enumerate(lengths)
    )
    out = Batch(groups, terms=(Term("half", reward, weight=0.5),))
    out.record(reward, reward(out))
    return out


REWARD = Table((("q0", (1.0, 0.0, 1.0)), ("q1", (0.0, 0.0, NAN))))


def test_reward_table() -> None:
    found = RewardTable()(batch(REWARD))
    assert math.isclose(found["reward"], 0.5 * 2 / 5)
    assert math.isclose(found["term/half"], 2 / 5)
    assert found["flat_groups"] == 0.5
    assert math.isclose(found["reward_std"], math.sqrt(2) / 3 * 0.5 / 2)


def test_what_is_missing_is_told_by_term() -> None:
    assert RewardTable()(batch(REWARD))["missing/half"] == 1 / 6
    none = Table((("q0", (NAN,) * 3), ("q1", (NAN,) * 3)))
    found = RewardTable()(batch(none))
    assert found["missing/half"] == 1.0
    assert math.isnan(found["term/half"])
    assert missing(Batch((), terms=batch(REWARD).terms)) == {"half": 0.0}
    assert missing(Batch(batch(REWARD).groups)) == {}


def test_mean_by_type_and_weight() -> None:
    found = Mean("accuracy", REWARD, field="type", weight=weight)(batch(REWARD))
    assert math.isclose(found["accuracy"], 2 / 5)
    assert math.isclose(found["weighted_accuracy"], 2 / (3 * 1 + 2 * 2))
    assert math.isclose(found["accuracy/a"], 2 / 3)
    assert found["accuracy/b"] == 0.0


def test_nothing_measured_is_nan_and_not_zero() -> None:
    none = Table((("q0", (NAN,) * 3), ("q1", (NAN,) * 3)))
    assert math.isnan(Mean("accuracy", none, weight=weight)(batch(none))["accuracy"])
    assert math.isnan(Mean("accuracy", none, weight=weight)(batch(none))["weighted_accuracy"])
    assert math.isnan(RewardTable()(batch(none))["reward"])


def test_any_of_and_lengths() -> None:
    assert AnyOf("pass", REWARD)(batch(REWARD)) == {"pass": 0.5}
    groups = (Group(Task(id="q", prompt=(user("?"),)), (completion(2), completion(4, cut=True))),)
    assert Lengths()(Batch(groups)) == {"length": 3.0, "truncated": 0.5}


def test_times_multiplies_the_whole_group() -> None:
    seen = batch(REWARD)
    times = Times(REWARD, weight)
    seen.record(times, times(seen))
    assert seen.groups[1][times][:2].tolist() == [0.0, 0.0]
    assert seen.groups[0][times].tolist() == [1.0, 0.0, 1.0]


def test_how_far_the_trainer_is_from_the_sampler() -> None:
    gap = SamplerGap(trainer=constant([(-1.0, -1.5, -9.0), (-2.0,)]))
    g = group(comp([1, 2, 3], [-1.2, -1.2, 0.0], wrote=[True, True, False]), comp([1], [NAN]))
    found = gap(settled([g], gap))
    assert found["sampler_gap"] == pytest.approx(0.25)
    assert found["sampler_gap_max"] == pytest.approx(0.3)
    assert found["sampler_kl"] == pytest.approx((math.exp(0.2) - 1.2 + math.exp(-0.3) - 0.7) / 2)
    assert all(math.isnan(x) for x in gap(settled([], gap)).values())
