"""Settling: what is measured, in which order, in how many calls, and when a value is forgotten."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor

from mmreason.asks import POLICY, REFERENCE, Entropy, LogProb, Quantity, Row, Score, Scores, Slab
from mmreason.engine import given, settle
from mmreason.errors import RecipeError, SignalError
from mmreason.probes.token_logprobs import Sampled, TokenLogprobs
from mmreason.rewards.base import GroupReward, Reward, Term
from mmreason.signals import Given, Probe, Signal
from mmreason.types import Alone, Batch, Group
from tests.mmreason.engine.methods import JUDGE, RIGHT, SAMPLE, Grade, Judged
from tests.mmreason.fakes import Says, Tasks, close, comp, flat_group, group, run_of, scene, settled
from tests.mmreason.tiny_lm import TinyLM


@dataclass(frozen=True)
class PolicyScore(Quantity["list[Tensor]"]):
    """Self-certainty, arXiv:2502.18581: KL from the uniform distribution, per position."""

    def window(self, slab: Slab) -> Tensor:
        return -slab.logits.log_softmax(-1).mean(-1) - math.log(slab.logits.shape[-1])


@dataclass(frozen=True)
class Mean(Probe[Tensor, Scores]):
    """[G] mean of a quantity over each completion."""

    of: Quantity[list[Tensor]]

    def ask(self, group: Group, batch: Batch) -> list[Score]:
        rows = tuple(Row(group.task.prompt, (c.tokens,), c.temperature) for c in group.completions)
        return [Score(POLICY, rows, (self.of, LogProb()))]

    def read(self, group: Group, replies: Sequence[Scores]) -> Tensor:
        return torch.stack([x.mean() for x in replies[0][self.of]])


def test_all_quantities_of_a_row_come_from_one_forward() -> None:
    policy, reference = TinyLM(), TinyLM(1)
    run = run_of({POLICY: policy, REFERENCE: reference})
    batch = Batch(tuple(SAMPLE(Tasks().open().next(2), scene(run))))
    policy.rows = policy.calls = 0
    wanted = (TokenLogprobs(), TokenLogprobs(REFERENCE), Mean(Entropy()), Mean(PolicyScore()))
    settle(batch, scene(run), wanted)
    assert (policy.rows, policy.calls, reference.rows) == (8, 1, 8)
    for g in batch.groups:
        for c, scored in zip(g.completions, g[TokenLogprobs()], strict=True):
            close(scored, c.logprobs, 1e-12)
        assert bool((g[Mean(Entropy())] <= math.log(12)).all())


def test_requests_of_one_wave_go_to_a_role_in_one_call_and_equal_probes_ask_once() -> None:
    judge = Says(lambda request: 0.5)
    groups = [group(comp([2]), comp([3]), comp([4]))]
    terms = [
        Term("all", Grade()),
        Term("again", Grade(), 0.2),
        Term("right only", Grade(Judged(where=RIGHT))),
    ]
    batch = settled(groups, terms=terms, models={JUDGE: judge})
    assert judge.asked == 3 + 2
    assert judge.calls == 2, "the second probe waits for the reward that it holds"
    close(batch.groups[0][Grade(Judged(where=RIGHT))], [0.5, float("nan"), 0.5])


def test_what_is_known_is_not_asked_again() -> None:
    judge = Says(lambda request: 1.0)
    run = run_of({JUDGE: judge})
    batch = Batch((flat_group(2),))
    settle(batch, scene(run), Judged())
    settle(batch, scene(run), (Judged(), Grade()))
    assert judge.asked == 2


@dataclass(frozen=True)
class Note(Signal["list[str]"]):
    """Its name, after that of what it depends on."""

    name: str
    after: tuple[Note, ...] = ()

    def values(self, batch: Batch, replies: Sequence[Sequence[Any]]) -> list[list[str]]:
        return [["".join(g[note][0] for note in self.after) + self.name] * len(g) for g in batch.groups]


def test_dependencies_come_first_whatever_the_order_of_the_roots() -> None:
    a = Note("a")
    b = Note("b", (a,))
    batch = settled([flat_group(1)], (Note("c", (b, a)), b, a))
    assert batch.groups[0][Note("c", (b, a))] == ["abac"]


def test_a_value_of_the_wrong_length_is_refused() -> None:
    @dataclass(frozen=True)
    class Short(GroupReward):
        def score(self, group: Group) -> Tensor:
            return torch.zeros(1)

    with pytest.raises(SignalError, match=r"Short\(\) gave 1 values for 2 completions"):
        settled([flat_group(2)], Short())


def test_reading_an_unrecorded_signal_names_it_and_what_is_there() -> None:
    batch = settled([flat_group(1)], RIGHT)
    with pytest.raises(SignalError, match=r"group 'q0' has no Sampled\(\); recorded: Even\(\)"):
        batch.groups[0][Sampled()]


@dataclass(frozen=True)
class Best(Reward):
    """1 for completions of the groups with the highest mean."""

    of: Reward = RIGHT

    def __call__(self, batch: Batch) -> list[Tensor]:
        top = batch.everyone([g[self.of].mean()[None] for g in batch.groups]).max()
        return [(g[self.of].mean() == top) * torch.ones(len(g)) for g in batch.groups]


@dataclass(frozen=True)
class Onward(GroupReward):
    """Sees its group only, but holds what sees the batch."""

    of: Reward = Best()

    def score(self, group: Group) -> Tensor:
        return group[self.of]


def test_values_of_the_whole_batch_are_forgotten_when_the_company_changes() -> None:
    groups = [group(comp([2]), comp([2]), id="good"), group(comp([2]), comp([3]), id="mixed")]
    batch = settled(groups, Onward())
    close(batch.groups[1][Onward()], [0, 0])
    alone = batch.select([False, True])
    assert RIGHT in alone.known
    assert not {Best(), Onward()} & alone.known
    settle(alone, scene(run_of({})), Onward())
    close(alone.groups[0][Onward()], [1, 1])
    close(batch.groups[1][Onward()], [0, 0])


@dataclass(frozen=True)
class Tree(Given["list[int]"]):
    """Depth of each completion in a search tree that the rollout has built."""


def test_what_a_rollout_gives_is_known_from_the_start() -> None:
    first = group(comp([1]), id="a")
    first.signals[Tree()] = [3]
    assert given([first], Alone(), set()) == {Tree()}
    batch = Batch((first,), known=given([first], Alone(), set()))
    settle(batch, scene(run_of({})), Tree())
    assert batch.groups[0][Tree()] == [3]
    assert Tree() in batch.select([True]).known
    with pytest.raises(RecipeError, match=r"Tree\(\) is given by a rollout, and this stage's rollout did not"):
        settled([flat_group(1)], Tree())
