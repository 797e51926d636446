"""Whether an action is right in all that matters."""

from __future__ import annotations

from dataclasses import dataclass

from mmreason.parsing.action import CLICK, TYPE, action_block, read_action
from mmreason.rewards.action_type import action_said
from mmreason.rewards.click_near import THETA, near
from mmreason.rewards.golds import NAN, AgainstGold, Extract
from mmreason.types import Task


def same_text(said: str | None, gold: str | None) -> bool:
    """Say whether one text contains the other, whatever their case; an empty one contains and is in nothing.

    >>> same_text("garden plan.", "Garden plan"), same_text("", "Garden plan")
    (True, False)
    """
    one, other = (" ".join((text or "").casefold().split()) for text in (said, gold))
    return bool(one and other) and (one in other or other in one)


@dataclass(frozen=True)
class ActionExact(AgainstGold):
    """1 where an action matches the gold one, else 0: the exact accuracy of AITZ, arXiv:2403.02713.

    Clicks must be near, texts that are typed contain one another, scrolls go the same way, keys be the same. TON's
    released evaluator has a tolerance of 0.2, though its training and its paper (arXiv:2505.16854) have 0.14, the
    default here. NaN where the gold answer is no action.

    Args:
        within: Largest distance of clicks, in shares of the screen's width and height.
        extract: Completion text to the dict.
    """

    within: float = THETA
    extract: Extract = action_block

    def compare(self, text: str, gold: str, task: Task) -> float:
        """Give 1, 0 or NaN."""
        wanted = read_action(gold)
        if wanted is None:
            return NAN
        said = action_said(text, self.extract)
        if said is None or not said.same_type(wanted):
            return 0.0
        if wanted.name == CLICK:
            return float(near(said, wanted, self.within))
        return float(wanted.name != TYPE or same_text(said.value, wanted.value))
