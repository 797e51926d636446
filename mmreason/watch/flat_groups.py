"""Nothing to compare: no group has a spread of rewards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmreason.rewards.base import total
from mmreason.watch.guard import Found, Guard, View


@dataclass(frozen=True, kw_only=True)
class FlatGroups(Guard):
    """Within every group all completions earn the same, so group-relative credit is 0 and nothing is learned.

    DAPO, arXiv:2503.14476, draws such groups anew; how many steps in a row are an alarm is not from a paper.

    Attributes:
        limit: share of groups without variance that is bad.
    """

    limit: float = 1.0
    after: int = 3
    remedy: ClassVar[str] = (
        "mix in tasks that are answered right sometimes, allow more rounds (dynamic sampling), take larger groups or a "
        "reward with steps between 0 and 1, and see that the answers can be read at all"
    )

    def look(self, view: View) -> Found | None:
        """Count groups whose total reward does not vary."""
        if not view.batch.terms or max((len(g) for g in view.batch.groups), default=2) < 2:
            mine = []
        else:
            sums = [s_G[~s_G.isnan()] for s_G in total(view.batch)]
            mine = [float(len(s_G) < 2 or bool(s_G.max() == s_G.min())) for s_G in sums]
        share = view.mean(mine)
        if share != share:
            return None
        return Found(share >= self.limit, f"{share:.0%} of the groups have no spread of rewards")
