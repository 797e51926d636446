"""Completions that say the same again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmreason.rewards.repetition import repeated_share
from mmreason.watch.guard import Found, Guard, View


@dataclass(frozen=True, kw_only=True)
class Repetition(Guard):
    """Many completions go round in circles: too many of their n-grams stood before.

    The share is that of RepetitionPenalty (after arXiv:2502.03373); the limits are not from a paper.

    Attributes:
        size: tokens of an n-gram.
        tail: last tokens of a completion that are looked at: who has begun to circle does not stop.
        share: of a completion's n-grams that stood before; above it the completion repeats itself.
        limit: share of such completions.
    """

    size: int = 8
    tail: int = 1024
    share: float = 0.5
    limit: float = 0.25
    after: int = 2
    remedy: ClassVar[str] = "add a repetition penalty, lower the learning rate, or go back to an earlier checkpoint"

    def look(self, view: View) -> Found | None:
        """Count completions that repeat themselves."""
        told = [repeated_share(c.tokens[-self.tail :].tolist(), self.size) for c in view.sampled()]
        rate = view.mean([float(share > self.share) for share in told])
        if rate != rate:
            return None
        return Found(rate > self.limit, f"{rate:.0%} of the completions repeat themselves", {"repeating": rate})
