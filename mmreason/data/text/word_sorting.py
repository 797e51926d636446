"""Word sorting."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from mmreason.data.text.family import Family, Puzzle, dial
from mmreason.data.text.vocabulary import made_up

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, kw_only=True)
class WordSorting(Family):
    """SynLogic's word sorting, arXiv:2505.19641: made-up words in an alphabet of its own order.

    From 4 words at level 1 to 22 at level 10; more and more begin with the same letters.

    Args:
        words: 2 to 60; None as the level says.
        moved: letters that stand elsewhere than usual; None as the level says.
    """

    words: int | None = None
    moved: int | None = None

    name: ClassVar[str] = "word_sorting"

    def draw(self, rng: random.Random) -> Puzzle | None:
        """Draw words and an alphabet; None where two words are the same."""
        num = dial(self.words, 2 + 2 * self.level, 2, 60, "WordSorting: words")
        moved = dial(self.moved, (self.level - 1) // 2, 0, 26, "WordSorting: moved")
        starts = [made_up(rng, 1 + self.level // 4) for _ in range(max(num // 3, 1))]
        words = [made_up(rng, rng.randint(1, 3), rng.choice(starts)) for _ in range(num)]
        if len(set(words)) < num:
            return None
        alphabet = shifted(rng, moved)
        falling = rng.random() < 0.5
        order = sorted(words, key=lambda word: [alphabet.index(c) for c in word], reverse=falling)
        usual = "the usual alphabet" if moved == 0 else f"an alphabet with this order of letters: {alphabet}"
        return Puzzle(
            question=(
                f"Sort these words in {'falling' if falling else 'rising'} order by {usual}. A word comes before every "
                f"longer one that begins with it{', and so after it in falling order' if falling else ''}.\n"
                f"{', '.join(words)}\nAnswer with the sorted words, apart by commas."
            ),
            answer=", ".join(order),
            record={"words": order},
        )


def shifted(rng: random.Random, moved: int) -> str:
    """Give the alphabet with some letters put elsewhere."""
    letters = list(LETTERS)
    for letter in rng.sample(LETTERS, moved):
        letters.remove(letter)
        letters.insert(rng.randrange(26), letter)
    return "".join(letters)
