"""Whether the action is of the right type."""

from __future__ import annotations

from dataclasses import dataclass

from mmreason.parsing.action import Action, action_block, read_action
from mmreason.rewards.golds import NAN, AgainstGold, Extract
from mmreason.types import Task


def action_said(text: str, extract: Extract = action_block) -> Action | None:
    """Read the action of a completion; None where there is none."""
    return read_action(extract(text) or "")


@dataclass(frozen=True)
class ActionType(AgainstGold):
    """1 where the action has the gold one's type, else 0: TON's reward for GUI tasks, arXiv:2505.16854.

    An action that cannot be read is wrong. NaN where the gold answer is no action.

    Args:
        coarse: Scrolls in any direction are of one type, and so are presses of any key, as AITZ (arXiv:2403.02713)
            evaluates types.
        extract: Completion text to the dict.
    """

    coarse: bool = False
    extract: Extract = action_block

    def compare(self, text: str, gold: str, task: Task) -> float:
        """Give 1, 0 or NaN."""
        wanted = read_action(gold)
        if wanted is None:
            return NAN
        said = action_said(text, self.extract)
        return float(said is not None and (said.kind == wanted.kind if self.coarse else said.same_type(wanted)))
