"""A question whose options were moved, and the way back from its letters to the old ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vision_data.errors import MediaError
from vision_data.prompts.letters import join_letters, split_letters
from vision_data.prompts.multiple_choice import MultipleChoice


@dataclass(frozen=True)
class Rearranged:
    """A question made from another one by moving, and perhaps dropping, its options.

    Attributes:
        question: the new one.
        original: the old one.
        order: for each new position the old one of the same option; ``(3, 2, 0, 1)`` says that A was D.

    Raises:
        MediaError: ``order`` does not fit the two questions.
    """

    question: MultipleChoice
    original: MultipleChoice
    order: tuple[int, ...]

    def __post_init__(self) -> None:
        fits = len(self.order) == len(self.question.options) == len(set(self.order))
        if not fits or not all(0 <= old < len(self.original.options) for old in self.order):
            raise MediaError(
                f"order is {self.order} for {len(self.question.options)} options made of "
                f"{len(self.original.options)}, expected for each new position the old one, each once"
            )

    def old(self, new: Iterable[int]) -> tuple[int, ...]:
        """Give the old positions of options, ascending."""
        return tuple(sorted({self.order[index] for index in new}))

    def new(self, old: Iterable[int]) -> tuple[int, ...]:
        """Give the new positions of old options, ascending; dropped ones are left out."""
        wanted = set(old)
        return tuple(index for index, before in enumerate(self.order) if before in wanted)

    def old_answer(self, answer: str) -> str | None:
        """Translate an answer to the new question into the letters of the old one; None if it is no answer."""
        indices = split_letters(answer, len(self.order))
        return None if indices is None else join_letters(self.old(indices))

    def new_answer(self, answer: str) -> str | None:
        """Translate an answer to the old question; None if it is none, or an option it names was dropped."""
        indices = split_letters(answer, len(self.original.options))
        if indices is None or not set(indices) <= set(self.order):
            return None
        return join_letters(self.new(indices))
