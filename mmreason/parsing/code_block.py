"""Code in a completion."""

from __future__ import annotations

import re

from mmreason.parsing.answer_block import answer_block

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^\n`]*$", re.MULTILINE)
PYTHON = ("python", "python3", "py", "py3")
SQL = ("sql", "sqlite", "sqlite3")


def code_blocks(text: str) -> list[tuple[str, str]]:
    r"""List the fenced blocks as (language in lower case, code); one that is not closed goes on to the end.

    >>> code_blocks("```py\nx = 1\n```")
    [('py', 'x = 1\n')]
    """
    found: list[tuple[str, str]] = []
    fence, language, start = "", "", 0
    for mark in _FENCE.finditer(text):
        if not fence:
            fence, language, start = mark[1], mark[2].lower(), mark.end() + 1
        elif mark[1][0] == fence[0] and len(mark[1]) >= len(fence) and not mark[2]:
            found.append((language, text[start : mark.start()]))
            fence = ""
    return [*found, (language, text[start:])] if fence else found


def last_block(text: str, languages: tuple[str, ...]) -> str | None:
    """Give the last block in one of these languages after the thought, else the last without a language, else None."""
    blocks = code_blocks(answer_block(text) or "")
    named = [code for language, code in blocks if language in languages]
    plain = [code for language, code in blocks if not language]
    return next(reversed(named or plain), None)


def last_python(text: str) -> str | None:
    r"""Give the last block of Python, else the last of no language, None where there is none.

    >>> last_python("<think>```py\nx = 0\n```</think>```python\nx = 1\n```\nIt prints\n```\n1\n```")
    'x = 1\n'
    """
    return last_block(text, PYTHON)


def whole_answer(text: str) -> str | None:
    """Give all of the answer, for policies that answer with code alone; see ``answer_block``."""
    return answer_block(text) or None


def last_sql(text: str) -> str | None:
    """Give the last block of SQL, else the last of no language, else what stands in the answer tag, else None."""
    block = last_block(text, SQL)
    return block if block is not None or "<answer>" not in text else answer_block(text)
