"""How often charts are answered by code, and whether that is where it suits."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.metrics.batch import by_field, mean
from mmreason.parsing.strategy import strategy_of
from mmreason.probes.programmability import Programmable
from mmreason.rewards.base import Reward
from mmreason.rewards.chart_accuracy import ChartAccuracy
from mmreason.signals import Signal
from mmreason.types import Batch

NAN = float("nan")


@dataclass(frozen=True)
class CodeUsage:
    """Code-as-Thought's code-usage rate, arXiv:2509.09286, and where the code is used.

    ``code_usage``: share of completions whose strategy is ``<CODE>``, also apart for questions with the label
    (``code_usage/programmable``) and without (``code_usage/other``); ``no_strategy``: share with neither token;
    ``follows_label``: share in the strategy that suits, among questions that have a label; ``code_accuracy`` and
    ``direct_accuracy``: accuracy in either.

    Args:
        accuracy: 1 where the answer is right.
        label: Whether code suits the task.
        field: Give the rate apart by this field of the record too, such as ``type`` or ``source``.
    """

    accuracy: Reward = ChartAccuracy()
    label: Signal[Tensor] = Programmable()
    field: str | None = None

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Give the shares."""
        said = [[strategy_of(c.text) for c in group.completions] for group in batch.groups]
        code = [shares([word == "CODE" for word in words]) for words in said]
        direct = [shares([word == "DIRECT" for word in words]) for words in said]
        labels = [group[self.label] for group in batch.groups]
        right = [group[self.accuracy].double() for group in batch.groups]
        suits = [is_code * x + (1 - is_code) * y for is_code, x, y in zip(labels, code, direct, strict=True)]
        out = {
            "code_usage": mean(batch, code),
            "code_usage/programmable": mean(batch, among(code, labels)),
            "code_usage/other": mean(batch, among(code, [1 - label for label in labels])),
            "no_strategy": mean(batch, [1 - x - y for x, y in zip(code, direct, strict=True)]),
            "follows_label": mean(batch, suits),
            "code_accuracy": mean(batch, among(right, code)),
            "direct_accuracy": mean(batch, among(right, direct)),
        }
        if self.field is not None:
            out |= {f"code_usage/{name}": x for name, x in by_field(batch, code, self.field).items()}
        return out


def shares(yes: list[bool]) -> Tensor:
    """[G] 1 or 0."""
    return torch.tensor(yes, dtype=torch.float64)


def among(values: list[Tensor], chosen: list[Tensor]) -> list[Tensor]:
    """The values where ``chosen`` is 1, NaN elsewhere."""
    return [v.masked_fill(c != 1, NAN) for v, c in zip(values, chosen, strict=True)]
