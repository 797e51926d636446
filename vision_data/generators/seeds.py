"""Numbers drawn from names and seeds, the same on every machine and in every process."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

Value = TypeVar("Value")


def derive(*parts: object) -> int:
    """A 48-bit seed from any printable parts; unlike `hash` it does not change between processes."""
    text = "/".join(map(str, parts))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest(), "big")


def rng_for(*parts: object) -> random.Random:
    """A generator of its own for these parts."""
    return random.Random(derive(*parts))


def spread(rng: random.Random, values: Sequence[Value], count: int) -> list[Value]:
    """`count` values in random order, each of `values` as often as any other (up to one).

    Gives an empty list when there are no values.
    """
    drawn: list[Value] = []
    while values and len(drawn) < count:
        drawn += rng.sample(list(values), len(values))
    return drawn[:count]
