"""Do answers follow from the reasoning, and do they survive a shuffle of the options?"""

from __future__ import annotations

from dataclasses import dataclass

from mmreason.metrics.batch import mean
from mmreason.parsing.answer_block import answer_block
from mmreason.rewards.answer_consistency import ImpliedAnswer, SameAfterShuffle
from mmreason.rewards.answer_set import SetMatch
from mmreason.rewards.base import Reward
from mmreason.types import Batch


@dataclass(frozen=True)
class OptionConsistency:
    """ACRE's CACR, OSCR and failure types, arXiv:2510.10104.

    ``oscr``: share of answers whose content is the same after the shuffle. ``cacr``: share whose reasoning comes to the
    option that is answered. ``cr_wa``: reasoning right and answer wrong; ``wr_ca``: reasoning wrong and answer right.
    What could not be measured is left out.

    Args:
        same: 1 where the answer is the same after the shuffle.
        implied: 1 where the reasoning comes to the answer; a rule or a judge reads it.
        reasoned: 1 where the reasoning comes to the right option.
        accuracy: 1 where the answer is right.
    """

    same: Reward = SameAfterShuffle()
    implied: Reward = ImpliedAnswer("answer")
    reasoned: Reward = ImpliedAnswer("gold")
    accuracy: Reward = SetMatch(extract=answer_block)

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Give the four shares."""
        pairs = [(g[self.reasoned].double(), g[self.accuracy].double()) for g in batch.groups]
        return {
            "oscr": mean(batch, [g[self.same].double() for g in batch.groups]),
            "cacr": mean(batch, [g[self.implied].double() for g in batch.groups]),
            "cr_wa": mean(batch, [thought * (1 - right) for thought, right in pairs]),
            "wr_ca": mean(batch, [(1 - thought) * right for thought, right in pairs]),
        }
