"""A thought that is there and holds nothing."""

from __future__ import annotations

import re

_EMPTY = re.compile(r"<think>\s*</think>")


def skips(text: str) -> bool:
    r"""Say whether the first think block of a text is closed and holds white space alone; without one it is not.

    >>> [skips(t) for t in ("<think>\n\n</think><answer>4</answer>", "<think>a</think>", "<answer>4</answer>")]
    [True, False, False]
    """
    start = text.find("<think>")
    return start >= 0 and _EMPTY.match(text, start) is not None
