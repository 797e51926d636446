"""Thoughts that are only the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmreason.metrics.thought_length import overlap
from mmreason.parsing.think_answer import parse_think_answer
from mmreason.parsing.words import words_of
from mmreason.watch.guard import Found, Guard, View


@dataclass(frozen=True, kw_only=True)
class HollowThoughts(Guard):
    """Where there is a think tag, what stands in it is the answer again and nothing else. Not from a paper.

    Users of GRPO-CARE (arXiv:2506.16141) report it. Thoughts without a word are skips, which some methods teach (TON),
    and are left out.

    Attributes:
        limit: share of thoughts.
    """

    limit: float = 0.5
    after: int = 3
    remedy: ClassVar[str] = (
        "pay less for consistency of thought and answer, or add a reward on what the thought says (grounding, judge)"
    )

    def look(self, view: View) -> Found | None:
        """Count thoughts all of whose words stand in the answer."""
        told = [parse_think_answer(c.text) for c in view.sampled()]
        pairs = [(p.think, p.answer) for p in told if p.think and p.answer and words_of(p.think)]
        rate = view.mean([float(overlap(think, answer) == 1.0) for think, answer in pairs])
        if rate != rate:
            return None
        return Found(rate > self.limit, f"{rate:.0%} of the thoughts only repeat the answer", {"hollow": rate})
