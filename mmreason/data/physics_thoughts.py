"""Short worked answers to questions with options, by a teacher who errs as often as asked."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from mmreason.errors import RecipeError
from mmreason.seeds import seed_of
from vision_data.prompts import MultipleChoice, join_letters


@dataclass(frozen=True)
class OptionTeacher:
    """Writes ``num`` demonstrations for a question with options: a thought that comes to some of them, and letters.

    A thought names options by their texts, or with probability ``lettered`` by their letters alone. Such reasoning does
    not survive a shuffle of the options, which is what ACRE (arXiv:2510.10104) is to mend. With probability ``slip``
    one option too many or too few is taken (another one, where one is right), and with probability ``stray`` the answer
    is another than the thought's. Texts depend on the key, the question, the teacher and nothing else.

    Raises:
        RecipeError: a number is out of range.
    """

    num: int = 4
    slip: float = 0.3
    lettered: float = 0.0
    stray: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what is no number of texts or no probability."""
        if self.num < 1 or not all(0 <= chance <= 1 for chance in (self.slip, self.lettered, self.stray)):
            raise RecipeError(
                "OptionTeacher needs num >= 1, and slip, lettered and stray from 0 to 1, "
                f"got {self.num}, {self.slip}, {self.lettered} and {self.stray}"
            )

    def texts(self, key: str, question: MultipleChoice) -> list[str]:
        """Give the demonstrations of a question; ``key`` names it."""
        return [self.text(random.Random(seed_of(self.seed, "teacher", key, i)), question) for i in range(self.num)]

    def text(self, rng: random.Random, question: MultipleChoice) -> str:
        """One demonstration."""
        num, said = len(question.options), question.gold
        if rng.random() < self.slip:
            said = beside(rng, said, num)
        lettered = rng.random() < self.lettered
        named = join_letters(said).split(",") if lettered else [question.options[i] for i in said]
        answer = beside(rng, said, num) if rng.random() < self.stray else said
        return f"<think>It is {' and '.join(named)}.</think><answer>{join_letters(answer)}</answer>"


def beside(rng: random.Random, said: Sequence[int], num: int) -> tuple[int, ...]:
    """Another answer: another option in place of a single one, else one option more or fewer; never none."""
    if len(said) == 1:
        return (rng.choice([i for i in range(num) if i not in said] or list(said)),)
    return tuple(sorted(set(said) ^ {rng.randrange(num)}))
