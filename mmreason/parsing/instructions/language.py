"""The language of a response, as far as its script tells it."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from typing import Any

SCRIPTS: Mapping[str, tuple[str, ...]] = {
    "ar": ("ARABIC",), "fa": ("ARABIC",), "ur": ("ARABIC",), "he": ("HEBREW",), "bn": ("BENGALI",),
    "hi": ("DEVANAGARI",), "mr": ("DEVANAGARI",), "ne": ("DEVANAGARI",), "pa": ("GURMUKHI",), "gu": ("GUJARATI",),
    "kn": ("KANNADA",), "ml": ("MALAYALAM",), "ta": ("TAMIL",), "te": ("TELUGU",), "th": ("THAI",),
    "ru": ("CYRILLIC",), "bg": ("CYRILLIC",), "uk": ("CYRILLIC",), "el": ("GREEK",), "ko": ("HANGUL",),
    "ja": ("HIRAGANA", "KATAKANA"), "zh": ("CJK",),
}  # fmt: skip
"""Language code to the first words of its letters' Unicode names."""
MAX_LETTERS = 20_000
"""Letters that are looked at."""


def in_language(text: str, args: Mapping[str, Any]) -> bool | None:
    """Most letters are of the script of the language; None for languages in Latin letters, which look alike.

    Languages that share a script are not told apart. Japanese needs some kana, Chinese must have next to none.
    """
    letters = Counter(_script(char) for char in text[:MAX_LETTERS] if char.isalpha())
    code, num = args["language"].lower().split("-")[0], letters.total()
    if not num:
        return False
    if code not in SCRIPTS:
        return None if 2 * letters["LATIN"] >= num else False
    kana = letters["HIRAGANA"] + letters["KATAKANA"]
    if code in ("ja", "zh"):
        some = 10 * kana >= num
        return 2 * (kana + letters["CJK"]) > num and some == (code == "ja")
    return 2 * sum(letters[script] for script in SCRIPTS[code]) > num


def _script(char: str) -> str:
    return unicodedata.name(char, " ").split("-")[0].split(maxsplit=1)[0] if not char.isspace() else ""
