"""GRPO with process supervision."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.credit.process import ProcessAdvantage
from mmreason.rewards.base import TokenReward
from mmreason.types import Group
from tests.mmreason.fakes import NAN, D, close, comp, group, settled


@dataclass(frozen=True)
class StepScores(TokenReward):
    """The scores of each completion's steps, on the last token of each."""

    rows: tuple[tuple[float, ...], ...]

    def place(self, group: Group) -> list[Tensor]:
        out = [torch.zeros(len(c.tokens), dtype=D) for c in group.completions]
        for row, c, scores in zip(out, group.completions, self.rows, strict=True):
            for (_, end), score in zip(c.span("step"), scores, strict=True):
                row[end - 1] = score
        return out


SPANS = (("step", 0, 2), ("step", 2, 3))


def test_by_hand() -> None:
    """Scores 1, 0 and 0, 1: deviation 0.57735 over all four steps; a token has the sum of its own and later steps."""
    by = ProcessAdvantage(StepScores(((1, 0), (0, 1), ())), eps=0.0)
    g = group(comp([1, 2, 3, 4], spans=SPANS), comp([1, 2, 3], spans=SPANS), comp([1]))
    batch = settled([g], by)
    unit = 0.5 / (1 / 3) ** 0.5
    close(batch.groups[0][by][0], [0, 0, -unit, 0])
    close(batch.groups[0][by][1], [0, 0, unit])
    close(batch.groups[0][by][2], [0])


def test_steps_that_were_not_scored_and_forced_tokens() -> None:
    by = ProcessAdvantage(StepScores(((1, NAN), (0, NAN))), eps=0.0)
    wrote = [False, True, True]
    g = group(comp([1, 2, 3], wrote=wrote, spans=SPANS), comp([1, 2, 3], spans=SPANS))
    batch = settled([g], by)
    unit = 0.5 / 0.5**0.5
    close(batch.groups[0][by][0], [0, unit, 0])
    close(batch.groups[0][by][1], [-unit, -unit, 0])


def test_equal_scores_teach_nothing() -> None:
    by = ProcessAdvantage(StepScores(((0.3, 0.3), (0.1 + 0.2, 0.3))))
    batch = settled([group(comp([1, 2, 3], spans=SPANS), comp([1, 2, 3], spans=SPANS))], by)
    assert not any(bool(a_T.any()) for a_T in batch.groups[0][by])
