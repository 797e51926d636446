r"""The content of ``\boxed{...}``."""

from __future__ import annotations

import re

# Every alternative begins with a literal, so that the search for the next mark runs at full speed.
_MARKS = re.compile(r"\\boxed\s*\{|\\[\\{}]|\{|\}")


def last_boxed(text: str) -> str | None:
    r"""Give the inside of the last ``\boxed{...}`` whose braces balance, or None.

    "Last" is the one that opens last, so of two nested boxes the inner one counts; a box that never closes is passed
    over in favour of an earlier one that does. Escaped braces (``\{``) are text. One pass, whatever the depth.

    >>> last_boxed(r"first \boxed{1}, then \boxed{\frac{1}{2}}")
    '\\frac{1}{2}'
    """
    found = text.find("\\boxed")
    if found < 0:
        return None
    start = len(text[:found].rstrip("\\"))  # an even number of backslashes before it would make it no command
    opened: list[int] = []
    """Where the content of each open brace starts; -1 for a brace that is not a box's."""
    best: tuple[int, int] | None = None
    for mark in _MARKS.finditer(text, start):  # what opened before it closes after it, or never
        what = mark.group()
        if what == "{":
            opened.append(-1)
        elif what == "}":
            start = opened.pop() if opened else -1
            if start >= 0 and (best is None or start > best[0]):
                best = (start, mark.start())
        elif what.startswith("\\boxed"):
            opened.append(mark.end())
    return None if best is None else text[best[0] : best[1]]
