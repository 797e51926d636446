"""The option that was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mmreason.errors import DataError
from mmreason.parsing.choice import LETTERS, read_choice
from mmreason.parsing.math_answer import math_answer
from mmreason.rewards.golds import NAN, AgainstGold, Extract, place, texts_of
from mmreason.types import Task


def multiple_choice(text: str, gold: str, options: Sequence[str] = (), extract: Extract = math_answer) -> float:
    """Give 1 where exactly the right option is named, else 0; NaN where the gold answer names no option.

    Args:
        text: A completion.
        gold: The letter of the right option, or its text where ``options`` are given.
        options: Texts of the options, without letters.
        extract: Completion text to answer; how it may name an option: see ``read_choice``.

    >>> [multiple_choice(text, "B", ["cat", "dog"]) for text in ("(B) dog", "The answer is b.", "A, B", "B. cat")]
    [1.0, 1.0, 0.0, 0.0]
    """
    right = read_choice(gold, options)
    return NAN if right is None else float(read_choice(extract(text) or "", options) == right)


def options_of(task: Task) -> tuple[str, ...]:
    """Read the texts of the options from the record's ``options``; nothing where it has none.

    Raises:
        DataError: they are no list of 1 to 26 texts.
    """
    options = texts_of(task, "options")
    if len(options) > len(LETTERS):
        raise DataError(f"{place(task)}: there are {len(options)} options, expected at most {len(LETTERS)}")
    return options


@dataclass(frozen=True)
class MultipleChoiceMatch(AgainstGold):
    """1 where exactly the right option is named, by letter, text or both, else 0. Not from a paper.

    The options' texts are read from the record's ``options`` where it has them; without them only letters are read.
    Two letters, all letters, ``not B`` and a letter before another option's text are wrong. NaN where the gold answer
    is no letter and no option.

    Args:
        extract: Completion text to answer; by default what follows the thought: the last box, or "the answer is ...",
            or all of it.

    Raises:
        DataError: in ``rate``, if the record has options and the gold answer is none of them.
    """

    extract: Extract = math_answer

    def compare(self, text: str, gold: str, task: Task) -> float:
        """Give 1, 0 or NaN."""
        options = options_of(task)
        if options and read_choice(gold, options) is None:
            raise DataError(
                f"{place(task)}: the gold answer is {gold[:60]!r}, expected a letter from A to "
                f"{LETTERS[len(options) - 1]} or the text of exactly one option"
            )
        return multiple_choice(text, gold, options, self.extract)
