"""Every random draw comes from a seed that says what it is for: same words, same draw, whatever the batching."""

from __future__ import annotations

import hashlib


def seed_of(*what: object) -> int:
    """Derive a 63-bit seed from any words and numbers, e.g. ``seed_of(run_seed, task.id, step)``.

    Stable over processes and Python versions (unlike ``hash``). Parts are joined with a separator that text
    cannot hold by accident, so ``("ab", "c")`` and ``("a", "bc")`` differ.
    """
    text = "\x1f".join(f"{type(part).__name__}:{part}" for part in what)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") >> 1
