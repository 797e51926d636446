"""Scoring of spliced sequences: what a thought adds to the likelihood of the text that really follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.asks import EMA, POLICY, LogProb, Role, Row, Score, Scores
from mmreason.credit.leave_one_out import LeaveOneOut
from mmreason.engine import train
from mmreason.losses.base import Sequences
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import GroupReward, Term
from mmreason.signals import Probe
from mmreason.types import Batch, Group
from tests.mmreason.engine.methods import SAMPLE
from tests.mmreason.fakes import LiveTasks, close, prompt, run_of, task
from tests.mmreason.tiny_lm import TinyLM


@dataclass(frozen=True)
class Gain(Probe[Tensor, Scores]):
    """RLP, arXiv:2510.01265: log p of the next tokens after the thought, minus that without it under the average."""

    base: Role = EMA
    thinks: Role = POLICY

    def ask(self, group: Group, batch: Batch) -> list[Score]:
        after = torch.tensor(group.task.record["next"])
        rows = tuple(Row(group.task.prompt, (c.tokens, after)) for c in group.completions)
        return [
            Score(self.thinks, rows, (LogProb(),)),
            Score(self.base, (Row(group.task.prompt, (after,)),), (LogProb(),)),
        ]

    def read(self, group: Group, replies: Sequence[Scores]) -> Tensor:
        thought, bare = (reply[LogProb()] for reply in replies)
        return torch.stack([x.sum() for x in thought]) - bare[0].sum()


@dataclass(frozen=True)
class InformationGain(GroupReward):
    """The gain as a reward."""

    of: Gain = Gain()

    def score(self, group: Group) -> Tensor:
        return group[self.of]


@dataclass(frozen=True)
class Documents:
    """Cut points of a text."""

    def open(self, run: object) -> LiveTasks:
        return LiveTasks([task(f"d{i}", "abcdefgh"[: i + 1], record={"next": [1 + i]}) for i in range(7)])


def test_rlp() -> None:
    stage = Stage(
        tasks=Documents(),
        rollout=SAMPLE,
        groups=7,
        steps=2,
        rewards=(Term("gain", InformationGain()),),
        losses=(ClippedSurrogate(by=LeaveOneOut(), over=Sequences()),),
    )
    run = run_of({POLICY: TinyLM(), EMA: TinyLM()})
    train(Recipe(name="rlp", stages=(stage,)), run)
    assert run.models[EMA].rows == 2 * 7
    assert all(x > 0 for x in run.history["stage/policy/grad_norm"])


def test_pieces_after_a_thought_are_scored_without_a_rollout_of_their_own() -> None:
    run = run_of({POLICY: TinyLM(lr=0)})
    thought, after = torch.tensor([3, 4]), torch.tensor([5, 6])
    with_it, without, whole = run.answer(
        [
            Score(POLICY, (Row(prompt("p"), (thought, after)),), (LogProb(),)),
            Score(POLICY, (Row(prompt("p"), (after,)),), (LogProb(),)),
            Score(POLICY, (Row(prompt("p"), (torch.cat([thought, after]),)),), (LogProb(),)),
        ]
    )
    close(with_it[LogProb()][0].detach(), whole[LogProb()][0].detach()[2:], 1e-12)
    assert (with_it[LogProb()][0] - without[LogProb()][0]).abs().max() > 1e-3
