"""ROUGE: n-grams and longest common subsequences shared with a reference."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from mmreason.errors import RecipeError
from mmreason.parsing.answer_block import boxed_or_block
from mmreason.parsing.distances import common_length
from mmreason.parsing.words import ngrams, words_of
from mmreason.rewards.golds import NAN, AgainstGold, Extract, one_of
from mmreason.types import Task

Kind = Literal["1", "2", "L"]
Value = Literal["f1", "precision", "recall"]


def rouge_n(said: Sequence[Hashable], gold: Sequence[Hashable], size: int = 1, value: Value = "f1") -> float:
    """Compare by n-grams, each counted as often as it stands in both; 0 where one side has none.

    >>> round(rouge_n("the cat sat".split(), "the cat".split(), 1), 4)
    0.8
    """
    one, other = ngrams(said, size), ngrams(gold, size)
    return _value(sum((one & other).values()), sum(one.values()), sum(other.values()), value)


def rouge_l(said: Sequence[Hashable], gold: Sequence[Hashable], value: Value = "f1") -> float:
    """Compare by the longest common subsequence.

    >>> round(rouge_l("the sum of all positive".split(), "sum of all the positive integers".split()), 6)
    0.727273
    """
    return _value(common_length(gold, said), len(said), len(gold), value)


def rouge(text: str, gold: str, kinds: Sequence[Kind] = ("L",), value: Value = "f1", ascii: bool = False) -> float:
    """Compare two texts by the mean over ``kinds``; words as ``words_of`` splits them, without stemming.

    NaN where the gold text has no word.
    """
    said, wanted = words_of(text, ascii), words_of(gold, ascii)
    if not wanted:
        return NAN
    of = [rouge_l(said, wanted, value) if k == "L" else rouge_n(said, wanted, int(k), value) for k in kinds]
    return sum(of) / len(of)


def _value(common: int, said: int, gold: int, value: Value) -> float:
    if not common:
        return 0.0
    return {"f1": 2 * common / (said + gold), "precision": common / said, "recall": common / gold}[value]


@dataclass(frozen=True)
class Rouge(AgainstGold):
    """ROUGE of the answer against a gold answer, 0 to 1, the best over several: Lin 2004. Not from a paper on arXiv.

    ``kinds=("1", "2", "L")`` is the mean that GRPO-CARE (arXiv:2506.16141) and SophiaVL-R1 (arXiv:2505.17018) give to
    free-form answers, without their stemming.

    Args:
        kinds: Which ones to take the mean of: ``1``, ``2`` (n-grams), ``L`` (longest common subsequence).
        value: ``f1``, ``precision`` or ``recall``; by recall alone, long answers win.
        ascii: Words of ASCII letters and digits only, as the rouge-score package has them.
        extract: Completion text to answer; by default the last box after the thought, or all that follows the thought.

    Raises:
        RecipeError: a setting is none of those there are.
    """

    kinds: tuple[Kind, ...] = ("L",)
    value: Value = "f1"
    ascii: bool = False
    extract: Extract = boxed_or_block

    def __post_init__(self) -> None:
        one_of(self.value, get_args(Value), "Rouge: value")
        if not self.kinds:
            raise RecipeError("Rouge: kinds is empty, expected some of '1', '2', 'L'")
        for kind in self.kinds:
            one_of(kind, get_args(Kind), "Rouge: a kind")

    def compare(self, text: str, gold: str, task: Task) -> float:
        """Give 0 to 1, or NaN."""
        return rouge(self.extract(text) or "", gold, self.kinds, self.value, self.ascii)
