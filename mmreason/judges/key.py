"""A key from the environment, and what keeps it out of everything that is written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, NoReturn

from mmreason.errors import RecipeError

HIDDEN = "[key]"


@dataclass(frozen=True, repr=False)
class Key:
    """A secret that is neither shown nor pickled; empty where there is none."""

    value: str = ""

    def __repr__(self) -> str:
        return "Key(hidden)" if self.value else "Key(none)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key is never pickled; it is read from the environment where it is needed")

    def headers(self) -> dict[str, str]:
        """What a request carries."""
        return {"Authorization": f"Bearer {self.value}"} if self.value else {}

    def hide(self, text: str) -> str:
        """Take the key out of a text that comes from outside."""
        return text.replace(self.value, HIDDEN) if self.value else text


def key_from(name: str | None) -> Key:
    """Read a key from the environment; none where the variable is not set.

    Raises:
        RecipeError: it cannot stand in a header. The message does not hold it.
    """
    value: Any = os.environ.get(name, "").strip() if name else ""
    if not (value.isascii() and value.isprintable() and " " not in value):
        raise RecipeError(f"the key in {name} has blanks or characters that no key has; set it anew")
    return Key(value)
