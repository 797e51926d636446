"""The answer as words: what case, articles and punctuation say does not count."""

from __future__ import annotations

from dataclasses import dataclass

from mmreason.parsing.math_answer import math_answer
from mmreason.parsing.plain_text import normalise_text, plain
from mmreason.rewards.golds import AgainstGold, Extract
from mmreason.types import Task

MAX_ANSWER = 100_000
"""Characters of the longest answer that is compared."""


def text_match(
    text: str,
    gold: str,
    extract: Extract = math_answer,
    case: bool = True,
    articles: bool = True,
    punctuation: bool = True,
    numbers: bool = True,
) -> float:
    """Give 1 where answer and gold answer are the same text once normalised, else 0.

    The arguments are those of ``normalise_text``; where they leave nothing of the gold answer (``The``, ``?``), the two
    are compared with only their case and white space normalised.

    >>> text_match("The answer is the Beatles!", "Beatles"), text_match("Beatles, Queen", "Beatles")
    (1.0, 0.0)
    """
    answer = extract(text) or ""
    if not answer.strip() or len(answer) > MAX_ANSWER:
        return 0.0
    wanted = normalise_text(gold, case, articles, punctuation, numbers)
    if not wanted:
        return float(" ".join(plain(answer).casefold().split()) == " ".join(plain(gold).casefold().split()) != "")
    return float(normalise_text(answer, case, articles, punctuation, numbers) == wanted)


@dataclass(frozen=True)
class TextMatch(AgainstGold):
    """SQuAD's exact match, arXiv:1606.05250: 1 where answer and a gold answer are the same normalised text, else 0.

    Differs from that scorer where numbers would lose sign or point, in Unicode (NFKC, no invisible characters), and in
    that an empty answer is wrong.

    Args:
        extract: Completion text to answer; by default what follows the thought: the last box, or "the answer is ...",
            or all of it.
        case: Ignore upper and lower case.
        articles: Leave out ``a``, ``an`` and ``the``.
        punctuation: Leave out punctuation and symbols.
        numbers: Keep signs and points of numbers; False is the scorer's, where ``-5`` is ``5``.
    """

    extract: Extract = math_answer
    case: bool = True
    articles: bool = True
    punctuation: bool = True
    numbers: bool = True

    def compare(self, text: str, gold: str, task: Task) -> float:
        """Give 1 or 0."""
        return text_match(text, gold, self.extract, self.case, self.articles, self.punctuation, self.numbers)
