"""Texts as words, and words as n-grams."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Sequence

from mmreason.parsing.plain_text import plain

MAX_WORDS = 100_000
"""Words of the longest text that is compared; what follows is cut off."""

_WORD = re.compile(r"[^\W_]+")
_ASCII = re.compile(r"[a-z0-9]+")
_CJK = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_EVERY = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")


def words_of(text: str, ascii: bool = False) -> list[str]:
    r"""Split a text into lower-case words of letters and digits; each Chinese or Japanese character is one.

    Args:
        text: Any text.
        ascii: Words of ``a`` to ``z`` and digits only, as the rouge-score package splits: other scripts have none.

    >>> words_of("Well-known: 3.5 m\u00fc!"), words_of("\u4f60\u597d")
    (['well', 'known', '3', '5', 'mü'], ['你', '好'])
    """
    lower = plain(text).lower()
    pattern = _ASCII if ascii else _WORD if lower.isascii() else _EVERY
    return pattern.findall(lower)[:MAX_WORDS]


def ngrams(items: Sequence[Hashable], size: int) -> Counter[tuple[Hashable, ...]]:
    """Count the runs of ``size`` items.

    >>> ngrams("abab", 2)[("a", "b")]
    2
    """
    return Counter(zip(*(items[i:] for i in range(size)), strict=False))
