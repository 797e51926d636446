"""Accuracy on questions with one or several right options."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from mmreason.metrics.batch import mean
from mmreason.rewards.base import Reward
from mmreason.rewards.soft_multi_answer import SoftMultiAnswer, letters, tagged_or_all
from mmreason.types import Batch, Task

NAN = float("nan")
KINDS = ("single", "multi")


def kind_of(task: Task) -> str:
    """Say whether one option is right or several; empty where none is known.

    >>> from vision_data.messages import user
    >>> [kind_of(Task(id="q", prompt=(user("?"),), answer=gold)) for gold in ("B", "A,C", "")]
    ['single', 'multi', '']
    """
    return KINDS[len(letters(task.answer or "")) > 1] if (task.answer or "").strip() else ""


def named(text: str) -> float:
    """Count the different parts of a tagged answer; NaN without a tag.

    >>> named("<answer>A, C</answer>"), named("<answer></answer>"), named("A")
    (2.0, 0.0, nan)
    """
    answer = tagged_or_all(text)
    return float(len(letters(answer) - {""})) if answer != text else NAN


@dataclass(frozen=True)
class MultiAnswer:
    """TW-GRPO's evaluation, arXiv:2505.24718: strict accuracy (equal sets) and partial accuracy (mean soft reward).

    Both over all questions and apart for those with a single right option and with several. ``named`` is the mean
    number of options in an answer: a policy that gives up names one.

    Args:
        strict: 1 where exactly the right options are named.
        partial: partial credit.
    """

    strict: Reward = SoftMultiAnswer(strict=True)
    partial: Reward = SoftMultiAnswer()

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Give ``strict``, ``strict/single``, ``strict/multi``, the same of ``partial``, and ``named``."""
        out = {}
        kinds = [kind_of(g.task) for g in batch.groups]
        for name, reward in (("strict", self.strict), ("partial", self.partial)):
            values = [g[reward] for g in batch.groups]
            out[name] = mean(batch, values)
            for kind in KINDS:
                out[f"{name}/{kind}"] = mean(batch, [v for v, own in zip(values, kinds, strict=True) if own == kind])
        sizes = [torch.tensor([named(c.text) for c in g.completions], dtype=torch.float64) for g in batch.groups]
        known = [n.masked_fill(g[self.strict].isnan(), NAN) for n, g in zip(sizes, batch.groups, strict=True)]
        return out | {"named": mean(batch, known)}
