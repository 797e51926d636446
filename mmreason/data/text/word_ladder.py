"""Word ladders."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from mmreason.data.text.family import Family, Puzzle, dial
from mmreason.data.text.vocabulary import CONSONANTS, VOWELS, made_up
from mmreason.rewards.puzzles.words import one_apart


@dataclass(frozen=True, kw_only=True)
class WordLadder(Family):
    """A ladder between two words that changes one letter at each step. Not from a paper. Every ladder counts.

    From 2 steps at level 1 to 11 at level 10, with twice as many words that may be used.

    Args:
        steps: steps of the ladder that was drawn, 2 to 20; None as the level says.
    """

    steps: int | None = None

    name: ClassVar[str] = "word_ladder"

    def draw(self, rng: random.Random) -> Puzzle | None:
        """Draw a ladder and words that lead astray; None where it leads back to itself."""
        steps = dial(self.steps, 1 + self.level, 2, 20, "WordLadder: steps")
        ladder = [made_up(rng, 2)]
        while len(ladder) <= steps:
            ladder.append(changed(rng, ladder[-1]))
        if len(set(ladder)) < len(ladder) or one_apart(ladder[0], ladder[-1]):
            return None
        astray = [changed(rng, rng.choice(ladder)) for _ in range(steps + 1)]
        words = sorted({*ladder, *astray})
        return Puzzle(
            question=(
                f"Go from {ladder[0]} to {ladder[-1]} by changing exactly one letter at each step. Only these words "
                f"may be used, none twice:\n{', '.join(words)}\nAnswer with all words of the way, the first and the "
                "last included, apart by commas."
            ),
            answer=", ".join(ladder),
            record={"start": ladder[0], "end": ladder[-1], "words": words},
        )


def changed(rng: random.Random, word: str) -> str:
    """Change one letter, a vowel to a vowel."""
    at = rng.randrange(len(word))
    kind = VOWELS if word[at] in VOWELS else CONSONANTS
    return word[:at] + rng.choice(kind.replace(word[at], "")) + word[at + 1 :]
