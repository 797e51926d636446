"""Completions run into the limit on new tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmreason.watch.guard import Found, Guard, View


@dataclass(frozen=True, kw_only=True)
class Truncated(Guard):
    """Too many completions were cut at the limit: their answers are lost, and the cut is punished as if it were wrong.

    DAPO, arXiv:2503.14476, names the noise that this puts into rewards; the limit is not from a paper.

    Attributes:
        limit: share of completions.
    """

    limit: float = 0.5
    after: int = 3
    remedy: ClassVar[str] = (
        "raise the limit on new tokens, punish overlong answers softly, or leave cut completions out of the loss"
    )

    def look(self, view: View) -> Found | None:
        """Count."""
        share = view.mean([float(c.finish == "length") for c in view.sampled()])
        if share != share:
            return None
        return Found(share > self.limit, f"{share:.0%} of the completions were cut at the limit on new tokens")
