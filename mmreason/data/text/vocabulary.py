"""Names, things and made-up words that the families share."""

from __future__ import annotations

import random

PEOPLE = (
    "Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gia", "Hugo", "Iris", "Jon", "Kira", "Leo", "Mia", "Nils", "Olga",
    "Paul", "Rosa", "Sam", "Tess", "Udo", "Vera", "Will", "Yara", "Zoe",
)  # fmt: skip
COLOURS = ("red", "blue", "green", "yellow", "white", "black", "orange", "purple")
THINGS = {
    "fruits": ("apple", "pear", "plum", "peach", "lemon", "banana"),
    "animals": ("cat", "dog", "horse", "goat", "duck", "rabbit"),
    "tools": ("hammer", "saw", "drill", "wrench", "ladder", "screwdriver"),
    "instruments": ("violin", "flute", "drum", "piano", "trumpet", "guitar"),
    "vehicles": ("car", "truck", "bicycle", "tractor", "boat", "scooter"),
}
CONSONANTS, VOWELS = "bcdfghklmnprstvw", "aeiou"


def made_up(rng: random.Random, syllables: int, start: str = "") -> str:
    """Make a word up from syllables, so that no corpus holds the list it is in.

    >>> made_up(random.Random(1), 2)
    'gudi'
    """
    return start + "".join(rng.choice(CONSONANTS) + rng.choice(VOWELS) for _ in range(syllables))


def plural(thing: str, num: int) -> str:
    """Write a number of things.

    >>> plural("peach", 2), plural("car", 1)
    ('2 peaches', '1 car')
    """
    ending = "" if num == 1 else "es" if thing.endswith(("ch", "s", "x")) else "s"
    return f"{num} {thing}{ending}"
