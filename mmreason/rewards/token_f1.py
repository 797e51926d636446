"""How many words the answer shares with the gold one."""

from __future__ import annotations

from dataclasses import dataclass

from mmreason.parsing.answer_block import boxed_or_block
from mmreason.parsing.plain_text import normalise_text
from mmreason.parsing.words import MAX_WORDS
from mmreason.rewards.golds import NAN, AgainstGold, Extract
from mmreason.rewards.rouge import rouge_n
from mmreason.types import Task


def token_f1(text: str, gold: str, numbers: bool = True) -> float:
    """Give the F1 of the words of an answer, as a bag, against those of the gold one; see ``normalise_text``.

    NaN where the gold answer has no word.

    >>> token_f1("the big red bus", "a red bus")
    0.8
    """
    wanted = normalise_text(gold, numbers=numbers).split()
    said = normalise_text(text, numbers=numbers).split()[:MAX_WORDS]
    return rouge_n(said, wanted) if wanted else NAN


@dataclass(frozen=True)
class TokenF1(AgainstGold):
    """SQuAD's F1, arXiv:1606.05250: words shared with a gold answer, as bags, the best over several.

    Its exact match is ``TextMatch``. Naming many things still earns something: use it where answers are phrases.

    Args:
        extract: Completion text to answer; by default the last box after the thought, or all that follows the thought.
        numbers: Keep signs and points of numbers; False is SQuAD's own scorer, where ``-5`` is ``5``.
    """

    extract: Extract = boxed_or_block
    numbers: bool = True

    def compare(self, text: str, gold: str, task: Task) -> float:
        """Give 0 to 1, or NaN."""
        return token_f1(self.extract(text) or "", gold, self.numbers)
