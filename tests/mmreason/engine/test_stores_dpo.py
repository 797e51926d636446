"""Collect in one stage, learn in another: preference pairs in a store, demonstrations out of it, DPO."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from mmreason.asks import POLICY, REFERENCE, LogProb, Role, Row, Score, Scores
from mmreason.engine import train
from mmreason.losses.base import Loss
from mmreason.probes.token_logprobs import TokenLogprobs
from mmreason.recipe import Recipe, Stage
from mmreason.signals import Signal
from mmreason.slots import Scene
from mmreason.types import Batch, Group, Knob, Task
from tests.mmreason.engine.methods import PAIRS, SAMPLE, TERMS, ConfidencePairs
from tests.mmreason.fakes import LiveTasks, Store, Tasks, close, comp, group, run_of, task
from tests.mmreason.tiny_lm import TinyLM


@dataclass(frozen=True)
class Stored:
    """The records of a store as tasks."""

    role: Role = PAIRS

    def open(self, run: Any) -> LiveStored:
        return LiveStored(run.models[self.role])


class LiveStored(LiveTasks):
    """Walks through what the store holds now."""

    def __init__(self, store: Store) -> None:
        super().__init__([])
        self.store = store

    def next(self, num: int) -> list[Task]:
        rows = [(i, self.store.rows[i % len(self.store.rows)]) for i in range(self.at, self.at + num)]
        self.at += num
        return [task(f"pair{i}", row["text"], record=row) for i, row in rows]

    def upcoming(self, num: int) -> list[Task]:
        return []  # more rows may be written before they are drawn


@dataclass(frozen=True)
class AsWritten:
    """The chosen and the rejected completion of a record, as a group of two."""

    def __call__(self, tasks: list[Task], scene: Scene) -> list[Group]:
        fields = ("chosen", "rejected")
        return [Group(t, tuple(comp(t.record[name], arm=name) for name in fields)) for t in tasks]


@dataclass(frozen=True, kw_only=True)
class Dpo(Loss):
    """DPO, arXiv:2305.18290, over groups of a chosen and a rejected completion."""

    beta: float = 0.1
    reference: Signal[list[Tensor]] = TokenLogprobs(REFERENCE)
    trains: Role = POLICY
    weight: Knob = 1.0
    couples: ClassVar[Literal["completion", "group", "batch"]] = "group"

    def ask(self, group: Group) -> Sequence[Score]:
        return [Score(self.trains, tuple(Row(group.task.prompt, (c.tokens,)) for c in group.completions), (LogProb(),))]

    def count(self, batch: Batch) -> float:
        return float(len(batch.groups))

    def read(self, group: Group, replies: Sequence[Scores]) -> Tensor:
        chosen, rejected = (
            x.sum() - y.sum() for x, y in zip(replies[0][LogProb()], group[self.reference], strict=True)
        )
        return -torch.nn.functional.logsigmoid(self.beta * (chosen - rejected))


def test_the_loss_of_a_pair() -> None:
    g, loss = group(comp([1]), comp([1])), Dpo()
    g.signals[loss.reference] = [torch.tensor([-11.0]), torch.tensor([-13.0])]
    close(loss.read(g, [Scores({LogProb(): [torch.tensor([-10.0]), torch.tensor([-14.0])]})]), 0.59813887)


def test_collect_then_learn() -> None:
    run = run_of({POLICY: TinyLM(lr=0.5), REFERENCE: TinyLM(), PAIRS: Store()})
    collect = Stage(
        name="collect", tasks=Tasks(), rollout=replace(SAMPLE, num=8), groups=4, steps=2, rewards=TERMS,
        keep=(ConfidencePairs(),),
    )  # fmt: skip
    dpo = Stage(name="dpo", tasks=Stored(), rollout=AsWritten(), groups=4, steps=8, losses=(Dpo(beta=0.3),))
    train(Recipe(name="crew-dpo", stages=(collect, dpo)), run)
    losses = run.history["dpo/policy/loss"]
    close(losses[0], math.log(2), 1e-9)
    assert losses[-1] < losses[0]
    assert run.models[REFERENCE].steps == 0
