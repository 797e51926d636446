"""Python and JSON literals that a policy wrote: parsed within limits, never run."""

from __future__ import annotations

import ast
import warnings
from typing import Any

from mmreason.errors import MMReasonError
from mmreason.parsing.json_text import BadJson, read_json

MAX_LITERAL = 4_000
"""Characters of the longest text that is read."""


class BadLiteral(MMReasonError, ValueError):
    """No literal, or beyond the limits."""


def read_literal(text: str) -> Any:
    """Read a text that is one literal: numbers, texts, None, lists, dicts, in the spelling of Python or of JSON.

    Names, calls and operators are refused. Deep nesting runs into the parser's own limits, which is no error of ours.

    Raises:
        BadLiteral: it is none, or too long.

    >>> read_literal("{'action': 'CLICK', 'position': [0.5, 0.7]}"), read_literal('{"value": null}')
    ({'action': 'CLICK', 'position': [0.5, 0.7]}, {'value': None})
    """
    if len(text) > MAX_LITERAL:
        raise BadLiteral(f"{len(text)} characters, expected at most {MAX_LITERAL}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of numbers such as 0x1or: what is wrong is said by the error
            return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        pass
    try:
        return read_json(text)
    except BadJson as error:
        raise BadLiteral(f"neither a Python literal nor JSON ({error})") from None
