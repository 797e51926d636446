"""Word and character error rates, as OCR and speech are scored."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from mmreason.parsing.answer_block import boxed_or_block
from mmreason.parsing.distances import edit_distance
from mmreason.parsing.plain_text import plain
from mmreason.rewards.golds import NAN, AgainstGold, Extract, one_of
from mmreason.types import Task

Unit = Literal["word", "character"]
Shape = Literal["clip", "exp", "negative"]
MAX_TIMES = 100
"""An answer longer than the gold one by more than this factor is not compared: its error rate is this."""


def error_rate(text: str, gold: str, unit: Unit = "word", case: bool = False) -> float:
    """Give the edits that turn the gold text into the answer, over the length of the gold text: WER or CER.

    Words stand between white space; single spaces count as characters. At most ``MAX_TIMES``; NaN for an empty gold.

    Args:
        text: The answer.
        gold: The right text.
        unit: What is edited.
        case: Ignore upper and lower case.

    >>> error_rate("the cat sat", "the cat sat down"), error_rate("cat", "cut", "character")
    (0.25, 0.3333333333333333)
    """
    said, wanted = (plain(t).casefold().split() if case else plain(t).split() for t in (text, gold))
    if unit == "character":
        return _rate(" ".join(said), " ".join(wanted))
    return _rate(said, wanted)


def _rate(said: str | list[str], wanted: str | list[str]) -> float:
    if not wanted:
        return NAN
    if len(said) > MAX_TIMES * len(wanted):
        return float(MAX_TIMES)
    return min(edit_distance(wanted, said) / len(wanted), float(MAX_TIMES))


def from_error(rate: float, shape: Shape = "clip") -> float:
    """Turn an error rate into a reward: ``clip`` is max(0, 1 - rate), ``exp`` is exp(-rate), ``negative`` is -rate."""
    return {"clip": max(0.0, 1 - rate), "exp": math.exp(-rate), "negative": -rate}[shape]


@dataclass(frozen=True)
class ErrorRate(AgainstGold):
    """Reward of reading text off a picture or sound: one less the word or character error rate.

    ``clip`` is GRPO-CARE's and HumanOmniV2's (arXiv:2506.16141, arXiv:2506.21277), ``negative`` the text of
    SophiaVL-R1 (arXiv:2505.17018) and ``exp`` its code. An empty answer has error rate 1.

    Args:
        unit: ``word`` (WER) or ``character`` (CER).
        shape: Of the reward; see ``from_error``.
        case: Ignore upper and lower case.
        extract: Completion text to answer; by default the last box after the thought, or all that follows the thought.

    Raises:
        RecipeError: a setting is none of those there are.
    """

    unit: Unit = "word"
    shape: Shape = "clip"
    case: bool = False
    extract: Extract = boxed_or_block

    def __post_init__(self) -> None:
        one_of(self.unit, get_args(Unit), "ErrorRate: unit")
        one_of(self.shape, get_args(Shape), "ErrorRate: shape")

    def compare(self, text: str, gold: str, task: Task) -> float:
        """Give the shaped rate, or NaN."""
        rate = error_rate(self.extract(text) or "", gold, self.unit, self.case)
        return NAN if math.isnan(rate) else from_error(rate, self.shape)
