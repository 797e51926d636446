"""BLEU: n-gram precision against references, with a penalty for short answers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from mmreason.errors import RecipeError
from mmreason.parsing.answer_block import boxed_or_block
from mmreason.parsing.words import ngrams, words_of
from mmreason.rewards.base import CompletionReward
from mmreason.rewards.golds import NAN, Extract, golds_of, one_of
from mmreason.types import Completion, Task

Smooth = Literal["none", "floor", "add", "exp"]
Words = Sequence[Hashable]


def bleu(
    said: Words, references: Sequence[Words], order: int = 4, smooth: Smooth = "exp", amount: float | None = None
) -> float:
    """Sentence BLEU against one or more references: ``corpus_bleu`` of one pair.

    Tokens, or texts, which are split into words by ``words_of``.

    >>> round(bleu("a red bus".split(), ["red bus".split()], order=1), 6), round(bleu(["bus"], [["red", "bus"]], 1), 6)
    (0.666667, 0.367879)
    """
    several = [references] if isinstance(references, str) else references
    return corpus_bleu([(_tokens(said), [_tokens(one) for one in several])], order, smooth, amount)


def _tokens(said: Words) -> Words:
    return words_of(said) if isinstance(said, str) else said


def corpus_bleu(
    pairs: Sequence[tuple[Words, Sequence[Words]]],
    order: int = 4,
    smooth: Smooth = "none",
    amount: float | None = None,
) -> float:
    """BLEU of a corpus: counts are added over all pairs before anything is divided.

    Geometric mean of the precisions of 1 to ``order`` grams (a gram counts as often as in the reference that has most
    of it), times ``exp(1 - r/c)`` where the answers (c tokens) are shorter than the references (r: of each pair the
    length nearest to the answer's, the shorter of two). 0 where no token is shared.

    Args:
        pairs: (answer, references), tokens each.
        order: Longest grams, 1 to 4 as a rule.
        smooth: What stands for a precision of no match: ``none`` nothing, so the score is 0; ``floor`` puts ``amount``
            (0.1) for the matches; ``exp`` halves: 1/2, 1/4, ... of one match for each order without; ``add`` adds
            ``amount`` (1) to matches and grams of orders over 1, matched or not.
        amount: See ``smooth``; None for the number in brackets.
    """
    matched, every, said_length, gold_length = [0] * order, [0] * order, 0, 0
    for said, references in pairs:
        for i in range(order):
            mine, theirs = ngrams(said, i + 1), Counter[tuple[Hashable, ...]]()
            for reference in references:
                theirs |= ngrams(reference, i + 1)
            matched[i] += sum((mine & theirs).values())
            every[i] += sum(mine.values())
        said_length += len(said)
        gold_length += min((abs(len(r) - len(said)), len(r)) for r in references)[1] if references else 0
    if not matched[0]:
        return 0.0
    precisions = _precisions(matched, every, smooth, amount)
    if min(precisions) <= 0:
        return 0.0
    short = math.exp(min(0.0, 1 - gold_length / said_length))
    return short * math.exp(sum(map(math.log, precisions)) / order)


def _precisions(matched: Sequence[int], every: Sequence[int], smooth: Smooth, amount: float | None) -> list[float]:
    out, halves = [], 1.0
    for i, (hits, num) in enumerate(zip(matched, every, strict=True)):
        if smooth == "add" and i:
            more = 1.0 if amount is None else amount
            out.append((hits + more) / (num + more))
        elif hits or smooth in ("none", "add"):
            out.append(hits / max(num, 1))
        elif smooth == "floor":
            out.append((0.1 if amount is None else amount) / max(num, 1))
        else:
            halves /= 2
            out.append(halves / max(num, 1))
    return out


@dataclass(frozen=True)
class Bleu(CompletionReward):
    """Sentence BLEU of the answer against all gold answers, 0 to 1: Papineni et al. 2002. Not from a paper on arXiv.

    ``Bleu(order=1)`` with weight 0.1 is in GRIT's answer reward, arXiv:2505.15879. NaN without a gold answer that has
    a word.

    Args:
        order: Longest grams, 1 to 4 as a rule.
        smooth: ``none``, ``floor``, ``add`` or ``exp``; see ``corpus_bleu``.
        amount: See ``corpus_bleu``.
        extract: Completion text to answer; by default the last box after the thought, or all that follows the thought.

    Raises:
        RecipeError: a setting is out of range.
    """

    order: int = 4
    smooth: Smooth = "exp"
    amount: float | None = None
    extract: Extract = boxed_or_block

    def __post_init__(self) -> None:
        one_of(self.smooth, get_args(Smooth), "Bleu: smooth")
        if not 1 <= self.order <= 9 or not 0 <= (self.amount or 0.0) < math.inf:
            raise RecipeError(f"Bleu: order is {self.order} and amount {self.amount}; expected 1 to 9, and 0 or more")

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 0 to 1, or NaN."""
        references = [words for gold in golds_of(task) if (words := words_of(gold))]
        if not references:
            return NAN
        said = words_of(self.extract(completion.text) or "")
        return bleu(said, references, self.order, self.smooth, self.amount)
