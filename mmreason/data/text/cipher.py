"""Ciphers."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from mmreason.data.text.family import Family, Puzzle, dial
from mmreason.data.text.vocabulary import made_up

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NAMES = ("shift", "mirror", "reverse", "replace", "evens first")
Rule: TypeAlias = tuple[str, str | int]
"""Name of a rule and what it is told."""


@dataclass(frozen=True, kw_only=True)
class Cipher(Family):
    """SynLogic's cipher, arXiv:2505.19641: a made-up text to be enciphered or deciphered by rules that are told.

    One rule up to level 3, two up to level 6, three up to level 8, four after; texts grow from 4 letters to 12.

    Args:
        rules: applied one after the other, 1 to 5, all different; None as the level says.
        syllables: of the text, 1 to 20; None as the level says.
    """

    rules: int | None = None
    syllables: int | None = None

    name: ClassVar[str] = "cipher"

    def draw(self, rng: random.Random) -> Puzzle | None:
        """Draw a text and rules; None where they lead back to the text."""
        num = dial(self.rules, (1, 1, 1, 2, 2, 2, 3, 3, 4, 4)[self.level - 1], 1, 5, "Cipher: rules")
        syllables = dial(self.syllables, 2 + (self.level - 1) // 2, 1, 20, "Cipher: syllables")
        plain = made_up(rng, syllables).upper()
        rules = [drawn_rule(rng, name) for name in rng.sample(NAMES, num)]
        secret = plain
        for rule in rules:
            secret = applied(rule, secret)
        if secret == plain:
            return None
        told = "\n".join(f"{at}. {described(rule)}" for at, rule in enumerate(rules, 1))
        backwards = rng.random() < 0.5
        given, answer = (secret, plain) if backwards else (plain, secret)
        asked = (
            f"These rules, one after the other, gave {given}. What was the text?"
            if backwards
            else f"What do these rules, one after the other, make of {given}?"
        )
        return Puzzle(
            question=f"A cipher for capital letters has these rules:\n{told}\n{asked} Answer with the letters alone.",
            answer=answer,
            record={"text": answer},
        )


def drawn_rule(rng: random.Random, name: str) -> Rule:
    """Draw what a rule is told."""
    if name == "shift":
        return name, rng.randint(1, 25)
    return name, "".join(rng.sample(LETTERS, 26)) if name == "replace" else ""


def described(rule: Rule) -> str:
    """Tell a rule in words."""
    name, told = rule
    return {
        "shift": f"Replace each letter by the one {told} places later in the alphabet; after Z comes A.",
        "mirror": "Replace A by Z, B by Y, C by X and so on.",
        "reverse": "Write the text from right to left.",
        "replace": f"Replace the letters {LETTERS} by {told}, in this order.",
        "evens first": "Write the letters at even places (2nd, 4th, ...) first, then those at odd places.",
    }[name]


def applied(rule: Rule, text: str) -> str:
    """Apply a rule."""
    name, told = rule
    if name == "reverse":
        return text[::-1]
    if name == "evens first":
        return text[1::2] + text[::2]
    by = told if isinstance(told, int) else 0
    to = {"shift": LETTERS[by:] + LETTERS[:by], "mirror": LETTERS[::-1]}.get(name, str(told))
    return text.translate(str.maketrans(LETTERS, to))
