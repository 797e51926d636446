"""A question with options, of which one or several are right."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vision_data.errors import MediaError
from vision_data.prompts.letters import LETTERS, join_letters, letter, split_letters

STYLES = ("{letter}. {text}", "({letter}) {text}", "{letter}) {text}", "{letter}: {text}", "{letter} {text}")
"""How the line of an option is written; the first is the default."""

_ANSWER = re.compile(r"<answer>(.*?)</answer>", re.DOTALL | re.IGNORECASE)
_PREFIX = re.compile(r"\s*(?:\(([A-Za-z])\)|([A-Za-z])[.):](?=\s|$)|([A-Z])(?=\s))\s*")


@dataclass(frozen=True)
class MultipleChoice:
    """A question, its options without letters, and which of them are right.

    Attributes:
        question: as asked, without the options.
        options: texts in order of their letters; two may be the same, they are told apart by position.
        gold: positions of the right options, ascending; empty where they are not known.

    Raises:
        MediaError: there is no option, more than 26, or ``gold`` names one that is not there.
    """

    question: str
    options: tuple[str, ...]
    gold: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        options = tuple(self.options) if not isinstance(self.options, str) else ()
        if not options or len(options) > len(LETTERS) or not all(isinstance(text, str) for text in options):
            raise MediaError(f"a question has the options {str(self.options)[:80]!r}, expected 1 to 26 texts")
        if not all(type(index) is int and 0 <= index < len(options) for index in self.gold):
            raise MediaError(f"gold is {self.gold!r}, expected positions of 0 to {len(options) - 1}")
        object.__setattr__(self, "options", options)
        object.__setattr__(self, "gold", tuple(sorted(set(self.gold))))

    @classmethod
    def of(cls, question: str, options: Sequence[str], answer: str) -> MultipleChoice:
        """Read a record as data sets write it.

        Args:
            question: as asked, without the options.
            options: texts, each with its letter (``A. a cat``, ``(A) a cat``, ``A a cat``) or all without.
            answer: a letter, several separated by commas, or the text of one option; in answer tags or not.

        Raises:
            MediaError: the answer is none of these, or is the text of two options.
        """
        texts = without_letters(options)
        tagged = _ANSWER.search(answer)
        said = (tagged[1] if tagged else answer).strip()
        named = tuple(index for index, text in enumerate(texts) if text.strip() == said)
        lettered = split_letters(said, len(texts))
        readings = {gold for gold in (named, lettered) if gold}
        if len(readings) != 1 or len(named) > 1:
            raise MediaError(
                f"the answer is {said[:60]!r}, expected one of the letters A to {letter(len(texts) - 1)}, several "
                "separated by commas, or the text of exactly one option, and one reading only"
            )
        return cls(question, texts, readings.pop())

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> MultipleChoice:
        """Read the fields question, options and answer of a mapping; see ``of``.

        Raises:
            MediaError: a field is missing, of another type, or wrong.
        """
        question, options, answer = (record.get(name) for name in ("question", "options", "answer"))
        if not (isinstance(question, str) and isinstance(options, list | tuple) and isinstance(answer, str)):
            raise MediaError("a multiple-choice record needs question (text), options (list of texts), answer (text)")
        return cls.of(question, options, answer)

    @property
    def answer(self) -> str:
        """The letters of the right options: ``B``, or ``A,C``; empty where they are not known."""
        return join_letters(self.gold)

    def option_lines(self, style: str = STYLES[0]) -> str:
        """Write the options, one a line, with their letters."""
        return "\n".join(style.format(letter=letter(i), text=text) for i, text in enumerate(self.options))

    def text(self, style: str = STYLES[0]) -> str:
        """Write question and options as a prompt shows them."""
        return f"{self.question}\n{self.option_lines(style)}"

    def as_record(self) -> dict[str, Any]:
        """Write the fields that ``from_record`` reads."""
        return {"question": self.question, "options": list(self.options), "answer": self.answer}


def without_letters(options: Sequence[str]) -> tuple[str, ...]:
    """Take the letters from the options, if all of them have their own in front; else leave them as they are.

    >>> without_letters(["A. a cat", "B. a dog"]), without_letters(["A cat", "A dog"])
    (('a cat', 'a dog'), ('A cat', 'A dog'))
    """
    found = [_PREFIX.match(text) for text in options]
    for index, match in enumerate(found):
        told = (match[1] or match[2] or match[3]) if match else ""
        if index >= len(LETTERS) or told.upper() != LETTERS[index]:
            return tuple(options)
    # One option that begins with the article says nothing.
    if len(options) == 1 and found[0] is not None and found[0][3]:
        return tuple(options)
    return tuple(text[match.end() :] for text, match in zip(options, found, strict=True) if match)
