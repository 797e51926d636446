"""Sequences of brackets: complete them, or find the first mistake."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from mmreason.data.text.family import Family, Puzzle, dial
from mmreason.rewards.puzzles.words import PAIRS, first_mistake

KINDS = ("(", "[", "{", "<")


@dataclass(frozen=True, kw_only=True)
class DyckLanguage(Family):
    """SynLogic's Dyck language, arXiv:2505.19641: a sequence of brackets to be completed. Every completion counts.

    From 12 brackets of 2 kinds, 3 to be added, at level 1 to 48 of 4 kinds, 12 to be added, at level 10.

    Args:
        kinds: kinds of brackets, 1 to 4; None as the level says.
        length: brackets of the whole sequence, made even; None as the level says.
        fill: brackets to be added at the least; None as the level says.
    """

    kinds: int | None = None
    length: int | None = None
    fill: int | None = None

    name: ClassVar[str] = "dyck_language"

    def draw(self, rng: random.Random) -> Puzzle:
        """Draw a sequence and cut its end off."""
        kinds = dial(self.kinds, min(2 + self.level // 4, 4), 1, 4, "DyckLanguage: kinds")
        length = dial(self.length, 8 + 4 * self.level, 2, 400, "DyckLanguage: length") // 2 * 2
        fill = dial(self.fill, 2 + self.level, 1, length - 1, "DyckLanguage: fill")
        whole = balanced(rng, length, kinds)
        prefix = whole[: length - fill]
        return Puzzle(
            question=(
                "In a correct sequence every bracket is closed by its own kind, and the one opened last is closed "
                f"first. A sequence of {length} brackets begins so:\n{prefix}\nComplete it to a correct sequence of "
                f"exactly {length} brackets with the kinds {' '.join(b + PAIRS[b] for b in KINDS[:kinds])}. Answer "
                "with the whole sequence, its beginning included."
            ),
            answer=whole,
            record={"prefix": prefix, "length": length},
            key=prefix,
        )


@dataclass(frozen=True, kw_only=True)
class DyckErrors(Family):
    """SynLogic's Dyck language errors, arXiv:2505.19641: the place of the first wrong bracket.

    From 6 brackets at level 1 to 60 at level 10; one in four has no mistake.

    Args:
        kinds: kinds of brackets, 1 to 4; None as the level says.
        length: brackets, made even; None as the level says.
    """

    kinds: int | None = None
    length: int | None = None

    name: ClassVar[str] = "dyck_errors"

    def draw(self, rng: random.Random) -> Puzzle:
        """Draw a sequence and spoil a bracket."""
        kinds = dial(self.kinds, min(2 + self.level // 4, 4), 1, 4, "DyckErrors: kinds")
        length = dial(self.length, 6 * self.level, 2, 400, "DyckErrors: length") // 2 * 2
        brackets = list(balanced(rng, length, kinds))
        if rng.random() < 0.75:
            every = [b for kind in KINDS[:kinds] for b in (kind, PAIRS[kind])]
            at = rng.randrange(length)
            brackets[at] = rng.choice([b for b in every if b != brackets[at]])
        text = "".join(brackets)
        value = first_mistake(text)
        return Puzzle(
            question=(
                "In a correct sequence every bracket is closed by its own kind, and the one opened last is closed "
                f"first. Read this sequence from left to right:\n{text}\nWhich is the first bracket, counted from 1, "
                "that closes what is not open or the wrong kind? Answer with its number; with "
                f"{length + 1} if there is none but brackets stay open at the end, and with 0 if all is correct."
            ),
            answer=str(value),
            record={"value": value},
        )


def balanced(rng: random.Random, length: int, kinds: int) -> str:
    """Draw a correct sequence."""
    out, waiting = "", list[str]()
    for at in range(length):
        left = length - at
        if waiting and (len(waiting) == left or rng.random() < 0.45):
            out += waiting.pop()
        else:
            bracket = rng.choice(KINDS[:kinds])
            waiting.append(PAIRS[bracket])
            out += bracket
    return out
