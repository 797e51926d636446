"""The options of a multiple-choice question: found in it, stripped of their letters, written below it."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

from vision_data.errors import MediaError

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LETTERED = re.compile(r"\s*\(?([A-Za-z])(?:\)|[.:])\s*(.*)", re.DOTALL)
_LINE = re.compile(r"^[ \t]*\(?([A-Z])(?:\)|[.:])[ \t]*(\S.*?)[ \t]*$", re.MULTILINE)


def options_of(value: Any) -> tuple[str, ...]:
    """Read options: a list of texts with or without letters, letters to texts, or the text of such a list.

    >>> options_of(["A. a cat", "B. a dog"]), options_of({"A": "a cat", "B": ""}), options_of("['up', 'down']")
    (('a cat', 'a dog'), ('a cat',), ('up', 'down'))

    Raises:
        MediaError: it is something else, holds an empty option, or more than 26.
    """
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        value = _literal(value)
    if isinstance(value, Mapping):
        rows = sorted((str(letter), text) for letter, text in value.items() if text not in (None, ""))
        if [letter for letter, _ in rows] != list(LETTERS[: len(rows)]):
            raise MediaError(f"the options are named {', '.join(name for name, _ in rows)}, expected A, B, C, ...")
        value = [text for _, text in rows]
    if not isinstance(value, list | tuple) or len(value) > len(LETTERS):
        raise MediaError(f"the options are {str(value)[:60]!r}, expected a list of at most 26 texts")
    texts = [str(option).strip() for option in value]
    found = [_LETTERED.fullmatch(text) for text in texts]
    if texts and all(match and match[1].upper() == letter for match, letter in zip(found, LETTERS, strict=False)):
        texts = [match[2].strip() for match in found if match]
    if not all(texts):
        raise MediaError(f"option {texts.index('') + 1} of {len(texts)} is empty; fill it in or take it out")
    return tuple(texts)


def options_in(question: str) -> tuple[str, ...]:
    r"""Find options that stand in a question, one a line; empty where the letters are not A, B, ... in order.

    >>> options_in("What moves?\nA. a cube\nB. a ball")
    ('a cube', 'a ball')
    """
    found = _LINE.findall(question)
    in_order = len(found) > 1 and [letter for letter, _ in found] == list(LETTERS[: len(found)])
    return tuple(text for _, text in found) if in_order else ()


def with_options(question: str, options: Sequence[str]) -> str:
    r"""Write options below a question.

    >>> with_options("What moves?", ("a cube", "a ball"))
    'What moves?\nOptions:\nA. a cube\nB. a ball'
    """
    if not options:
        return question
    lines = (f"{letter}. {option}" for letter, option in zip(LETTERS, options, strict=False))
    return "\n".join((question, "Options:", *lines))


def _literal(text: str) -> Any:
    """Read the text of a Python or JSON list, which some tables hold; at most a page of it."""
    try:
        return ast.literal_eval(text) if len(text) < 20_000 else text
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return text
