"""How well a policy's implicit reward agrees with given preferences."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.losses.preference import PreferenceLoss
from mmreason.metrics.batch import mean
from mmreason.probes.token_logprobs import TokenLogprobs
from mmreason.signals import Signal
from mmreason.types import Batch


@dataclass(frozen=True)
class PreferenceAccuracy:
    """Share of pairs whose chosen completion has the higher implicit reward (arXiv:2305.18290), and the mean margin.

    Scores are those of a preference loss: against its reference, per token or not. ``likelihood_accuracy`` compares the
    mean log-probs per token alone, as the policy itself would rank the two.
    """

    of: PreferenceLoss
    policy: Signal[list[Tensor]] = TokenLogprobs()

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Give ``preference_accuracy``, ``preference_margin`` and ``likelihood_accuracy``."""
        margins, plain = [], []
        for group in batch.groups:
            found = dict(enumerate(group[self.policy]))
            margins.append(self.of.beta * self.of.differences(group, found))
            means = [float(x_T[c.wrote].mean()) for x_T, c in zip(found.values(), group.completions, strict=True)]
            plain.append(torch.tensor([float(means[i] > means[j]) for i, j in group[self.of.pairs]]))
        return {
            "preference_accuracy": mean(batch, [(m_P > 0).double() for m_P in margins]),
            "preference_margin": mean(batch, margins),
            "likelihood_accuracy": mean(batch, plain),
        }
