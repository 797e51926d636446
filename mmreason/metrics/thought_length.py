"""How long thoughts are, and whether they only repeat the answer."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from mmreason.metrics.batch import mean
from mmreason.parsing.choice import read_choice
from mmreason.parsing.think_answer import ThinkAnswer, parse_think_answer
from mmreason.parsing.words import ngrams, words_of
from mmreason.rewards.multiple_choice import options_of
from mmreason.types import Batch, Task

NAN = float("nan")


def overlap(thought: str, answer: str, size: int = 2) -> float:
    """Give the share of a thought's n-grams that stand in the answer too; NaN for a thought without words.

    A thought shorter than ``size`` words is one n-gram of its own length.

    >>> overlap("cut the tomato", "cut the tomato"), overlap("it is washed, so cut the tomato", "cut the tomato")
    (1.0, 0.3333333333333333)
    """
    words, said = words_of(thought), words_of(answer)
    size = min(size, len(words))
    if not size:
        return NAN
    own, other = ngrams(words, size), ngrams(said, size)
    return sum(count for gram, count in own.items() if gram in other) / sum(own.values())


@dataclass(frozen=True)
class ThoughtLength:
    """Words of thoughts, and how much of them is the answer again. Not from a paper.

    Users of GRPO-CARE (arXiv:2506.16141) report thoughts that shrink to the answer, for which it is then very likely:
    ``thought_words`` falls and ``thought_overlap`` rises to 1. The answer is what stands in its tag; where that is an
    option's letter, with the option's text.

    Args:
        size: Words of an n-gram.
    """

    size: int = 2

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Give ``thought_words``, ``thought_overlap`` and ``thoughtless``, the share without any word of thought."""
        pairs = [(task, parse_think_answer(c.text)) for task, c in batch.pairs()]
        words = torch.tensor([float(len(words_of(parts.think or ""))) for _, parts in pairs])
        shared = torch.tensor([overlap(p.think or "", self.spelled(task, p), self.size) for task, p in pairs])
        return {
            "thought_words": mean(batch, [words]),
            "thought_overlap": mean(batch, [shared]),
            "thoughtless": mean(batch, [(words == 0).double()]),
        }

    def spelled(self, task: Task, parts: ThinkAnswer) -> str:
        """The answer in words."""
        answer, options = parts.answer or "", options_of(task)
        place = read_choice(answer, options) if options else None
        return answer if place is None else f"{answer} {options[place]}"
