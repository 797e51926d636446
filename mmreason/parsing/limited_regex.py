"""Regular expressions on hostile text: searched in worker processes, as some take for ever on some texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mmreason.errors import RecipeError
from mmreason.worker import Lost
from mmreason.workers import shared

Where = Literal["full", "start", "anywhere"]
"""What a pattern must match: the whole text, its beginning, or any part."""

MAX_SEARCHED = 1_000_000
"""Characters of the longest text that is searched."""


@dataclass(frozen=True)
class Matches:
    """Whether a pattern matches a text: what a worker runs."""

    pattern: str
    where: Where = "full"
    flags: int = 0

    def __call__(self, text: str) -> bool:
        """Search it."""
        found = re.compile(self.pattern, self.flags)
        look = {"full": found.fullmatch, "start": found.match, "anywhere": found.search}[self.where]
        return look(text) is not None


def check_pattern(pattern: str, flags: int = 0, where: str = "pattern") -> None:
    """Refuse what is no regular expression.

    Raises:
        RecipeError: it is none; the message says where it breaks.
    """
    try:
        re.compile(pattern, flags)
    except (re.error, RecursionError, OverflowError) as error:
        raise RecipeError(f"{where}: {pattern[:80]!r} is no regular expression ({error})") from None


def matches(
    pattern: str, texts: Sequence[str], where: Where = "full", flags: int = 0, seconds: float = 1.0
) -> list[bool | None]:
    """Search a pattern in each text, every one of them for ``seconds`` at most.

    Returns:
        None where time ran out or the worker died: the text is neither right nor wrong. Texts over ``MAX_SEARCHED``
        characters are not searched, and do not match.

    Raises:
        RecipeError: the pattern is no regular expression.
    """
    check_pattern(pattern, flags)
    short = list(dict.fromkeys(text for text in texts if len(text) <= MAX_SEARCHED))
    found = shared().run(Matches(pattern, where, flags), short, seconds) if short else []
    known = {text: None if isinstance(x, Lost) else x for text, x in zip(short, found, strict=True)}
    return [known.get(text, False) if len(text) <= MAX_SEARCHED else False for text in texts]
