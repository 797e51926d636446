"""Whether a thought comes to the very option that is then answered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mmreason.parsing.choice import LETTERS, read_choice
from mmreason.parsing.think_answer import parse_think_answer
from mmreason.rewards.base import CompletionReward
from mmreason.rewards.multiple_choice import options_of
from mmreason.types import Completion, Task

NAN = float("nan")
_LETTER = re.compile(r"(?<![\w'])(?:\(([A-Z])\)|([A-Z])(?=[.):,;!?]|\s*$))")


def concluded(thought: str, options: Sequence[str]) -> int | None:
    """Give the position of the option that a thought names last; None where it names none.

    By its text, word for word but for case and white space, or by its letter where that stands alone: ``(B)``, ``B.``,
    ``B`` at its end. Of options one of which is part of another the longer one counts.

    >>> concluded("A cat? No, a dog. So B.", ("a cat", "a dog")), concluded("I see nothing.", ("a cat", "a dog"))
    (1, None)
    """
    found: list[tuple[int, int, int]] = []
    text = " ".join(thought.split()).casefold()
    for place, option in enumerate(options):
        wanted = " ".join(option.split()).casefold()
        pattern = rf"(?<!\w){re.escape(wanted)}(?!\w)"
        found += [(m.end(), m.end() - m.start(), place) for m in re.finditer(pattern, text) if wanted]
    for match in _LETTER.finditer(" ".join(thought.split())):
        place = LETTERS.index(match[1] or match[2])
        if place < len(options):
            found.append((match.end(), 1, place))
    return max(found)[2] if found else None


@dataclass(frozen=True)
class ConclusionMatches(CompletionReward):
    """1 where the option that the thought names last is the one that is answered, else 0. Not from a paper.

    An exact judge of consistency for multiple choice, where GRPO-CARE (arXiv:2506.16141) asks a language model whether
    the reasoning supports the answer. Right or wrong does not matter. 0 without a thought or an answer that names an
    option; NaN for a task without options in its record.
    """

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1, 0 or NaN."""
        options = options_of(task)
        if not options:
            return NAN
        parts = parse_think_answer(completion.text)
        said = read_choice(parts.answer or "", options)
        return float(said is not None and said == concluded(parts.think or "", options))
